// The run record while it is made: one per invocation, written whatever happens.
//
// Everything that an experiment learns goes here at once, so that a crash of a server or Ctrl-C
// costs only what was under way. Whoever has it can also say how far the run is.
import Foundation
import LinuxSystem
import Progress
import Quantities
import RunRecord
import Targets
import Workloads

public final class Recorder {
    public private(set) var record: RunRecord
    /// When the run began, on the monotonic clock: the zero of every time in the record.
    public let startNanoseconds = Clock.monotonicNanoseconds()
    /// How far the run is, for people.
    public let progress: ProgressBar
    private var machine = BusyMachine()
    /// Where servers that are launched from here on are put.
    public private(set) var placement = Placement()
    private var placed = PlacementAccount()

    /// - Parameter quiet: no progress; warnings are printed all the same.
    public convenience init(arguments: [String], seed: UInt64, quiet: Bool) {
        self.init(arguments: arguments, seed: seed, progress: ProgressBar(quiet: quiet))
    }

    /// - Parameter progress: where the run's progress is told, such as another run's that it is a
    ///   part of.
    public init(arguments: [String], seed: UInt64, progress: ProgressBar) {
        record = RunRecord(
            hashmarkVersion: RunRecord.hashmarkVersion, arguments: Redaction.masked(arguments),
            seed: seed)
        record.startedAt = Date().formatted(.iso8601)
        record.environment = .current()
        // Until `finish` says otherwise: what is written on an unexpected path is not complete.
        record.partial = true
        self.progress = progress
    }

    /// Time since the run began, in ns.
    public var now: Int { Int(Clock.monotonicNanoseconds() - startNanoseconds) }

    /// `time`, a reading of the monotonic clock, as time since the run began, in ns.
    public func time(of time: UInt64) -> Int { Int(time) - Int(startNanoseconds) }

    /// Adds a warning, once; secrets in its cause are masked.
    /// - Parameter target: whom it is about; nil: the run.
    public func warn(_ cause: String, remedy: String, target: String? = nil) {
        warn(
            RunRecord.Warning(cause: Redaction.masked(cause), remedy: remedy, target: target))
    }

    func warn(_ warning: RunRecord.Warning) {
        guard !record.warnings.contains(warning) else { return }
        record.warnings.append(warning)
        // Once stdout cannot be written, that has been said and is all that counts.
        if Output.failure == nil { Output.note("warning: \(warning)") }
    }

    /// A warning that is told elsewhere.
    func keep(_ warning: RunRecord.Warning) {
        var masked = warning
        // A server's words may hold what it was sent.
        masked.cause = Redaction.masked(warning.cause)
        record.warnings.append(masked)
    }

    /// Runs `body` as a phase of the record, kept when it throws as well.
    public func phase<R, E: Error>(
        _ name: String, _ target: String? = nil, _ body: () throws(E) -> R
    ) throws(E) -> R {
        let start = now
        defer {
            record.phases.append(
                RunRecord.Phase(
                    name: name, target: target, startNanoseconds: start,
                    durationNanoseconds: now - start))
        }
        return try body()
    }

    /// Sets the claims of the run, or their outcomes.
    public func set(claims: [RunRecord.Claim]) { record.claims = claims }

    /// Makes one result of those that a run measured bit by bit: same metric, target, workload and
    /// conditions.
    public func mergeResults() { record.results = RunRecord.Result.merged(record.results) }

    /// Sets the verdict.
    public func add(_ verdict: RunRecord.Verdict) { record.verdict = verdict }
    /// Adds a result, under the conditions of the nodes that memory comes from.
    public func add(_ result: RunRecord.Result) {
        var result = result
        let nodes = placement.nodes?.conditions ?? [:]
        result.conditions.merge(nodes) { own, _ in own }
        record.results.append(result)
    }
    /// Adds a round.
    public func add(_ round: RunRecord.Round) { record.rounds.append(round) }
    /// Adds an incident, once.
    public func add(_ incident: RunRecord.Incident) {
        if !record.incidents.contains(incident) { record.incidents.append(incident) }
    }
    func add(_ host: RunRecord.LoadHost) { record.loadHosts.append(host) }
    /// Adds a phase.
    public func add(_ phase: RunRecord.Phase) { record.phases.append(phase) }
    /// Adds a series.
    public func add(_ series: RunRecord.Series) { record.series.append(series) }
    /// Adds a profile, as more rounds of the one of its target, load and unit where there is one.
    public func add(_ profile: StackProfile) {
        let earlier = record.profiles.firstIndex {
            $0.target == profile.target && $0.workload == profile.workload
                && $0.unit == profile.unit
        }
        if let earlier {
            record.profiles[earlier].append(profile)
        } else {
            record.profiles.append(profile)
        }
    }
    func add(_ trial: RunRecord.Trial) { record.trials.append(trial) }
    func add(_ share: RunRecord.NodeShare) { record.nodeShares.append(share) }
    /// Sets the certificate.
    public func add(_ certificate: RunRecord.Certificate) { record.certificate = certificate }

