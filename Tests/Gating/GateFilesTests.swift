// What a gate reads and tells besides its record: files, loads of a policy, a workflow's summary,
// and the servers of a self-test.
import Experiments
import Foundation
import Gate
import Gating
import RunRecord
import ShippedFiles
import TestSupport
import Testing

@Suite struct GateFilesTests {
    @Test func aHomeWithoutFilesHasTheBuiltInPolicyAndNothingElse() throws {
        let folder = TemporaryFolder()
        let search = SearchPath([folder.path])
        var policy = try GateFiles.policy("default", in: search)
        #expect(policy.contentHash.hasPrefix("fnv1a64:"))
        policy.contentHash = ""
        #expect(policy == Policy())
        #expect(try GateFiles.acceptances(at: folder.file("acceptances.yaml")).isEmpty)
        #expect(
            GateFiles.forecast(
                Policy(), target: "ref:valkey-9.1", certificate: folder.file("selftest.json"))
                == .usual(Policy(), target: "ref:valkey-9.1"))
        let failure = #expect(throws: ExperimentFailure.self) {
            try GateFiles.policy("mine", in: search)
        }
        #expect(failure?.kind == .setUp)
        #expect(failure?.description.contains("\(folder.path)/Workloads/policies/") == true)
    }

    /// Which file is bad decides how a gate ends.
    @Test func onlyABaselineIsIncomparable() throws {
        let folder = TemporaryFolder()
        var failure = #expect(throws: ExperimentFailure.self) {
            try GateFiles.stored(folder.file("main.json"))
        }
        #expect(failure?.kind == .incomparable)
        #expect(failure?.description.contains("there is no baseline") == true)
        let damaged = folder.file("damaged.json")
        try Data("{".utf8).write(to: URL(filePath: damaged))
        failure = #expect(throws: ExperimentFailure.self) { try GateFiles.stored(damaged) }
        #expect(failure?.kind == .incomparable)
        failure = #expect(throws: ExperimentFailure.self) {
            try GateFiles.judged(damaged, policy: nil)
        }
        #expect(failure?.kind == .setUp)
        let endless = folder.file("endless.json")
        try Data(#"{"schema": "hashmark.run/1", "duration_s": 1e300}"#.utf8)
            .write(to: URL(filePath: endless))
        failure = #expect(throws: ExperimentFailure.self) {
            try GateFiles.judged(endless, policy: nil)
        }
        #expect(failure?.description.contains("out of bounds at duration_s: 1e300") == true)
        failure = #expect(throws: ExperimentFailure.self) { try GateFiles.pool([damaged]) }
        #expect(failure?.kind == .setUp)
    }

    /// Rounds without the copy or the same once more would let the baseline stand for them.
    @Test(arguments: [
        ["baseline", "sentinel"], ["baseline", "same"], ["sentinel", "baseline", "same"], [],
    ])
    func roundsHaveTheServersOfAGate(labels: [String]) throws {
        var record = RunRecord(hashmarkVersion: "0", arguments: [], seed: 0)
        record.targets = labels.map { .init(label: $0, spelling: "ref:valkey-9.1") }
        let folder = TemporaryFolder()
        let path = folder.file("rounds.json")
        try RoundPool(record, Policy(), secondsPerRound: 1).json().write(
            to: URL(filePath: path))
        #expect(throws: ExperimentFailure.self) { try GateFiles.pool([path]) }
        record.targets = RoundPool.labels.map { .init(label: $0, spelling: "ref:valkey-9.1") }
        try RoundPool(record, Policy(), secondsPerRound: 1).json().write(
            to: URL(filePath: path))
        #expect(try GateFiles.pool([path]).targets == RoundPool.labels)
    }

    @Test func aPolicysLoadsAreItsCellsAndTheOpenLoopLast() throws {
        let search = SearchPath()
        var policy = Policy()
        policy.entries = 500
        policy.cells = [
            .init("get-16x64", pipeline: 1, entries: 1_000), .init("set-16x64", pipeline: 16),
        ]
        policy.simulated.entries = 700
        let cells = try policy.roundCells(in: search)
        #expect(cells.map(\.pipeline) == [1, 16, 1])
        #expect(cells.map(\.workload.workload.keyCount) == [1_000, 500, 1_000])
        #expect(cells.map { $0.openLoopShare != nil } == [false, false, true])
        let simulated = try policy.simulatedLoad(in: search)
        #expect(simulated?.workload.name == "get-16x64" && simulated?.workload.keyCount == 700)
        policy.rules.removeAll { $0.kind == .paired }
        #expect(try policy.simulatedLoad(in: search) == nil)
    }
}

@Suite struct GateOutputsTests {
    private func worse() -> RunRecord { outcome(machine: Machine(bytesAdded: 8)).record }

    @Test func aStepsSummaryIsAppendedTo() throws {
        let folder = TemporaryFolder()
        let path = folder.file("summary.md")
        try Data("before\n".utf8).write(to: URL(filePath: path))
        let record = worse()
        #expect(GateOutputs.publish(record, ["GITHUB_STEP_SUMMARY": path]).isEmpty)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.hasPrefix("before\n") && text.contains("REGRESSION"), "\(text)")
    }

    @Test func aWorkflowGetsAnnotationsAndNobodyElseDoes() {
        let record = worse()
        #expect(GateOutputs.publish(record, [:]).isEmpty)
        let lines = GateOutputs.publish(
            record, ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": "/nowhere/summary.md"])
        #expect(lines.first == "warning: cannot write the step summary /nowhere/summary.md")
        #expect(lines.dropFirst().contains { $0.hasPrefix("::error ") }, "\(lines)")
    }
}

@Suite struct LiveSelfTestTests {
    @Test func theTargetRunsBesideItsCopiesAndASlowedOne() {
        #expect(
            LiveSelfTest.contestants(of: "ref:valkey-9.1?seed=7") == [
                "baseline=ref:valkey-9.1?seed=7", "sentinel=ref:valkey-9.1?seed=7",
                "same=ref:valkey-9.1?seed=7", "slowed=ref:valkey-9.1?seed=7&inject=cpu-ns:25",
            ])
        #expect(
            LiveSelfTest.contestants(of: "exec:valkey-server").map { $0.prefix { $0 != "=" } }
                == ["baseline", "sentinel", "same"])
    }

    @Test func countsAreInjectedWhereTheTargetTakesThem() {
        let gates = LiveSelfTest.countedGates(of: "ref:valkey-9.1")
        #expect(gates.map(\.change).first == "nothing (counts)")
        #expect(
            gates.map { $0.sides[1] } == [
                "candidate=ref:valkey-9.1", "candidate=ref:valkey-9.1?inject=entry-bytes:8",
                "candidate=ref:valkey-9.1?inject=entry-bytes:16",
                "candidate=ref:valkey-9.1?inject=chase:1",
            ])
        #expect(gates.allSatisfy { $0.sides[0] == "baseline=ref:valkey-9.1" })
        #expect(LiveSelfTest.countedGates(of: "exec:valkey-server").isEmpty)
    }
}
