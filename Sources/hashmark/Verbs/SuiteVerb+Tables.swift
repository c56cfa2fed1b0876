// hashmark suite on a suite of tables: those and their adapters that are here, as `tables` measures
// them.
import ArgumentParser
import Experiments
import TableBench

extension SuiteVerb {
    func measure(_ suite: TableSuite) throws {
        try GivenOptions.refuse(
            ["--allow-flush", "--on-errors", "--cache"] + GivenOptions.nodes + GivenOptions.prices,
            "has no effect on a suite of tables, which has no servers")
        let folder = adapters ?? ProjectFiles.file(".build/adapters")
        let (spellings, missing) = suite.spellings(adapters: folder)
        if spellings.isEmpty, let first = missing.first {
            throw ValidationError("\(first.cause), and nothing else is there; \(first.remedy)")
        }
        let plan = try plan(suite, spellings)
        if let problem = plan.places.lazy.compactMap({ plan.problem($0) }).first {
            throw ValidationError(problem)
        }
        try options.measure(defaultOut: ProjectFiles.latest, history: record, loads: 0) {
            recorder throws(ExperimentFailure) in
            for line in missing { recorder.warn(line.cause, remedy: line.remedy) }
            try TableExperiment(plan).run(recorder)
        }
    }

    private func plan(_ suite: TableSuite, _ spellings: [String]) throws -> BenchPlan {
        var suite = suite
        suite.rounds = rounds ?? suite.rounds
        suite.entries = entries.map { [Int(clamping: $0)] } ?? suite.entries
        let hashes = suite.hash.map { [(option: TableSpecification.Option.hash, value: $0)] }
        do throws(TableSpecificationError) {
            return suite.plan(try TableSpecification.list(spellings, defaults: hashes ?? []))
        } catch {
            throw usage(error)
        }
    }
}
