// Where rounds get their servers and their readings of the machine: from this one. A script in its
// place, with a clock of its own, makes rounds that take no time and always come out the same.
import Glibc
import LinuxSystem
import RunRecord
import Targets
import Workloads

/// The accounts of the machine that makes the load, in ns.
public protocol HostAccounts {
    func monotonicNanoseconds() -> UInt64
    /// Time that the hypervisor gave to others, over some CPUs (nil: all); nil where nothing tells.
    func stealNanoseconds(cpus: [Int]?) -> UInt64?
    /// Time for which a CPU quota held the load generator back; nil where nothing tells.
    func throttledNanoseconds() -> UInt64?
    /// The load average over a minute.
    func loadAverage() -> Double?
    /// How long each thread of the load generator has waited for a CPU, by thread id.
    func clientWaits() -> [pid_t: UInt64]
}

/// Who launches the servers of rounds.
public protocol RoundHost {
    var accounts: any HostAccounts { get }

    /// Launches, fills and settles one target.
    /// - Parameters:
    ///   - workloads: each distinct set of keys is filled once; several need prefixes of their own.
    ///   - readsMemory: adds results of what the entries take.
    /// - Throws: what the launch or the fill failed at, with the server's incident.
    func fill(
        _ target: Target, _ workloads: [CompiledWorkload], _ plan: RoundPlan, seed: UInt64,
        readsMemory: Bool, allowFlush: Bool, _ recorder: Recorder
    ) throws(ExperimentFailure) -> any MeasuredServer
}

/// This machine, from its kernel.
struct ThisHost: HostAccounts {
    func monotonicNanoseconds() -> UInt64 { Clock.monotonicNanoseconds() }
    func stealNanoseconds(cpus: [Int]?) -> UInt64? { HostAccounting.stealNanoseconds(cpus: cpus) }
    func throttledNanoseconds() -> UInt64? { HostAccounting.throttledNanoseconds() }
    func loadAverage() -> Double? { HostAccounting.loadAverage() }
    func clientWaits() -> [pid_t: UInt64] { ProcessFamily.waits(of: [getpid()]) }
}

/// Real servers.
struct LocalRounds: RoundHost {
    var accounts: any HostAccounts { ThisHost() }

    func fill(
        _ target: Target, _ workloads: [CompiledWorkload], _ plan: RoundPlan, seed: UInt64,
        readsMemory: Bool, allowFlush: Bool, _ recorder: Recorder
    ) throws(ExperimentFailure) -> any MeasuredServer {
        let server = try Fill.launch(
            target, workloads, seed: seed, readsMemory: readsMemory, allowFlush: allowFlush,
            recorder)
        if let client = plan.client, server.endpoint.password != nil {
            recorder.warn(
                "\(client.program) takes the password on its command line, where everyone on "
                    + "this machine can read it",
                remedy: "leave --client out where that matters", target: target.label)
        }
        return server
    }
}
