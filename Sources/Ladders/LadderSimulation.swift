// The rungs under callgrind: instructions and simulated cache misses per operation.
//
//     table, engine       this program once more, as a worker that bounds what is counted itself
//     loopback, target    the server under valgrind (CounterExperiment), on one connection
//
// Filled with the same keys and asked by the same stream as when they are timed. Where nothing can
// be simulated, the record says why.
import Counters
import Experiments
import LinuxSystem
import LoadGenerator
import Progress
import RunRecord
import Targets
import Workloads

extension LadderExperiment {
    /// What is counted, in the order in which it is shown.
    private static let counters: [Counter] = [
        .simulatedInstructions, .simulatedD1ReadMisses, .simulatedLLReadMisses,
    ]

    /// The rungs of this process, in the order in which a worker counts them.
    private var localRungs: [(ladder: Ladder, rung: LadderRung)] {
        ladders.filter { $0.table != nil }.flatMap { ladder in
            [LadderRung.table, .engine].map { (ladder: ladder, rung: $0) }
        }
    }

    /// How long ``simulate(_:worker:)`` will probably take, in s.
    public var expectedSimulatedSeconds: Double {
        let server = CounterExperiment(workload).expectedSeconds
        return Double(ladders.reduce(0) { $0 + $1.rungs.count }) * server
    }

    // MARK: inside

    /// The worker: a line with the number of operations for each rung. Only where
    /// `CallgrindRegion.canCount`.
    public func work(print: (String) -> Void) throws(ExperimentFailure) {
        for (ladder, rung) in localRungs {
            guard let configuration = ladder.configuration(plan.seed) else { continue }
            let body: any Rung =
                rung == .table
                ? TableRung(ladder.label, configuration) : EngineRung(ladder.label, configuration)
            try body.fill(LadderFill(workload: workload, seed: plan.seed)) { _ in }
            var source = WorkloadSource(
                workload, seed: plan.seed, checksAnswers: false, sendsWaits: false,
                WorkerPlace(index: 0, count: 1))
            let warmUp = RequestBlock(&source, requests: blockRequests, depth: depth)
            let counted = RequestBlock(&source, requests: blockRequests, depth: depth)
            CallgrindRegion.begin()
            _ = try body.run(warmUp, .timed)
            CallgrindRegion.mark()
            let reading = try body.run(counted, .simulated)
            CallgrindRegion.end()
            print("\(reading.operations)")
        }
    }

    // MARK: outside

    /// Counts every rung, and adds results.
    /// - Parameter worker: a command line that calls ``work(print:)`` of the same experiment.
    public func simulate(
        _ recorder: Recorder, worker: [String]
    ) throws(ExperimentFailure) {
        if case .failure(let reason) = CounterCapabilities.current.simulation {
            for ladder in ladders {
                for rung in ladder.rungs {
                    for counter in Self.counters {
                        recorder.add(missing(counter, "\(reason)", ladder, rung))
                    }
                }
            }
            return
        }
        let servers = ladders.flatMap { ladder -> [(ladder: Ladder, rung: LadderRung)] in
            ladder.rungs.filter { $0 == .loopback || $0 == .target }
                .map { (ladder: ladder, rung: $0) }
        }
        let parts = servers.count + 1
        recorder.progress.begin("table and engine: simulated", Course.part(0, of: parts))
        try simulateHere(recorder, worker)
        recorder.progress.end()
        for (index, (ladder, rung)) in servers.enumerated() {
            recorder.progress.begin("", Course.part(index + 1, of: parts))
            defer { recorder.progress.end() }
            try simulate(ladder, rung, recorder)
        }
    }

    private func simulateHere(
        _ recorder: Recorder, _ worker: [String]
    ) throws(ExperimentFailure) {
        let rungs = localRungs
        guard !rungs.isEmpty else { return }
        var operations: [Int] = []
        let profiles: [CallgrindProfile]
        let geometry: CacheGeometry
        do throws(SimulationError) {
            let session = try CallgrindSession()
            geometry = session.geometry
            let isCancelled = { Interruption.requested }
            profiles = try SimulatedProgram.run(worker, session, isCancelled: isCancelled) { line in
                if let count = Int(line) { operations.append(count) }
                recorder.progress.advance(to: Double(operations.count) / Double(rungs.count))
            }
        } catch {
            throw Interruption.requested
                ? ExperimentFailure(.interrupted, "interrupted")
                : ExperimentFailure(.invalid, "\(error)")
        }
        guard profiles.count == rungs.count, operations.count == rungs.count else {
            throw ExperimentFailure(
                .invalid,
                "callgrind counted \(profiles.count) of \(rungs.count) rungs; run it once more, "
                    + "or leave --simulated out")
        }
        for (index, (ladder, rung)) in rungs.enumerated() {
            var conditions = conditions(rung)
            conditions["d1"] = .string("\(geometry.d1)")
            conditions["ll"] = .string("\(geometry.ll)")
            for counter in Self.counters {
                recorder.add(
                    profiles[index].total(counter).map { total in
                        RunRecord.Result(
                            counter.metric, target: ladder.label,
                            workload: workload.workload.name, conditions: conditions,
                            value: Double(total) / Double(max(operations[index], 1)))
                    } ?? missing(counter, "callgrind did not count it", ladder, rung))
            }
        }
    }

    private func simulate(
        _ ladder: Ladder, _ rung: LadderRung, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        guard var target = rung == .loopback ? ladder.table?.target : ladder.top else { return }
        guard target.isOwned else {
            for counter in Self.counters {
                let reason = "only a server that starts under valgrind can be simulated"
                recorder.add(missing(counter, reason, ladder, rung))
            }
            return
        }
        // Its counts stand on its ladder.
        target.label = ladder.label
        var experiment = CounterExperiment(workload)
        experiment.seed = plan.seed
        experiment.requests = UInt64(blockRequests)
        experiment.pipeline = depth
        experiment.allCounters = false
        experiment.conditions = ["rung": .string(rung.rawValue)]
        try experiment.run(target, recorder)
    }

    private func missing(
        _ counter: Counter, _ reason: String, _ ladder: Ladder, _ rung: LadderRung
    ) -> RunRecord.Result {
        RunRecord.Result(
            counter.metric, target: ladder.label, workload: workload.workload.name,
            conditions: conditions(rung), unavailable: reason)
    }
}
