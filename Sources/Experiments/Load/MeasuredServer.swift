// What a server is to an experiment: its name, its accounts, what it says of itself, and load on
// it. Of this machine it is a `RunningServer`; a script can stand for it.
import Glibc
import LinuxSystem
import LoadGenerator
import Profiling
import RunRecord
import Targets
import Workloads

/// Whose CPU time can be read.
public protocol CPUClock {
    /// CPU time of its process so far, user and system, in ns; nil where that cannot be read.
    func cpuNanoseconds() -> UInt64?
}

/// The accounts of a server with everything that it started.
public protocol FamilyAccounts {
    /// CPU time of all members, the ended ones included, in ns; nil when it cannot be read. Looks
    /// anew who belongs to it, which takes about a millisecond.
    mutating func cpuNanoseconds() -> UInt64?
    /// CPU time of the members that live and were seen last, in ns.
    func quickCPUNanoseconds() -> UInt64
    /// How long each of their threads has waited for a CPU, in ns, by thread id.
    func waits() -> [pid_t: UInt64]
}

extension ProcessFamily: FamilyAccounts {}

public protocol MeasuredServer: AnyObject, CPUClock {
    var target: Target { get }
    /// Nil where its process is not on this machine.
    var pid: pid_t? { get }
    /// Nil where its process is not on this machine.
    func family() -> (any FamilyAccounts)?
    /// A section of INFO as fields.
    func info(_ section: String) throws(TargetError) -> [String: String]
    /// Opens a load on it.
    func load(
        _ cell: RoundCell, _ plan: RoundPlan, seed: UInt64
    ) throws(ExperimentFailure) -> any Load
    /// Opens what samples its stacks, with no window yet; nil where its process is not on this
    /// machine.
    func sampler(_ sampling: StackSampling) throws(ProfilerError) -> (any StackSampler)?
    /// How it ended, if that is what a broken connection means; nil while it runs.
    func deathAfterLoss() -> String?
    /// Ends it if it was started for the experiment.
    func stop()
}

extension MeasuredServer {
    /// An incident of this server.
    package func incident(
        _ kind: RunRecord.Incident.Kind, count: Int? = nil, of: Int? = nil, _ detail: String
    ) -> RunRecord.Incident {
        RunRecord.Incident(
            target: target.label, kind: kind, count: count, of: of, detail: detail)
    }
}

extension RunningServer: MeasuredServer {
    public func cpuNanoseconds() -> UInt64? { ProcessClock(pids: pids).cpuNanoseconds() }

    public func family() -> (any FamilyAccounts)? {
        if !nodes.isEmpty {
            guard pids != nil else { return nil }
            return FamilyUnion(
                families: nodes.compactMap { node in
                    node.pid.map { ProcessFamily(root: $0, group: node.processGroup) }
                })
        }
        guard let pid else { return nil }
        let own = ProcessFamily(root: pid, group: processGroup)
        let others = counted.filter { $0 != pid }.map { ProcessFamily(root: $0) }
        if others.isEmpty { return own }
        return FamilyUnion(families: [own] + others)
    }

    public func info(_ section: String) throws(TargetError) -> [String: String] {
        try connect().info(section)
    }

    public func load(
        _ cell: RoundCell, _ plan: RoundPlan, seed: UInt64
    ) throws(ExperimentFailure) -> any Load {
        let workload = cell.workload
        if let client = plan.client {
            return try ExternalLoad(client, self, workload, plan, pipeline: cell.depth)
        }
        var options = LoadOptions(for: self, workload, plan)
        options.pipeline = cell.depth
        if let link = FleetLink.current {
            return try FleetSlices.open(link, self, workload, options, seed: seed)
        }
        do throws(LoadFailure) {
            return try SessionLoad(to: endpoint.address, options) {
                WorkloadSource(workload, seed: seed, $0)
            }
        } catch {
            throw ExperimentFailure(error, self)
        }
    }

    public func sampler(
        _ sampling: StackSampling
    ) throws(ProfilerError) -> (any StackSampler)? {
        guard let pid else { return nil }
        return try Profiler(pid: pid, sampling.options, binaries: sampling.binaries)
    }

    /// It may take half a second to be seen.
    public func deathAfterLoss() -> String? {
        for _ in 0..<50 where death == nil { Clock.sleep(milliseconds: 10) }
        return death
    }

    /// `connect`, with a failure in this module's words.
    package func controlConnection() throws(ExperimentFailure) -> ControlConnection {
        do throws(TargetError) {
            return try connect()
        } catch {
            throw ExperimentFailure(error, self)
        }
    }
}
