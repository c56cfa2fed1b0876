// Every option of a verb that has several modes, in each of them: one that has no effect there is
// refused. The options come from the executable's own list, so that a new one is asked about.
import LinuxSystem
import TestSupport
import Testing

/// A way to use a verb.
struct Mode: CustomTestStringConvertible, Sendable {
    let verb: String
    /// What chooses it, with something that ends at once where the option is taken.
    let words: [String]
    /// What has an effect in it.
    let works: Set<String>

    init(_ verb: String, _ words: String, _ works: String) {
        self.verb = verb
        self.words = words.split(separator: " ").map(String.init)
        self.works = Set(
            works.split(separator: " ").map { $0.hasPrefix("-") ? "\($0)" : "--\($0)" })
    }

    var testDescription: String { ([verb] + words).joined(separator: " ") }

    private static let record = "json out export quiet strict seed color "
    private static let tables = record + "detail "
    private static let prices =
        "price-per-core-hour price-per-gb-hour cost-operations cost-entries "
    private static let sampled = "duration frequency off-cpu top keep-profile "
    private static let nobody = "tcp://127.0.0.1:1"

    static let all = [
        Mode("suite", "claims", record + "record history"),
        Mode("gate run", "--judge none.json", "judge policy junit markdown quiet color detail"),
        Mode(
            "gate run", "--stored none --candidate b=exec:false",
            tables + "policy budget stored candidate baseline save-baseline baselines acceptances "
                + "record history junit markdown tell-improvement dry-run " + prices),
        Mode(
            "gate run", "--dry-run --baseline a=exec:false --candidate b=exec:false",
            "dry-run policy budget stored baseline candidate save-baseline baselines certificate "
                + "color"),
        Mode(
            "gate selftest", "--rounds none",
            "rounds modelled policy gates seed quiet budget color"),
        Mode(
            "gate selftest", "--modelled", "modelled rounds policy gates seed quiet budget color"),
        Mode(
            "gate selftest", "--live 1s --target exec:false",
            record + "target policy gates budget live save-rounds no-counts certificate " + prices),
        Mode(
            "replay", "ycsb-c --target \(nobody)",
            tables + prices + "target entries duration requests connections pipeline on-errors "
                + "no-memory allow-flush client-node check-against"),
        Mode(
            "replay", "t.csv --target \(nobody)",
            tables + "target duration requests connections pipeline on-errors check-against "
                + "allow-flush speed format skip-bad on-miss key-size client-node"),
        Mode(
            "replay", "ycsb-c --target \(nobody) --check-against exec:false",
            tables + "target check-against entries duration requests connections pipeline "
                + "allow-flush server-node client-node numa-policy"),
        Mode(
            "replay", "t.csv --target \(nobody) --check-against exec:false",
            tables + "target check-against duration requests connections pipeline allow-flush "
                + "format skip-bad on-miss key-size server-node client-node numa-policy"),
        Mode(
            "replay", "ycsb-c --target \(nobody) --no-memory",
            tables + "target entries duration requests connections pipeline on-errors "
                + "no-memory allow-flush client-node"),
        Mode(
            "compare", "--baseline a=\(nobody) --candidate b=exec:false --client redis-benchmark",
            tables + prices + "baseline candidate workload weight suite entries rounds budget "
                + "blocks warm-up connections pipeline client slice-requests cpus server-node "
                + "client-node numa-policy pin-seed simulated profile sampled "
                + "allow-flush"),
        Mode(
            "tables run", "--mode simulated",
            tables + "table entries key-size value-size batch hits popularity cluster hash match "
                + "lookahead mode i1 d1 ll counts-regions"),
        Mode(
            "counters", "--target \(nobody) --mode software",
            tables + "target workload key-size value-size entries requests mode connections "
                + "pipeline repeat no-seed-pin allow-flush client-node"),
        Mode("counters", "--pid 99999999", "pid duration interval mode quiet color"),
        Mode(
            "profile", "--target \(nobody)",
            tables + sampled + "target workload entries rounds warm-up connections pipeline cpus "
                + "client-node allow-flush on-errors"),
        Mode(
            "profile", "--pid 99999999",
            "pid json out export quiet strict color detail " + sampled),
        Mode("capture", "--merge a.yaml", "merge output name quiet"),
        Mode(
            "capture", "--from t.csv", "from output name key-size format skip-bad quiet"),
        Mode(
            "capture", "--from d.rdb", "from output name format skip-bad quiet"),
        Mode(
            "capture", "--from \(nobody)", "from output name keys rate interval monitor quiet"),
        Mode("capture", "--from \(nobody) --monitor", "from output name interval monitor quiet"),
        Mode(
            "memory", "--target \(nobody) --key-size 8 --value-size 8 --entries 9",
            tables + "target key-size value-size entries ttl allow-flush client-node"),
        Mode(
            "memory", "--target \(nobody) --from d.rdb",
            tables + "target from skip-bad allow-flush client-node"),
        Mode(
            "memory", "--target \(nobody) --from tcp://127.0.0.1:3",
            tables + "target from allow-flush client-node"),
        Mode(
            "memory", "--target \(nobody) --type set --entries 9 --members 9 --member-size 9",
            tables + "target type entries members member-size allow-flush client-node"),
        Mode("sweep", "--cell 1 --out none", "cell out cache quiet"),
        Mode("sweep", "--collect --out none", "collect out history color detail"),
        Mode("doctor", "", "noise json strict color detail"),
        Mode("report", "none.json --format go", "format output"),
        Mode("report", "none.json --format junit", "format output"),
        Mode("report", "none.json --format annotations", "format output"),
    ]
}

