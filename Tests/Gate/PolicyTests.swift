// Policy and acceptance files: the shipped one is the built-in one, and every mistake is told with
// its line and a remedy.
import Foundation
import Gate
import StrictYAML
import Testing

private let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

private func problems(_ yaml: String) -> [String] {
    do throws(FileProblems) {
        _ = try Policy(yaml: Array(yaml.utf8), file: "p.yaml")
        return []
    } catch {
        return error.problems.map(\.description)
    }
}

@Suite struct PolicyTests {
    @Test func theShippedPolicyIsTheBuiltInOne() throws {
        let path = root.appending(path: "Workloads/policies/default.yaml").path
        var policy = try Policy(yaml: Array(Data(contentsOf: URL(filePath: path))), file: path)
        #expect(policy.contentHash.hasPrefix("fnv1a64:"))
        policy.contentHash = ""
        #expect(policy == Policy())
    }

    @Test(arguments: [
        ("", "empty"), ("schema: hashmark.gate/1\nname: a\nrules: []", "p.yaml:1: schema"),
        ("name: a", "`schema`"), ("schema: hashmark.gate/2", "`name`"),
        ("rule: []", "did you mean `rules`?"), ("budget: soon", "not a duration"),
        ("alpha: 0", "between 0 and 1"), ("alpha: much", "not a share"),
        ("pooled_share: 1", "between 0 and 1"),
        ("screen_q: \"10%\"", "not a share"), ("entries: 0", "use 1 to 1000000000000"),
        ("cells: [{pipeline: 1}]", "no `workload`"),
        ("cells: [{workload: get-16x64}]", "no `pipeline`"),
        ("cells: [{workload: get-16x64, pipeline: 0}]", "no pipeline"),
        ("cells: [{workload: get-16x64, pipeline: [1, 1]}]", "listed twice"),
        ("open_loop: {load: 100%}", "share up to 95%"),
        ("rounds: {screen: 3}", "use 6 to 1000000"), ("rounds: {seconds: 0}", "use 0.1 to 600"),
        ("rounds: {precision: 0}", "no interval is a point"),
        (
            "cells: [{workload: a, pipeline: 1}]\nrounds: {least: 6}\nrules:\n"
                + "  - {metric: server_cpu_ns_per_op, rule: timed, margin: 2%}",
            "from which nothing can be confirmed"
        ),
        (
            "cells: [{workload: a, pipeline: 1}]\nrounds: {cap: 15}\nrules:\n"
                + "  - {metric: server_cpu_ns_per_op, rule: timed, margin: 2%}",
            "not all can be decided"
        ),
        (
            "rules:\n  - {metric: server_cpu_ns_per_op, rule: timed, margin: 2%}",
            "no load to be measured under"
        ),
        (
            "rules:\n  - {metric: throughput_ops_per_s, rule: timed, margin: 100%}",
            "cannot fall by 100 %"
        ),
        (
            "rules:\n  - {metric: stall_share, rule: timed, margin_absolute: 1, cell_margin: 0.5}",
            "smaller than the margin"
        ),
        ("memory: {entries: [1, 2, 3]}", "six counts"),
        ("memory: {entries: [1, 2, 3, 4, 5, 1e300]}", "`memory.entries[5]` is `1e300`"),
        ("rounds: {cap: 1e15}", "use 12 to 1000000"), ("budget: 1e300s", "out of range"),
        ("connections: 70000", "use 1 to 65535"),
        ("memory: {launches: 1}", "use 2 to 1000000"), ("simulated: {seeds: 3}", "use 6 or more"),
        ("rules:\n  - {metric: speed, rule: timed, margin: 2%}", "p.yaml:2: no metric"),
        ("rules:\n  - {metric: hit_ratio, rule: guess, margin: 2%}", "one of timed, exact"),
        ("rules:\n  - {metric: hit_ratio, rule: exact}", "margin"),
        ("rules:\n  - {metric: hit_ratio, rule: exact, margin: 2x}", "2% or 0.02"),
        (
            "rules:\n  - {metric: server_cpu_ns_per_op, rule: timed, margin: 2%, "
                + "margin_absolute: 1}", "ratios"
        ),
        ("rules:\n  - {metric: hit_ratio, rule: advisory}", "decides anything"),
    ])
    func mistakesAreToldWithLineAndRemedy(yaml: String, words: String) {
        #expect(problems(yaml).contains { $0.contains(words) }, "\(problems(yaml))")
    }

