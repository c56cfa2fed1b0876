// CPU time of both sides of a load, from a moment on: read in one way by slices, traces and bench.
import Glibc
import LinuxSystem

/// CPU time of a server's process.
package struct ServerMeter {
    private let clock: any CPUClock
    private let start: UInt64?

    /// Begins to count.
    package init(_ clock: any CPUClock) {
        self.clock = clock
        start = clock.cpuNanoseconds()
    }

    /// Since it began, user and system, in ns; nil where that cannot be read.
    package var nanoseconds: Int? {
        guard let start, let now = clock.cpuNanoseconds() else { return nil }
        return Int(now) - Int(start)
    }
}

/// Processes that are known by their numbers, as one.
struct ProcessClock: CPUClock {
    /// Nil where one of them is not on this machine.
    let pids: [Int32]?

    func cpuNanoseconds() -> UInt64? {
        guard let pids else { return nil }
        var sum: UInt64 = 0
        for pid in pids {
            guard let own = ProcessAccounting.cpuNanoseconds(pid) else { return nil }
            sum += own
        }
        return sum
    }
}

/// Several processes with everything that they started, as one server: the nodes of a cluster, a
/// server and the proxy before it.
struct FamilyUnion: FamilyAccounts {
    var families: [ProcessFamily]

    mutating func cpuNanoseconds() -> UInt64? {
        var sum: UInt64 = 0
        for index in families.indices {
            guard let own = families[index].cpuNanoseconds() else { return nil }
            sum += own
        }
        return sum
    }

    func quickCPUNanoseconds() -> UInt64 {
        families.reduce(0) { $0 + $1.quickCPUNanoseconds() }
    }

    func waits() -> [pid_t: UInt64] {
        var all: [pid_t: UInt64] = [:]
        for family in families { all.merge(family.waits()) { own, _ in own } }
        return all
    }
}

/// CPU time of what makes a load: `client_cpu_ns_per_op` is that of its threads wherever it stands.
///
/// A session counts for itself: each of its workers reads the clock of its own thread at both ends
/// of a burst (`LoadSample.clientCPUNanoseconds`), so what else this process does is left out. What
/// is left to others to read is here.
struct ClientMeter {
    enum Maker {
        /// A session of one worker, which runs on the thread that asks, within a burst.
        case callingThread
        /// Another program: its threads cannot be told apart once it has ended, so all that it did
        /// counts, its start included. Results name it in the condition `client`.
        case endedChildren

        fileprivate var now: UInt64 {
            switch self {
            case .callingThread: Clock.threadCPUNanoseconds()
            case .endedChildren: ProcessAccounting.reapedChildrenCPUNanoseconds()
            }
        }
    }

    private let maker: Maker
    private let start: UInt64

    /// Begins to count.
    init(_ maker: Maker) {
        self.maker = maker
        start = maker.now
    }

    /// Since it began, user and system, in ns.
    var nanoseconds: UInt64 { maker.now - start }
}
