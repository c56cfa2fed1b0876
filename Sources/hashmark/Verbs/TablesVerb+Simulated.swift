// hashmark tables --mode simulated: the same program once more, under callgrind, as a worker that
// bounds the counted regions itself.
import ArgumentParser
import Counters
import Experiments
import Glibc
import LinuxSystem
import RunRecord
import TableBench
import Targets

extension TablesVerb {
    func simulate(_ plan: BenchPlan) throws {
        let geometry = try caches.geometry()
        if let problem = plan.places.lazy.compactMap({ plan.problem($0) }).first {
            throw ValidationError(problem)
        }
        try options.measure(better: [.lower], loads: 0) { recorder throws(ExperimentFailure) in
            var plan = plan
            plan.seed = recorder.record.seed
            for target in plan.targets { recorder.add(target) }
            recorder.progress.start("tables", seconds: plan.expectedSimulatedSeconds)
            do throws(SimulationError) {
                let session = try CallgrindSession(geometry: geometry)
                let (results, warnings) = try SimulatedBench.results(
                    plan, session, workerCommand(plan), isCancelled: { Interruption.requested },
                    progress: recorder.progress)
                recorder.warn(warnings)
                for row in plan.records(results, geometry) { recorder.add(row) }
            } catch {
                throw Interruption.requested
                    ? ExperimentFailure(.interrupted, "interrupted")
                    : ExperimentFailure(.setUp, "\(error)")
            }
        }
    }

    /// This very command line, as the worker's. The last `--seed` counts.
    private func workerCommand(_ plan: BenchPlan) -> [String] {
        [LaunchOptions().executable] + CommandLine.arguments.dropFirst()
            + ["--seed", "\(plan.seed)", "--counts-regions"]
    }

    /// The worker.
    func work(_ plan: BenchPlan) throws {
        guard CallgrindRegion.canCount else {
            MeasuringOptions.complain(
                "this build cannot talk to valgrind; install the package valgrind and build again")
            throw ExitCode.error
        }
        var plan = plan
        plan.seed = options.seed ?? plan.seed
        SimulatedBench.work(plan) { Output.print($0) }
    }
}
