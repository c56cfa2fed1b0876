// The command line: a verb for everything that can be done, each in a file of its name.
import ArgumentParser
import RunRecord

@main
struct Hashmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hashmark",
        abstract: "Benchmarks and profiles RESP key-value servers and the hash tables inside them.",
        version: RunRecord.hashmarkVersion,
        subcommands: [
            SuiteVerb.self, CompareVerb.self, GateVerb.self, BenchVerb.self, ReplayVerb.self,
            SweepVerb.self, BisectVerb.self, ServeVerb.self, MemoryVerb.self, TableVerbs.self,
            LadderVerb.self, CountersVerb.self,
            ProfileVerb.self, CaptureVerb.self, WorkloadVerb.self, HistoryVerb.self,
            PublishVerb.self, ReportVerb.self, ListVerb.self, DoctorVerb.self, ManualVerb.self,
        ])
}
