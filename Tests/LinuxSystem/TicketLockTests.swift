// The ticket lock: one at a time, past the end of its tickets, and for those that sleep.
import LinuxSystem
import Testing

/// What the lock guards.
private final class Guarded: @unchecked Sendable {
    let lock = TicketLock()
    var value = 0
    var holders = 0
    var overlaps = 0

    func add(_ times: Int) {
        for _ in 0..<times {
            lock.acquire()
            holders += 1
            if holders != 1 { overlaps += 1 }
            value += 1
            holders -= 1
            lock.release()
        }
    }
}

@Suite struct TicketLockTests {
    @Test func oneAtATime() throws {
        let guarded = Guarded()
        var workers = WorkerGroup(capacity: 4)
        for _ in 0..<4 { try workers.start { guarded.add(5_000) } }
        workers.join()
        #expect(guarded.value == 20_000)
        #expect(guarded.overlaps == 0)
    }

    /// Tickets have 16 bits.
    @Test func ticketsBeginAnew() throws {
        let guarded = Guarded()
        guarded.add(65_530)
        var workers = WorkerGroup(capacity: 2)
        for _ in 0..<2 { try workers.start { guarded.add(1_000) } }
        workers.join()
        guarded.add(65_536)
        #expect(guarded.value == 65_530 + 2_000 + 65_536)
        #expect(guarded.overlaps == 0)
    }

    /// Held for longer than anybody spins.
    @Test func sleepersWakeUp() throws {
        let guarded = Guarded()
        var workers = WorkerGroup(capacity: 3)
        guarded.lock.acquire()
        for _ in 0..<3 { try workers.start { guarded.add(1) } }
        Clock.sleep(milliseconds: 20)
        #expect(guarded.value == 0)
        guarded.lock.release()
        workers.join()
        #expect(guarded.value == 3)
    }
}
