// A load beside the one that is measured: on a thread of its own, with its own connections and
// schedule, from its moment of the phase to its end.
//
// It comes in steps of 100 ms like the other, so that both have series of the same steps. Opening
// its connections is part of it: a storm of clients begins with that.
import LinuxSystem
import LoadGenerator
import Quantities
import RunRecord
import Statistics
import Synchronization
import Targets
import Workloads

final class OverlayLoad {
    private struct Point: Sendable {
        var operations: Double
        var tail: Double?
        var longest: Double?
    }

    private struct State: Sendable {
        var sample: LoadSample?
        var points: [Point] = []
        var failure: LoadFailure?
    }

    /// What the thread and its owner share.
    private final class Shared: Sendable {
        let state = Mutex<State>(State())
        let stop = Atomic<Bool>(false)
    }

    /// What the thread is told.
    private struct Task: Sendable {
        var workload: CompiledWorkload
        var address: SocketAddress
        var options: LoadOptions
        var pace: Pace?
        var seed: UInt64
        /// On the monotonic clock.
        var begin: UInt64
        var end: UInt64
    }

    private let shared = Shared()
    private let server: RunningServer
    private let task: Task
    private var worker: Worker?

    static let stepMilliseconds = 100
    /// Shorter bursts send nothing worth a step.
    private static let shortest = Nanoseconds(1, .milliseconds).count

    /// Starts the thread.
    /// - Parameters:
    ///   - workload: the overlay as one of its own.
    ///   - start: the beginning of the measured phase, which is so many ms long.
    init(
        _ overlay: OverlaySpec, _ workload: CompiledWorkload, _ server: RunningServer,
        _ plan: RoundPlan, seed: UInt64, from start: UInt64, milliseconds: Int,
        _ recorder: Recorder
    ) throws(ExperimentFailure) {
        self.server = server
        var options = LoadOptions(for: server)
        options.connections = workload.workload.load.connections
        options.pipeline = workload.workload.load.pipeline
        options.threads = workload.workload.load.streams
        options.keepsConnections = !overlay.reconnects
        options.errorPolicy = plan.errorPolicy
        let begin = start + Nanoseconds(milliseconds: overlay.fromMilliseconds).count
        let last = start + Nanoseconds(milliseconds: milliseconds).count
        let length = overlay.lengthMilliseconds.map { Nanoseconds(milliseconds: $0).count }
        task = Task(
            workload: workload, address: server.endpoint.address, options: options,
            pace: try Pace.schedule(workload.workload.load.arrival, recorder),
            seed: workload.workload.load.seed ?? seed, begin: begin,
            end: length.map { min(begin + $0, last) } ?? last)
        let (task, shared) = (self.task, self.shared)
        let body: @Sendable () -> Void = { OverlayLoad.run(task, shared) }
        do throws(SystemCallError) {
            worker = try Worker(body)
        } catch {
            throw ExperimentFailure(.setUp, "no thread for the overlay \(overlay.name): \(error)")
        }
    }

    private static func run(_ task: Task, _ shared: Shared) {
        while Clock.monotonicNanoseconds() < task.begin {
            if shared.stop.load(ordering: .acquiring) { return }
            Clock.sleep(milliseconds: 1)
        }
        let seed = task.seed
        let workload = task.workload
        do throws(LoadFailure) {
            let load = try SessionLoad(to: task.address, task.options) {
                WorkloadSource(workload, seed: seed, $0)
            }
            var bursts: UInt64 = 0
            while !shared.stop.load(ordering: .acquiring) {
                let now = Clock.monotonicNanoseconds()
                guard task.end > now, task.end - now >= Self.shortest else { return }
                let step = min(
                    task.end - now, Nanoseconds(milliseconds: Self.stepMilliseconds).count)
                var pace = task.pace
                pace?.seed = seed &+ bursts
                pace?.wholeNanoseconds = task.end - task.begin
                pace?.goesOn = bursts > 0
                bursts += 1
                let sample = try load.run(.duration(nanoseconds: step), pace: pace)
                let latency = sample.intendedLatency ?? sample.latency
                let point = Point(
                    operations: sample.operationsPerSecond,
                    tail: latency.percentile(99).map { Double($0) },
                    longest: latency.max.map { Double($0) })
                shared.state.withLock { state in
                    state.points.append(point)
                    if state.sample == nil {
                        state.sample = sample
                    } else {
                        state.sample?.goOn(with: sample)
                    }
                }
            }
        } catch {
            shared.state.withLock { $0.failure = error }
        }
    }

