// hashmark suite on a suite of replays: every workload with its phases, schedule and events, on one
// target after the other.
import ArgumentParser
import Experiments
import Progress
import Targets
import Workloads

extension SuiteVerb {
    func replay(_ suite: Suite) throws {
        try GivenOptions.refuse(["--rounds"], "has no effect on a suite of replays")
        let workloads = try suite.workloads.map {
            try WorkloadFile.compiled($0, entries: entries ?? suite.entries)
        }
        let targets = try TargetList.parse(suite.targets.map(\.spelling), cache: builds.cache)
        try TargetList.checkFlush(allowFlush, of: targets)
        try nodes.check(targets)
        let placement = try nodes.placement()
        try options.measure(
            defaultOut: ProjectFiles.latest, history: record, prices: prices,
            loads: suite.leastLoads
        ) { recorder throws(ExperimentFailure) in
            try placement.apply(recorder)
            let present = present(suite, targets, recorder)
            let replays = workloads.map { workload in
                replay(of: workload, suite, placement, seed: recorder.record.seed)
            }
            let parts = zip(replays, present).map { $0.expectedSeconds * Double($1.count) }
            recorder.progress.start("suite", seconds: parts.reduce(0, +))
            var found: ExperimentFailure?
            for (number, span) in Course.spans(parts).enumerated() {
                let replay = replays[number]
                recorder.weigh(replay.workload, suite.weights[suite.workloads[number]])
                let able = try CommandSupport.targets(
                    present[number], that: replay.workload, recorder, noting: replay.conditions)
                recorder.progress.begin("", span)
                defer { recorder.progress.end() }
                do throws(ExperimentFailure) {
                    try ReplayVerb.each(of: able, recorder) { target throws(ExperimentFailure) in
                        try replay.run(target, recorder)
                    }
                } catch {
                    guard error.isAfterAll else { throw error }
                    found = found ?? error
                }
            }
            if let found { throw found }
        }
    }

    private func replay(
        of workload: CompiledWorkload, _ suite: Suite, _ placement: Placement, seed: UInt64
    ) -> Replay {
        var plan = RoundPlan()
        plan.placement = placement
        plan.seed = seed
        plan.readsMemory = suite.memory
        plan.errorPolicy = errors.onErrors
        var replay = Replay(workload, plan)
        replay.allowFlush = allowFlush
        return replay
    }
}
