// Every option with a value, of every verb, as the executable itself lists them, with numbers at
// and past every edge. None may trap, hang or be killed; what is refused is refused in one line.
import Foundation
import LinuxSystem
import TestSupport
import Testing

@Suite(.serialized) struct NumberFlagTests {
    private static let values = [
        "-1", "0", "1", "9223372036854775807", "18446744073709551616", "1e300", "1e-300", "NaN",
        "inf", "",
    ]
    /// Options of words and paths: no number is any worse than another word there.
    private static let ofWords: Set<String> = [
        "--json", "--out", "--export", "--junit", "--markdown", "--output", "--save-rounds",
        "--save-baseline", "--baselines", "--acceptances", "--certificate", "--history",
        "--keep-profile", "--sampled",
        "--record", "--sni", "--cacert", "--cacertdir", "--cert", "--key", "--tls-ciphers",
        "--tls-ciphersuites", "--tls-cert-file", "--tls-key-file", "--tls-ca-cert-file",
        "--tls-auth-clients", "--rfr", "--fuzz-mode", "--fuzz-loglevel", "--unixsocket",
        "--requirepass", "--merge", "--reason", "--author", "--name",
        "--workload", "--target", "--check-against", "--baseline", "--candidate", "--from",
        "--policy", "--stored",
        "--table", "--client", "--host", "--metric", "--format", "--on-miss",
        "--server", "--build", "--cache", "--repo", "--refs", "--tags", "--reference", "--matrix",
        "--suite", "--good", "--bad", "--adapters", "--to", "--label", "--spool",
        "--mode", "--hash", "--match", "--load", "--popularity", "--temperature", "--hdr-log",
        "--dataset", "--user", "--pass", "--uri", "--worker",
        "-h", "-u", "-a", "-s", "-t", "--type",
    ]

    /// One group of options that many verbs have: once is enough.
    private static let ofAll: Set<String> = [
        "--seed", "--price-per-core-hour", "--price-per-gb-hour", "--cost-operations",
        "--cost-entries",
    ]

    /// What a verb needs besides, so that it ends at once when the number is taken: a server that
    /// refuses connections, or ends.
    private static func base(_ verb: String, _ folder: TemporaryFolder) -> [String]? {
        let refused = "tcp://127.0.0.1:1"
        let pair = ["--baseline", "exec:false", "--candidate", "b=exec:false"]
        let out = ["--out", folder.file("out")]
        switch verb {
        case "suite": return [folder.file("suite.yaml")] + out
        case "compare": return pair + ["--workload", "ycsb-c"]
        case "gate run": return pair + out
        case "gate accept":
            return [
                "--metric", "m", "--bound", "5%", "--reason", "r", "--author", "a", "--expires",
                "2099-01-01",
            ]
        case "gate init": return ["--no-workflow"]
        case "gate selftest": return ["--target", "exec:false", "--no-counts"] + out
        case "bench": return ["-p", "1"]
        case "replay": return ["ycsb-c", "--target", refused]
        case "serve": return ["--table", "valkey-9.1", "--host", "192.0.2.1", "--insecure"]
        case "memory":
            return ["--target", refused, "--key-size", "9", "--value-size", "9", "--entries", "9"]
        case "tables check": return ["foreign:" + folder.file("none.so")]
        case "tables run":
            return [
                "--table", "valkey-9.1", "--entries", "10", "--repeats", "1", "--growth", "0",
                "--curve", "0",
            ]
        case "ladder":
            return ["--table", "valkey-9.1", "--workload", "ycsb-c", "--target", refused]
        case "counters": return ["--target", refused, "--mode", "software"]
        case "profile": return ["--target", refused, "--workload", "ycsb-c"]
        case "capture": return ["--from", refused]
        case "workload describe": return ["ycsb-c", "--requests", "10"]
        case "doctor": return []
        case "sweep": return ["--repo", "/", "--refs", "HEAD"] + out
        case "bisect":
            return [
                "--repo", "/", "--good", "a", "--bad", "b", "--metric", "throughput_ops_per_s",
            ]
        case "history show", "report": return [folder.file("none.json")]
        case "publish":
            return ["--to", "postgresql://127.0.0.1:1/x", folder.file("none.json")]
        case "history merge": return [folder.file("none.json")]
        default: return nil
        }
    }

    @Test func everyNumberOfEveryVerb() throws {
        let folder = TemporaryFolder()
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("Workloads"), withDestinationPath: Case.home + "/Workloads")
        try """
        schema: hashmark.suite/1
        name: none
        title: None
        targets: [tcp://127.0.0.1:1]
        workloads: [ycsb-c]
        rounds: 1
        memory: false
        entries: 10
        """.write(toFile: folder.file("suite.yaml"), atomically: true, encoding: .utf8)
        var tried = 0
        var shared: Set<String> = []
        for (words, all) in try CommandHelp.verbs() {
            let options = all.filter(\.takesValue).map(\.name)
            if options.isEmpty { continue }
            let base = try #require(
                Self.base(words.joined(separator: " "), folder), "\(words) is not tried here")
            for option in options where !Self.ofWords.contains(option) {
                guard !Self.ofAll.contains(option) || shared.insert(option).inserted else {
                    continue
                }
                for value in Self.values {
                    try Self.check(words + base + [option, value], folder)
                    tried += 1
                }
            }
        }
        // As many as there are now, roughly: an empty list would pass as well.
        #expect(tried > 800)
    }

    private static func check(_ words: [String], _ folder: TemporaryFolder) throws {
        let output = try RunningProgram(
            ["env", "HASHMARK_HOME=\(folder.path)", Hashmark.executable] + words
        ).finish(seconds: 10)
        let line = words.joined(separator: " ")
        #expect(!output.stderr.contains("Missing value"), "\(line): \(output.stderr.prefix(300))")
        guard case .exited(let code) = output.ending else {
            Issue.record("\(line): \(output.ending) \(output.stderr.prefix(300))")
            return
        }
        #expect([0, 1, 3, 5, 64].contains(code), "\(line): \(code) \(output.stderr.prefix(300))")
        let complaints = output.stderr.split(separator: "\n").filter {
            $0.hasPrefix("Error: ") || $0.hasPrefix("hashmark")
        }
        if code == 64 || code == 1 {
            #expect(complaints.count == 1, "\(line): \(code) \(output.stderr.prefix(300))")
        }
    }
}
