// The rule, case by case, and its error rates over many synthetic runs.
import Gate
import RunRecord
import Testing

private func verdict(
    _ policy: Policy = plainPolicy(), seed: UInt64 = 1, _ change: (inout SyntheticMeasurer) -> Void
) -> RunRecord.Verdict {
    var measurer = SyntheticMeasurer(seed: seed)
    change(&measurer)
    return gate(policy).run(with: &measurer).verdict
}

private func check(
    _ verdict: RunRecord.Verdict, _ metric: String
) throws -> RunRecord.Check {
    try #require(verdict.checks.first { $0.metric == metric })
}

@Suite struct GateRuleTests {
    @Test func equalsPass() throws {
        let verdict = verdict { _ in }
        #expect(verdict.status == .pass && verdict.exitCode == 0, "\(verdict.reasons)")
        #expect(verdict.sentinelChecks.count == 2)
        let cpu = try check(verdict, "server_cpu_ns_per_op")
        #expect(cpu.status == .pass && cpu.pairs >= 20)
        #expect(try #require(cpu.upper) < 0.02)
        #expect(try check(verdict, "sim_instructions_per_op").status == .advisory)
    }

    @Test func slowerCPUIsARegression() throws {
        let verdict = verdict { $0.cpuChange = 0.05 }
        #expect(verdict.exitCode == 2)
        let cpu = try check(verdict, "server_cpu_ns_per_op")
        #expect(cpu.status == .regression && cpu.pairs >= 12, "\(cpu.reason)")
        #expect(abs(try #require(cpu.effect) - 0.05) < 0.01)
        #expect(try #require(cpu.pValue) <= 0.005)
        #expect(verdict.reasons[0].contains("server CPU"))
    }

    @Test func fasterCPUIsAnImprovementAndExitsFourOnlyWhenAsked() {
        var measurer = SyntheticMeasurer(seed: 2)
        measurer.cpuChange = -0.2
        var gate = gate()
        #expect(gate.run(with: &measurer).verdict.exitCode == 0)
        gate.tellsImprovement = true
        measurer = SyntheticMeasurer(seed: 2)
        measurer.cpuChange = -0.2
        let verdict = gate.run(with: &measurer).verdict
        #expect(verdict.exitCode == 4 && verdict.status == .improvement)
        let better = verdict.reasons.compactMap {
            $0.firstMatch(of: #/^server CPU of get: better by (\d+\.\d) %: /#)?.1
        }
        #expect(better.count == 1, "\(verdict.reasons)")
        // Of 0.8, as the rounds have it: three standard errors of their mean.
        #expect(abs(Double(better.first ?? "0")! - 20) < 1.2, "\(verdict.reasons)")
    }

    @Test func bytesAndMissesAreCompared() throws {
        let bytes = verdict { $0.bytesAdded = 8 }
        #expect(bytes.exitCode == 2)
        #expect(try check(bytes, "memory_bytes_per_entry/reported").status == .regression)
        #expect(try check(bytes, "server_cpu_ns_per_op").status == .pass)
        let misses = verdict { $0.missesChange = 0.3 }
        #expect(misses.exitCode == 2)
        let simulated = try check(misses, "sim_ll_read_misses_per_op")
        // Three seeds raise the suspicion, five fresh ones confirm it.
        #expect(simulated.status == .regression && simulated.pairs == 8)
        #expect(verdict { $0.bytesAdded = 0.4 }.exitCode == 0)
        #expect(verdict { $0.missesChange = 0.01 }.exitCode == 0)
        #expect(verdict { $0.bytesAdded = -8 }.status == .improvement)
    }

    @Test func anUnfairMachineDecidesNothingAboutTime() throws {
        let verdict = verdict {
            $0.sentinelChange = 0.05
            $0.cpuChange = 0.05
        }
        #expect(verdict.exitCode == 3, "\(verdict.reasons)")
        #expect(verdict.reasons.contains { $0.contains("its own copy") })
        #expect(try check(verdict, "memory_bytes_per_entry/reported").status == .pass)
    }

    @Test func throttledSlicesDecideNothing() {
        let verdict = verdict { $0.throttledSlices = 2 }
        #expect(verdict.exitCode == 3)
        #expect(verdict.reasons.contains { $0.contains("quota") }, "\(verdict.reasons)")
    }

    @Test func aShortBudgetDecidesNothingAndSaysWhatItNeeds() {
        var policy = plainPolicy()
        policy.budgetSeconds = 40
        let verdict = verdict(policy) { _ in }
        #expect(verdict.exitCode == 3)
        #expect(
            verdict.advice.count == 1
                && verdict.advice[0].contains(
                    #/^needs about \d+ min more: use --budget [1-9]m$/#),
            "\(verdict.reasons) \(verdict.advice)")
    }

    @Test func scatterIsInconclusiveAndNeverAPass() throws {
        let verdict = verdict(plainTimedPolicy()) { $0.scatter = 0.4 }
        #expect(verdict.exitCode == 3, "\(verdict.reasons)")
        // More rounds than the policy takes: where to say so, and still the time.
        let words =
            try Regex(
                #"^needs about \d+ min more, and .* `rounds: {cap: 80}`: "#
                    + #"write `cap: \d+` .* --budget \d+m"#)
        #expect(verdict.advice.contains { $0.contains(words) }, "\(verdict.advice)")
    }

    @Test func whatNeitherSideHasIsLeftOutAndWhatOneLacksIsNot() throws {
        var seen = verdict { $0.unavailable = ["allocations_per_entry"] }
        #expect(seen.exitCode == 0)
        #expect(try check(seen, "allocations_per_entry").status == .unmeasured)
        seen = verdict(plainTimedPolicy()) {
            $0.unavailable = ["server_cpu_ns_per_op", "throughput_ops_per_s"]
        }
        #expect(seen.exitCode == 3, "\(seen.reasons)")
    }

    @Test func aRuleThatNothingFitsIsInconclusive() {
        var policy = plainTimedPolicy()
        policy.rules.append(Rule("hw_*_per_op", .timed, margin: 0.03))
        let verdict = verdict(policy) { _ in }
        #expect(verdict.exitCode == 3)
        #expect(verdict.reasons.contains { $0.contains("correct the policy") })
    }

    @Test func acceptancesHoldUpToTheirBoundAndDay() throws {
        var measurer = SyntheticMeasurer(seed: 3)
        measurer.bytesAdded = 8
        var gate = gate()
        gate.today = "2026-11-21"
        var acceptance = Acceptance(
            metric: "memory_bytes_per_entry/*", workload: "memory", bound: 0.1,
            reason: "a wider field", author: "A", expires: "2026-11-21")
        func run() -> RunRecord.Verdict {
            var copy = measurer
            return gate.run(with: &copy).verdict
        }
        gate.acceptances = [acceptance]
        #expect(run().exitCode == 0)
        #expect(run().checks.contains { $0.status == .accepted })
        acceptance.expires = "2026-11-20"
        gate.acceptances = [acceptance]
        #expect(run().exitCode == 2)
        #expect(run().reasons[0].contains("expired on 2026-11-20"))
        acceptance.expires = "2026-12-01"
        acceptance.bound = 0.05
        gate.acceptances = [acceptance]
        #expect(run().exitCode == 2)
        #expect(run().reasons[0].contains("more than the accepted"))
    }

    @Test func theSameRecordGivesTheSameVerdict() {
        var measurer = SyntheticMeasurer(seed: 5)
        measurer.cpuChange = 0.02
        let gate = gate()
        let (verdict, record) = gate.run(with: &measurer)
        #expect(gate.verdict(record, Spending(total: 300)).status == verdict.status)
    }
}
