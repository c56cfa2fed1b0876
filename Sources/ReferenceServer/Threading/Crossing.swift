// A command whose keys are in several shards, or that is about all of them. All threads that take
// part meet; then each executes its part at once, and nothing else before it. So whoever sees what
// one part did sees what all did:
//
//     thread 1   … │ waits │ part │ …
//     thread 2   … … … … … │ part │ …        the command happens where the last one arrives
//     thread 3   … … │ waits │ part │ …
//
// Who begins one sends it to the first thread, which sends it to those that take part. All get such
// letters from one sender and so in one order: of two crossings nobody can wait in the one for
// somebody who waits in the other.
//
// Credits: Dragonfly's transactions (Roman Gershman and contributors) are ordered by a number that
// all threads draw from, and take two rounds of messages: locks on keys, then the parts. Threads do
// not wait there, fibers do; a thread that waits here spins, and sleeps soon.
import Keyspaces
import LinuxSystem
import Synchronization

final class Crossing: @unchecked Sendable {
    /// What a thread does, and what came of it.
    struct Part {
        /// One request; none when figures are asked for.
        var request = HeldRequests()
        /// The command counts as called here, and not where its other parts are.
        var isCounted = false
        var reply: [UInt8] = []
        var figures: ServerFigures?
        /// Entries, where one is drawn from all.
        var keys = 0
    }

    /// How the replies of the parts become one.
    enum Joining: Equatable {
        /// Arrays of values: the shard of each, in order (MGET).
        case values([Int])
        /// Integers.
        case sum
        /// Integers, of which the least counts.
        case least
        /// The first error, or OK.
        case allSucceed
        /// OK where there is one, or an error.
        case oneSucceeds
        /// Arrays, one behind the other.
        case lists
        /// Texts, one behind the other.
        case texts
        /// One of them, by how many entries each stands for (RANDOMKEY).
        case draw
        case figures(FiguresReply)
    }

    /// The thread that began it, and which of its connections.
    let origin: Int
    let connection: UnsafeMutablePointer<Connection>
    let place: Int?
    let joining: Joining
    let version: UInt8
    let recordsUse: Bool
    /// CLIENT ID.
    let client: UInt64
    /// Threads that take part, a bit each.
    let members: UInt64
    let parts: UnsafeMutablePointer<Part>
    private let count: Int
    private let arrived = Atomic<Int>(0)
    /// Members that wait for their bell.
    private let sleepers = Atomic<UInt64>(0)
    private let finished = Atomic<Int>(0)

    init(
        _ connection: UnsafeMutablePointer<Connection>, origin: Int, place: Int?,
        _ joining: Joining, members: UInt64, threads: Int
    ) {
        self.origin = origin
        self.connection = connection
        self.place = place
        self.joining = joining
        version = connection.pointee.version
        recordsUse = connection.pointee.recordsUse
        client = connection.pointee.id
        self.members = members
        count = threads
        parts = .allocate(capacity: threads)
        parts.initialize(repeating: Part(), count: threads)
    }

    deinit {
        for index in 0..<count { parts[index].request.clear() }
        parts.deinitialize(count: count)
        parts.deallocate()
    }

    /// The members, by number.
    var threads: [Int] { (0..<count).filter { members & (1 &<< UInt64($0)) != 0 } }

    /// Waits until all members are here.
    /// - Returns: false when the server ends before that.
    func meet(_ thread: Int, _ shards: Shards) -> Bool {
        let all = members.nonzeroBitCount
        let isLast = arrived.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue == all
        if isLast {
            shards.bells.ring(sleepers.load(ordering: .sequentiallyConsistent))
            return true
        }
        for _ in 0..<IOThreads.spins where arrived.load(ordering: .acquiring) == all {
            return true
        }
        let bit: UInt64 = 1 &<< UInt64(thread)
        _ = sleepers.bitwiseOr(bit, ordering: .sequentiallyConsistent)
        while arrived.load(ordering: .sequentiallyConsistent) != all {
            if shards.isStopping { return false }
            _ = shards.bells[thread].pointee.wait(milliseconds: -1)
        }
        return true
    }

    /// Notes that a part was executed.
    /// - Returns: whether it was the last one.
    func finish() -> Bool {
        finished.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue
            == members.nonzeroBitCount
    }
}