    /// Ends it, and adds what it came to to the record.
    /// - Parameter main: the workload beside which it ran.
    /// - Returns: what was wrong with it; nil where nothing was.
    func finish(beside main: String, _ recorder: Recorder) -> ExperimentFailure? {
        shared.stop.store(true, ordering: .releasing)
        worker.take()?.join()
        let state = shared.state.withLock { $0 }
        let name = task.workload.workload.name
        let label = server.target.label
        recorder.add(workload: name, contentHash: task.workload.workload.contentHash)
        if let sample = state.sample {
            addResults(sample, name, main, recorder)
            addSeries(state.points, name, recorder)
            recorder.warn(of: sample.pacing, label)
        }
        if let failure = state.failure { return ExperimentFailure(failure, server) }
        let incidents =
            state.sample.map { Answers.incidents(of: $0, target: label, workload: name) } ?? []
        for incident in incidents { recorder.add(incident) }
        return Answers.problem(incidents, task.options.errorPolicy).map {
            ExperimentFailure(.invalid, $0, isAfterAll: true)
        }
    }

    private func addResults(
        _ sample: LoadSample, _ name: String, _ main: String, _ recorder: Recorder
    ) {
        let label = server.target.label
        let isOpen = task.pace != nil
        var conditions: Conditions = [
            "connections": .number(task.options.connections),
            "pipeline": .number(task.options.pipeline), "beside": .string(main),
        ]
        if isOpen { conditions["arrival"] = .string("\(task.workload.workload.load.arrival)") }
        if !task.options.keepsConnections { conditions["keep_alive"] = false }
        func add(_ metric: Metric, _ value: Double) {
            recorder.add(
                RunRecord.Result(
                    metric, target: label, workload: name, conditions: conditions, value: value))
        }
        add(.throughput, sample.operationsPerSecond)
        add(.errorRatio, Double(sample.errors) / Double(max(sample.operations, 1)))
        let writer = LatencyResults(
            target: label, workload: name, conditions: conditions, parts: .repetitions)
        for command in sample.commands where command.operations > 0 {
            for (timing, histogram) in [
                (Metric.Timing.intended, command.intendedLatency), (.actual, command.latency),
            ] {
                guard let histogram else { continue }
                let results = writer.results([histogram]) {
                    .latency(command: command.label.name, timing: timing, point: $0)
                }
                for result in results { recorder.add(result) }
            }
        }
    }

    private func addSeries(_ points: [Point], _ name: String, _ recorder: Recorder) {
        let timing: Metric.Timing = task.pace == nil ? .actual : .intended
        let columns: [(Metric, [Double?])] = [
            (.throughput, points.map(\.operations)),
            (.latency(command: "all", timing: timing, point: "p99"), points.map(\.tail)),
            (.latency(command: "all", timing: timing, point: "max"), points.map(\.longest)),
        ]
        for (metric, values) in columns {
            recorder.add(
                RunRecord.Series(
                    metric: metric.id, unit: metric.unit, target: server.target.label,
                    workload: name, startNanoseconds: recorder.time(of: task.begin),
                    intervalMilliseconds: Self.stepMilliseconds, values: values))
        }
    }
}

extension LoadSample {
    /// Adds the burst that follows this one.
    mutating func goOn(with next: LoadSample) {
        var pacing = self.pacing
        merge(next)
        if let more = next.pacing, pacing != nil {
            pacing!.append(more)
            self.pacing = pacing
        }
    }
}
