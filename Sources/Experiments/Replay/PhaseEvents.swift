// All that happens beside the load of one phase: what the server is told, loads beside it, and the
// latencies of the time around each.
import LinuxSystem
import LoadGenerator
import Quantities
import RunRecord
import Targets
import Workloads

final class PhaseEvents {
    /// On the monotonic clock.
    private let start: UInt64
    private let events: ServerEvents
    private var overlays: [OverlayLoad] = []
    private var windows: EventWindows?
    /// Serves what a killed node did, as long as there is load.
    private let successor: ClusterSuccessor?
    /// Events that did not happen, with the reason.
    private(set) var refused: [(name: String, reason: String)]
    private let workload: Workload
    private let server: RunningServer
    private let recorder: Recorder

    /// Asks which events the server can have, and starts them and the loads beside.
    /// - Parameters:
    ///   - milliseconds: how long the phase is, where it is measured by time; nil: events alone.
    ///   - setUpProblem: why what the events need was not made ready in an earlier phase; nil where
    ///     it was.
    init(
        _ compiled: CompiledWorkload, _ phase: PhaseSpec, measuredMilliseconds milliseconds: Int?,
        setUpProblem: String?, _ server: RunningServer, _ plan: RoundPlan, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        workload = compiled.workload
        self.server = server
        self.recorder = recorder
        let isOurs = FleetLink.current?.isRoot ?? true
        let all = workload.events.filter { isOurs && $0.phase == phase.name }
        var windows = milliseconds.map {
            EventWindows(compiled.workload, phase: phase.name, milliseconds: $0)
        }
        var possible: [ServerEvent] = []
        var refused: [(name: String, reason: String)] = []
        var successor: ClusterSuccessor?
        for event in all {
            var found = setUpProblem
            if found == nil { found = try Self.problem(event, server) }
            if found == nil, event.action == .cluster(.failover), successor == nil {
                do throws(TargetError) {
                    successor = try ClusterSuccessor(in: server)
                } catch {
                    found = "its set-up was refused: \(error)"
                }
            }
            guard let problem = found else {
                possible.append(event)
                continue
            }
            refused.append((name: event.name, reason: problem))
            windows?.leaveOut(event.name, problem)
            recorder.warn(
                "\(event.name) does not happen: \(problem)",
                remedy: "remove the event, or measure a server that has it",
                target: server.target.label)
        }
        self.windows = windows
        self.refused = refused
        self.successor = successor
        start = Clock.monotonicNanoseconds()
        events = try ServerEvents(possible, server, successor, from: start)
        guard let milliseconds else { return }
        for (index, overlay) in workload.overlays.enumerated()
        where overlay.fromMilliseconds < milliseconds {
            overlays.append(
                try OverlayLoad(
                    overlay, try Self.compiled(workload.overlay(index)), server, plan,
                    seed: plan.seed &+ UInt64(index) &+ 1, from: start,
                    milliseconds: milliseconds, recorder))
        }
    }

    private static func problem(
        _ event: ServerEvent, _ server: RunningServer
    ) throws(ExperimentFailure) -> String? {
        let connection = try server.controlConnection()
        do throws(TargetError) {
            return try EventSupport.problem(event, server, connection)
        } catch {
            throw ExperimentFailure(error, server)
        }
    }

    private static func compiled(
        _ overlay: Workload
    ) throws(ExperimentFailure) -> CompiledWorkload {
        do throws(WorkloadProblems) {
            return try CompiledWorkload(overlay)
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
    }

    /// A step of the load, from when it began.
    func add(_ sample: LoadSample, isOpen: Bool, from begin: UInt64) {
        let latency = isOpen ? sample.intendedLatency ?? sample.latency : sample.latency
        let passed = Nanoseconds(begin - min(start, begin)).whole(.milliseconds)
        let length = Nanoseconds(sample.durationNanoseconds).whole(.milliseconds)
        windows?.add(
            latency, longestStall: sample.longestStallNanoseconds, from: Int(passed),
            milliseconds: max(Int(length), 1))
    }

    /// Ends all of it, and adds what it came to to the record.
    /// - Returns: what was wrong with a load beside; nil where nothing was.
    func finish() -> ExperimentFailure? {
        for event in events.finish(recorder) {
            refused.append(event)
            windows?.leaveOut(event.name, event.reason)
        }
        var failure: ExperimentFailure?
        for overlay in overlays {
            let problem = overlay.finish(beside: workload.name, recorder)
            failure = failure ?? problem
        }
        overlays = []
        return failure
    }

    /// Adds the latencies around each event to the record.
    func addResults(_ conditions: Conditions, isOpen: Bool) {
        windows?.addResults(
            target: server.target.label, workload: workload.name, conditions: conditions,
            isOpen: isOpen, recorder)
    }
}
