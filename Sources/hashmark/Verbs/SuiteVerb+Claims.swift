// hashmark suite on a suite of claims: experiments, then an outcome for each published figure.
import ArgumentParser
import Experiments
import Reporting
import RunRecord
import Targets
import Workloads

extension SuiteVerb {
    func judge(_ suite: ClaimSuite) throws {
        guard rounds == nil, entries == nil else {
            throw ValidationError(
                "--rounds and --entries do not fit a suite of claims, whose conditions are part of "
                    + "what was claimed; change a copy of the file")
        }
        try GivenOptions.refuse(
            ["--allow-flush", "--on-errors", "--detail"] + GivenOptions.prices,
            "has no effect on a suite of claims")
        try GivenOptions.refuse(
            GivenOptions.nodes,
            "does not fit a suite of claims, whose conditions are part of what was claimed")
        let spelled = try TargetList.parse(
            suite.targets.map { "\($0.label)=\($0.spelling)" }, cache: builds.cache)
        var targets: [String: Target] = [:]
        for target in spelled { targets[target.label] = target }
        var workloads: [String: CompiledWorkload] = [:]
        for experiment in suite.experiments {
            guard let load = experiment.measure.load else { continue }
            workloads[experiment.name] = try WorkloadFile.compiled(
                load.workload, entries: load.entries, name: experiment.name,
                change: load.narrowed)
        }
        // Rates come of rounds; of bytes and counts less is better.
        let hasRounds = suite.experiments.contains { experiment in
            if case .rounds = experiment.measure { true } else { false }
        }
        try options.measure(
            defaultOut: ProjectFiles.latest, history: record,
            better: hasRounds ? [.lower, .higher] : [.lower], loads: hasRounds ? 1 : 0
        ) { recorder throws(ExperimentFailure) in
            recorder.progress.start("suite")
            // Also after a failure: what was measured until then is judged.
            defer { recorder.set(claims: ClaimJudgement.judged(recorder.record)) }
            try ClaimExperiments(suite, targets: targets, workloads: workloads).run(recorder)
        }
    }
}
