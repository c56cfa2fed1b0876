// What goes from one thread of `sharded:N` to another, and the box it lies in until it is taken.
//
//     newest ──► letter ──► letter ──► oldest      linked through themselves, changed by CAS
//
// Any thread posts, one takes: all there are at once, oldest first. Letters of one sender stay in
// their order, and so do those of two, the second of which was sent because of the first.
//
// Parking: the taker says that it is going to wait, looks once more and waits; who posts looks
// whether it waits. Both in one order that all threads see, so one of the two sees the other.
import Synchronization
import Transport

enum Letter {
    /// Execute these and send them back.
    case requests(Parcel)
    /// They were executed.
    case replies(Parcel)
    /// A new connection.
    case connection(Stream)
    /// To the first thread: have all threads that take part in it meet, after those sent before.
    case crossing(Crossing)
    /// Meet the others, and execute your part.
    case meeting(Crossing)
    /// To whoever began it: all parts were executed.
    case crossed(Crossing)
}

struct Mailbox: ~Copyable {
    private struct Node {
        var next: UnsafeMutablePointer<Node>?
        let letter: Letter
    }

    /// The address of the newest, or 0.
    private let newest = Atomic<UInt>(0)
    private let line1 = InlineArray<8, UInt64>(repeating: 0)
    /// Its owner waits for its bell.
    private let isParked = Atomic<Bool>(false)

    /// - Returns: whether the owner's bell has to be rung.
    func post(_ letter: Letter) -> Bool {
        let node = UnsafeMutablePointer<Node>.allocate(capacity: 1)
        node.initialize(to: Node(next: nil, letter: letter))
        var known = newest.load(ordering: .relaxed)
        while true {
            node.pointee.next = UnsafeMutablePointer<Node>(bitPattern: known)
            let (exchanged, original) = newest.compareExchange(
                expected: known, desired: UInt(bitPattern: node), ordering: .sequentiallyConsistent)
            if exchanged { break }
            known = original
        }
        return isParked.exchange(false, ordering: .sequentiallyConsistent)
    }

    /// All letters, oldest first.
    func take() -> [Letter] {
        guard newest.load(ordering: .relaxed) != 0 else { return [] }
        let bits = newest.exchange(0, ordering: .acquiringAndReleasing)
        var letters: [Letter] = []
        var cursor = UnsafeMutablePointer<Node>(bitPattern: bits)
        while let node = cursor {
            cursor = node.pointee.next
            letters.append(node.move().letter)
            node.deallocate()
        }
        letters.reverse()
        return letters
    }

    /// Whether its owner may wait for its bell; it must call `unpark` afterwards.
    func park() -> Bool {
        isParked.store(true, ordering: .sequentiallyConsistent)
        if newest.load(ordering: .sequentiallyConsistent) == 0 { return true }
        unpark()
        return false
    }

    func unpark() { isParked.store(false, ordering: .sequentiallyConsistent) }

    deinit {
        for case .connection(let stream) in take() { stream.close() }
    }
}
