// What is told before a gate: its plan, and the files with which a project begins.
import Foundation
import Gate
import Gating
import RunRecord
import Testing

@Suite struct GatePlanTests {
    private func plan(
        _ policy: Policy, baseline: String? = "old", noSimulation: String? = nil
    ) -> String {
        let gate = Gate(policy, Sides(baseline: baseline, candidate: "new", sentinel: nil))
        return GatePlan(gate, .usual(policy), noSimulation: noSimulation).text()
    }

    @Test func aPlanSaysWhatIsMeasuredAndWhatDecides() throws {
        let policy = Policy()
        let text = plan(policy)
        let lines = text.split(separator: "\n")
        #expect(lines[0].hasPrefix("new against old, policy default: a dry run"))
        #expect(text.contains("at most 7 min") && text.contains("get-16x64 at 70 % of its rate"))
        // A row for each rule that decides, and what its rounds would show.
        let deciding = policy.rules.count { $0.kind != .advisory }
        let kinds = [" timed ", " exact ", " paired "]
        let rows = lines.filter { line in kinds.contains { line.contains($0) } }
        #expect(rows.count == deciding, "\(text)")
        let visible = try #require(
            Forecast.usual(policy).visible(policy.rules[0], policy))
        #expect(visible > policy.rules[0].margin)
        let cpu = try #require(rows.first { $0.hasPrefix("server CPU") })
        #expect(cpu.hasSuffix(" \(String(format: "%.1f", visible * 100)) %"), "\(cpu)")
        #expect(lines.last?.hasPrefix("[1] how much it scatters is not known") == true)
    }

    @Test func storedNumbersAloneHaveNoRounds() {
        let text = plan(Policy(), baseline: nil, noSimulation: "valgrind is not installed")
        #expect(text.hasPrefix("new against stored numbers"))
        #expect(!text.contains(" timed ") && !text.contains("times: "), "\(text)")
        #expect(text.contains("simulated counts: n/a, valgrind is not installed"))
    }

    @Test func aLongerBudgetFindsLess() throws {
        var policy = Policy()
        let short = try #require(Forecast.usual(policy).visible(policy.rules[0], policy))
        policy.budgetSeconds *= 2
        let long = try #require(Forecast.usual(policy).visible(policy.rules[0], policy))
        #expect(long < short)
        // Of differences nothing is known before they are measured.
        let stalls = try #require(policy.rules.first { $0.metric == "stall_share" })
        #expect(Forecast.usual(policy).visible(stalls, policy) == nil)
        policy.budgetSeconds = 1
        #expect(Forecast.usual(policy).rounds(policy) == 0)
    }

    @Test func aProjectsPolicyIsTheBuiltInOneByItsOwnName() throws {
        let project = GateProject(policy: "mine", server: "src/s", build: "make")
        #expect(project.policyPath == "Workloads/policies/mine.yaml")
        var policy = try Policy(yaml: Array(project.policyText.utf8), file: "mine.yaml")
        #expect(policy.name == "mine")
        (policy.name, policy.contentHash) = ("default", "")
        #expect(policy == Policy())
    }

    /// Each input of the workflow is one that the action has.
    @Test func theWorkflowFitsTheAction() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let action = try String(
            contentsOf: root.appending(path: ".github/actions/gate/action.yml"), encoding: .utf8)
        let text = GateProject(policy: "mine", server: "src/s", build: "make -j2").workflowText
        let inputs = ["baseline", "candidate", "make", "server", "policy", "arguments"]
        for input in inputs {
            #expect(action.contains("\n  \(input):\n"), "\(input)")
            #expect(text.contains(" \(input): "), "\(input)")
        }
        #expect(action.contains("\n  summary:\n") && text.contains("steps.gate.outputs.summary"))
        #expect(text.contains(" make: >-\n            make -j2\n"))
        #expect(text.contains(" server: >-\n            src/s\n"))
        #expect(text.contains("candidate: head=build:HEAD\n"))
        #expect(text.contains("policy: Workloads/policies/mine.yaml\n"))
        #expect(text.hasSuffix("--create-if-none\n") && !text.contains("\t"))
    }
}