    @Test func sizesAndCountsHaveUnits() throws {
        let path = root.appending(path: "Workloads/policies/default.yaml")
        let text = try String(contentsOf: path, encoding: .utf8)
            .replacing("value_size: 64\n", with: "value_size: 1KiB\n")
            .replacing("[65000, 74000,", with: "[65k, 74_000,")
        let policy = try Policy(yaml: Array(text.utf8), file: "p.yaml")
        #expect(policy.memory.valueSize == 1_024)
        #expect(policy.memory.entries.prefix(2) == [65_000, 74_000])
    }

    /// What a record keeps of a policy is the policy.
    @Test func theTextOfAPolicyGivesItBack() throws {
        var policies = [Policy(), timedPolicy(), plainPolicy()]
        policies[1].openLoop = nil
        policies[1].entries = nil
        policies[1].simulated.workload = "a \"b\": #c"
        policies[2].alpha = 0.0123
        policies[2].budgetSeconds = 75.5
        for policy in policies {
            var read = try Policy(yaml: Array(policy.yaml.utf8), file: "p")
            read.contentHash = policy.contentHash
            #expect(read == policy)
        }
    }

    @Test func acceptancesThatAcceptAnythingAreRefused() {
        func problem(_ change: (inout Acceptance) -> Void) -> String? {
            var acceptance = Acceptance(
                metric: "server_cpu_ns_per_op", workload: nil, bound: 0.05, reason: "r",
                author: "a", expires: "2026-12-01")
            change(&acceptance)
            let other = Acceptance(
                metric: "throughput_ops_per_s", workload: nil, bound: 0.05, reason: "r",
                author: "a", expires: "2026-12-01")
            return acceptance.problem(beside: [other], today: "2026-11-29")?.cause
        }
        #expect(problem { _ in } == nil)
        #expect(problem { $0.metric = "*" }?.contains("whatever") == true)
        #expect(problem { $0.metric = "*/*" }?.contains("whatever") == true)
        #expect(problem { $0.bound = 10 }?.contains("almost anything") == true)
        #expect(problem { $0.bound = .nan }?.contains("nothing") == true)
        #expect(problem { $0.expires = "2026-11-28" }?.contains("passed") == true)
        #expect(problem { $0.metric = "throughput_ops_per_s" }?.contains("already") == true)
    }

    @Test func acceptancesSurviveTheirFile() throws {
        let all = [
            Acceptance(
                metric: "memory_bytes_per_entry/reported", workload: "memory", bound: 0.06,
                reason: "a \"wider\" field: #1\n- really", author: "Ä. Reviewer \\ B",
                expires: "2027-01-31"),
            Acceptance(
                metric: "latency_ns/*/actual/p99", workload: nil, bound: 0.125, reason: "noise",
                author: "B", expires: "2028-02-29"),
        ]
        let text = AcceptanceFile.text(all)
        #expect(try AcceptanceFile.read(Array(text.utf8), file: "a.yaml") == all)
    }

    @Test(arguments: [
        ("bound: 5%", "bound: 0%", "accepts nothing"), ("bound: 5%", "bound: x", "2% or 0.02"),
        ("2027-01-31", "2027-02-31", "no day"), ("2027-01-31", "soon", "no day"),
        ("author: me", "author: ''", "the author is empty"),
        ("metric: hit_ratio", "metric: x", "x"),
        ("    author: me\n", "", "has no `author`"), ("reason: why", "because: why", "because"),
    ])
    func badAcceptancesAreTold(part: String, replacement: String, words: String) {
        let sound = """
            schema: hashmark.acceptances/1
            acceptances:
              - metric: hit_ratio
                bound: 5%
                author: me
                reason: why
                expires: 2027-01-31
            """
        let yaml = sound.replacing(part, with: replacement)
        #expect(yaml != sound)
        do throws(FileProblems) {
            _ = try AcceptanceFile.read(Array(yaml.utf8), file: "a.yaml")
            Issue.record("\(yaml) was read")
        } catch {
            #expect(error.description.contains(words), "\(error)")
            #expect(error.problems.allSatisfy { $0.line != nil })
        }
    }
}
