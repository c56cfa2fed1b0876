// Conditions hold what a comparison must match, and nothing that was measured: two runs of one
// command line, with other seeds, have the same conditions. Their records are what was published.
import RunRecord
import TestSupport
import Testing

@Suite(.serialized) struct ConditionTests {
    @Test(arguments: [
        "compare --baseline ref:valkey-8.1 --candidate ref:valkey-9.1 --entries 2000 --rounds 1 "
            + "--blocks 1 --warm-up 10",
        "tables --table valkey-7.2 --table valkey-9.1 --entries 1000 --repeats 2 --growth 3500 "
            + "--curve 12000 --batch 1,4 --hits 1,0 --load min,max --popularity zipf:0.99 "
            + "--churn 0,1",
        "tables --mode simulated --table valkey-9.1 --entries 500 --hits 1 --batch 1",
        "counters --target ref:valkey-9.1 --mode simulated --entries 500 --requests 500",
        "counters --target ref:valkey-9.1 --mode software --entries 500 --requests 500",
        "memory --target ref:valkey-9.1 --target exec:redis-server --key-size 16 --value-size 64 "
            + "--entries 500,1000",
        "replay ycsb-a --target ref:valkey-9.1 --entries 2000 --duration 0.3",
    ])
    func otherSeedsHaveTheSame(_ line: String) throws {
        func places(_ seed: String) throws -> Set<ResultKey> {
            let folder = TemporaryFolder()
            let path = folder.file("run.json")
            let words = line.split(separator: " ").map(String.init)
            let output = try RunningProgram(
                [Hashmark.executable] + words + ["--quiet", "--seed", seed, "--json", path]
            ).finish(seconds: 120)
            #expect(output.ending == .exited(0), "\(output.stderr)")
            #expect(try RecordSchema.violations(ofRecordAt: path) == [])
            return Set(try RunRecord.read(path).results.map(\.key))
        }
        let (one, other) = (try places("1"), try places("2"))
        #expect(one.count > 2)
        #expect(one == other, "\(one.symmetricDifference(other))")
    }
}