@Suite struct ModeOptionTests {
    /// A value that the option takes, where `1` is none.
    private static let values = [
        "--budget": "1m", "--live": "1s", "--d1": "32768,8,64", "--i1": "32768,8,64",
        "--ll": "1048576,16,64", "--mode": "software", "--candidate": "c=exec:false",
        "--baseline": "d=exec:false", "--target": "e=tcp://127.0.0.1:2", "--policy": "default",
        "--table": "valkey-8.1", "--type": "set", "--hits": "50%", "--on-errors": "invalid",
        "--workload": "ycsb-c", "--format": "twitter", "--on-miss": "none", "--cpus": "none",
        "--client": "redis-benchmark", "--hash": "siphash", "--match": "scalar",
        "--from": "t.csv", "--export": "text=x", "--merge": "a.yaml", "--color": "never",
        "--temperature": "hot", "--load": "min", "--sampled": "b",
        "--server-node": "0", "--client-node": "0", "--numa-policy": "local",
    ]

    @Test(arguments: Mode.all) func whatHasNoEffectIsRefused(_ mode: Mode) throws {
        let folder = TemporaryFolder()
        _ = try TraceFiles.write(Array("0,abc,3,5,1,get,0\n".utf8), folder, "t.csv")
        let words = mode.words
        let options = try #require(
            try CommandHelp.verbs().first { $0.words.joined(separator: " ") == mode.verb }
        ).options
        var asked = 0
        for option in options
        where !mode.works.contains(option.name) && !words.contains(option.name)
            && !["--help", "--version"].contains(option.name)
        {
            asked += 1
            let value = option.takesValue ? [Self.values[option.name] ?? "1"] : []
            let line =
                mode.verb.split(separator: " ").map(String.init) + words + [option.name] + value
            let output = try RunningProgram(
                ["env", "-C", folder.path, "HASHMARK_HOME=\(Case.home)", Hashmark.executable] + line
            ).finish(seconds: 10)
            #expect(output.ending == .exited(64), "\(line): \(output.stderr)")
            // Refused for itself, and not because of the value tried here.
            #expect(!output.stderr.contains("is invalid for"), "\(line): \(output.stderr)")
        }
        #expect(asked > 0)
    }
}
