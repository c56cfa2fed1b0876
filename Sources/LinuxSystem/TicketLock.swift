// A lock that threads get in the order in which they asked for it, and for which they spin before
// they sleep.
//
//      word      ┌ ticket to be drawn next ┬ ticket that is served ┐      16 bits each
//                31                      16 15                     0
//      sleepers  bit i: whoever holds a ticket that is i modulo 32 may sleep
//
// Who wants it draws a ticket and looks at the word until that ticket is served; after some looks
// it sets its bit and sleeps on the word. Whoever has it serves the next ticket and, where that
// one's bit is set, wakes its holder and nobody else. Both sides change their word before they look
// at the other's, in one order that all threads see, so one of the two always sees the other.
//
// Invariant: at most 32 threads want it at a time; more would share bits, and wake in vain.
//
// Credits: `fastlock` of KeyDB (John Sully), which is so but for its 2^20 looks before it sleeps.
import CLinux
import Synchronization

public final class TicketLock: @unchecked Sendable {
    /// Looks before sleeping: a few microseconds. Where there are more threads than processors,
    /// whom this one waits for may need the processor that it spins on.
    private static let spins = 2_000
    private static let ticketBits: UInt32 = 16
    private static let served: UInt32 = 0xffff
    /// The size of a cache line.
    private static let lineBytes = 64

    // Each on a line of its own, at an address that the kernel is given.
    private let word: UnsafeMutablePointer<Atomic<UInt32>>
    private let sleepers: UnsafeMutablePointer<Atomic<UInt32>>

    public init() {
        word = Self.line()
        sleepers = Self.line()
    }

    deinit {
        for line in [word, sleepers] {
            line.deinitialize(count: 1)
            line.deallocate()
        }
    }

    private static func line() -> UnsafeMutablePointer<Atomic<UInt32>> {
        let room = UnsafeMutableRawPointer.allocate(byteCount: lineBytes, alignment: lineBytes)
        let line = room.bindMemory(to: Atomic<UInt32>.self, capacity: 1)
        line.initialize(to: Atomic<UInt32>(0))
        return line
    }

    /// Waits for its turn. What those that had the lock before wrote is visible from then on.
    public func acquire() {
        let drawn = word.pointee.wrappingAdd(1 &<< Self.ticketBits, ordering: .relaxed)
        let ticket = drawn.oldValue &>> Self.ticketBits
        while true {
            for _ in 0..<Self.spins {
                if word.pointee.load(ordering: .acquiring) & Self.served == ticket { return }
                hashmark_spin()
            }
            sleep(ticket)
        }
    }

    private func sleep(_ ticket: UInt32) {
        let bit: UInt32 = 1 &<< (ticket & 31)
        _ = sleepers.pointee.bitwiseOr(bit, ordering: .sequentiallyConsistent)
        let seen = word.pointee.load(ordering: .sequentiallyConsistent)
        if seen & Self.served == ticket { return }
        hashmark_futex_wait(UnsafeRawPointer(word), seen, bit)
    }

    /// Lets the next one have it.
    public func release() {
        // Nobody else changes the ticket that is served; those that draw change the other half.
        let old = word.pointee.load(ordering: .relaxed) & Self.served
        if old == Self.served {
            _ = word.pointee.wrappingSubtract(Self.served, ordering: .sequentiallyConsistent)
        } else {
            _ = word.pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
        }
        let bit: UInt32 = 1 &<< ((old &+ 1) & 31)
        guard sleepers.pointee.load(ordering: .sequentiallyConsistent) & bit != 0 else { return }
        _ = sleepers.pointee.bitwiseAnd(~bit, ordering: .sequentiallyConsistent)
        hashmark_futex_wake(UnsafeRawPointer(word), bit)
    }
}