    /// Adds a workload, unless there is one of its name.
    public func add(workload name: String, contentHash: String?) {
        add(RunRecord.Workload(name: name, contentHash: contentHash))
    }

    /// Adds a workload, unless there is one of its name.
    func add(_ workload: RunRecord.Workload) {
        guard !record.workloads.contains(where: { $0.name == workload.name }) else { return }
        record.workloads.append(workload)
    }

    /// Names a workload with what it stands for in a fleet, if in any. Before its rounds: a fleet
    /// of which a part was measured is one of that part.
    public func weigh(_ workload: CompiledWorkload, _ weight: Suite.Weight?) {
        guard let weight else { return }
        let name = workload.workload.name
        add(workload: name, contentHash: workload.workload.contentHash)
        for index in record.workloads.indices where record.workloads[index].name == name {
            record.workloads[index].weight = weight.value
            record.workloads[index].weightSource = weight.source
        }
    }

    /// Adds a target, unless there is one of its label.
    public func add(_ target: RunRecord.Target) {
        guard !record.targets.contains(where: { $0.label == target.label }) else { return }
        record.targets.append(target)
    }

    /// That nothing is drawn from the seed.
    public func leaveSeedUnused() { record.seedIsUnused = true }

    /// Names the targets in the order of the command line, whichever is launched first.
    public func add(_ targets: [Target]) {
        for target in targets {
            add(
                RunRecord.Target(
                    label: target.label, spelling: Redaction.masked([target.spelling])[0]))
        }
    }

    /// Counts a server that runs already as the measurement's, and says what else the machine does:
    /// once there is something to measure, for beside an error it would hide the error.
    /// - Parameter pid: nil where it is a child of ours or on another machine.
    func watch(_ pid: Int32?) {
        if let pid { machine.count(server: pid) }
        for warning in machine.atStart { warn(warning) }
    }

    /// Where the run's servers belong: for those that are launched from here on.
    func place(_ placement: Placement) { self.placement = placement }

    /// Looks where the pages of a server are, at the end of its launch.
    package func notePages(of server: any MeasuredServer) {
        guard let pid = server.pid else { return }
        placed.add(
            PlacementAccount.Reading(pid), of: server.target.label, isOwned: server.target.isOwned)
    }

    /// That others had the machine when the run began; nil where they had not.
    var busyStart: String? { machine.busyStart }

    /// Describes the target of `server`, the first time it is seen. What an uncooperative server
    /// does not tell stays open.
    public func describe(_ server: RunningServer) {
        add([server.target])
        let others = server.target.isOwned ? [] : server.pids ?? []
        for pid in others { watch(pid) }
        if others.isEmpty { watch(nil) }
        guard let index = index(of: server.target), record.targets[index].version == nil,
            let identity = try? server.identify()
        else { return }
        let version = [identity.name, identity.version].compactMap(\.self).joined(separator: " ")
        record.targets[index].version = version.isEmpty ? nil : version
        record.targets[index].binaryHash = identity.binaryHash
        record.targets[index].allocator = identity.allocator
        record.targets[index].threads = identity.threads
        record.targets[index].sizeClasses = identity.quantum.map { "quantum \($0)" }
        record.targets[index].encryption = identity.encryption.map {
            RunRecord.Encryption($0, server.endpoint)
        }
    }

    private func index(of target: Target) -> Int? {
        record.targets.firstIndex { $0.label == target.label }
    }

    /// Ends the run.
    /// - Parameter partial: true when not all of it could be measured.
    public func finish(partial: Bool) {
        progress.finish()
        placed.order(by: record.targets.map(\.label))
        record.placements = placed.placements(placement.nodes)
        if !record.results.isEmpty || !record.rounds.isEmpty {
            for result in placed.results() { add(result) }
            for doubt in record.placements.compactMap(\.doubt) { warn(doubt) }
            for warning in machine.atStart + machine.atEnd() { warn(warning) }
        }
        record.partial = partial
        record.durationSeconds = Nanoseconds(now).seconds
    }
}

/// Why an experiment did not come to its end, or to a bad one: one line with cause and remedy.
public struct ExperimentFailure: Error, CustomStringConvertible {
    public enum Kind: Sendable {
        /// What was asked for has no meaning, as only its files could tell: exit 64.
        case usage
        /// Nothing could be measured: a bad target, a port in use.
        case setUp
        /// Something was measured, or measured wrongly: exit 3.
        case invalid
        case interrupted
        /// What the run should be compared with is of another kind or machine: exit 5.
        case incomparable
    }
    public let kind: Kind
    public let description: String
    /// What a server did that no measurement excuses; nil where none is to blame.
    public package(set) var incident: RunRecord.Incident?
    /// Everything was measured; it is what was found that makes it invalid.
    public let isAfterAll: Bool

    public init(
        _ kind: Kind, _ description: String, incident: RunRecord.Incident? = nil,
        isAfterAll: Bool = false
    ) {
        self.kind = kind
        self.isAfterAll = isAfterAll
        self.description = Redaction.masked(description)
        self.incident = incident
    }
}
