// Time that the machine took from a slice, by cause: what a server is slow for is its own, what
// others did to it is not.
//
//     server's threads   could run and did not  ┐ the larger of the two, for one side's wait may
//     generator's        could run and did not  ┘ be hidden behind the other's work
//   − as much of it as CPU time of the servers' own processes explains: a server with more threads
//     than CPUs makes itself wait, and one that works in the background makes the others wait
//   + what the hypervisor gave to others of the CPUs in use
//
// On a schedule the load generator's own waits are a heartbeat besides: one that ends late, beyond
// its time without a CPU, was a pause of the machine that no account shows.
//
// A server that sleeps, collects or waits for a lock is not runnable: all of that stays in. Time is
// taken out of throughput and of stalls alone; CPU time needs no such care.
import Glibc
import RunRecord

public struct MachineShare {
    /// CPUs whose stolen time counts; nil: all.
    private let cpus: [Int]?
    /// Whether servers could have the load generator's CPUs.
    private let sharesCPUs: Bool
    /// Whose accounts are read.
    let host: any HostAccounts

    public init(_ placement: Placement) { self.init(placement, ThisHost()) }

    init(_ placement: Placement, _ host: any HostAccounts) {
        self.host = host
        let used = placement.serverCPUs + placement.clientCPUs
        cpus = used.isEmpty ? nil : used
        sharesCPUs =
            used.isEmpty || !Set(placement.serverCPUs).isDisjoint(with: placement.clientCPUs)
    }

    /// Accounts before a slice.
    public struct Mark {
        public var serverWaits: [pid_t: UInt64]
        public var clientWaits: [pid_t: UInt64]
        public var ownCPU: UInt64
        public var allCPU: UInt64
        public var steal: UInt64?

        /// - Parameters:
        ///   - serverWaits: of each of the server's threads, in ns; of the load generator's
        ///     likewise.
        ///   - ownCPU: CPU time of the server under load, in ns; of all servers likewise.
        ///   - steal: of the CPUs in use, in ns.
        public init(
            serverWaits: [pid_t: UInt64], clientWaits: [pid_t: UInt64], ownCPU: UInt64,
            allCPU: UInt64, steal: UInt64?
        ) {
            self.serverWaits = serverWaits
            self.clientWaits = clientWaits
            self.ownCPU = ownCPU
            self.allCPU = allCPU
            self.steal = steal
        }
    }

    /// - Parameters:
    ///   - family: of the server under load.
    ///   - all: of every server that is alive.
    func mark(_ family: any FamilyAccounts, among all: [any FamilyAccounts]) -> Mark {
        Mark(
            serverWaits: family.waits(), clientWaits: host.clientWaits(),
            ownCPU: family.quickCPUNanoseconds(),
            allCPU: all.reduce(0) { $0 + $1.quickCPUNanoseconds() },
            steal: host.stealNanoseconds(cpus: cpus))
    }

    /// Of `duration` ns under load, how many the machine took.
    /// - Parameter overslept: by how much the load generator's waits ended late, in ns.
    public func nanoseconds(
        from before: Mark, to after: Mark, of duration: Int, overslept: Int = 0
    ) -> Int {
        let own = Self.difference(before.ownCPU, after.ownCPU)
        let all = Self.difference(before.allCPU, after.allCPU)
        let server = Self.waited(before.serverWaits, after.serverWaits)
        let client = Self.waited(before.clientWaits, after.clientWaits)
        // Each of n waiting threads may have waited for the n − 1 others, and for other servers.
        let explained = (server.threads - 1) * own + server.threads * (all - own)
        let unexplainedServer = max(0, server.time - max(0, explained))
        let unexplainedClient = max(0, client.time - (sharesCPUs ? client.threads * all : 0))
        let stolen = Self.difference(before.steal ?? 0, after.steal ?? 0)
        let paused = max(0, overslept - (client.time - unexplainedClient))
        return min(duration, max(max(unexplainedServer, unexplainedClient) + stolen, paused))
    }

    private static func difference(_ before: UInt64, _ after: UInt64) -> Int {
        after > before ? Int(clamping: after - before) : 0
    }

    /// Time waited by all threads together, and how many of them did.
    private static func waited(
        _ before: [pid_t: UInt64], _ after: [pid_t: UInt64]
    ) -> (time: Int, threads: Int) {
        var sum = (time: 0, threads: 0)
        for (thread, wait) in after {
            let time = difference(before[thread] ?? 0, wait)
            guard time > 0 else { continue }
            sum.time += time
            sum.threads += 1
        }
        return sum
    }
}
