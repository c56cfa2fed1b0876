// Judging published claims: every outcome, from records made by hand.
import Reporting
import RunRecord
import Testing

private typealias Claim = RunRecord.Claim

/// Two targets: bytes per entry 100 and 60 of (8, 8); CPU per operation over the given rounds.
private func record(_ claims: [Claim], cpu: (from: [Double?], to: [Double?]) = ([], []))
    -> RunRecord
{
    var record = RunRecord(hashmarkVersion: "0", arguments: ["hashmark"], seed: 1)
    record.targets = [
        .init(label: "old", spelling: "ref:a"), .init(label: "new", spelling: "ref:b"),
    ]
    for (label, bytes) in [("old", 100.0), ("new", 60)] {
        record.results.append(
            .init(
                .memoryPerEntry(.reported), target: label, workload: "small",
                conditions: ["key_size": 8, "value_size": 8, "entries": 1_000], value: bytes))
    }
    // The same metric under another experiment must not be taken for it.
    record.results.append(
        .init(.memoryPerEntry(.reported), target: "new", workload: "large", value: 7))
    for (label, samples) in [("old", cpu.from), ("new", cpu.to)] where !samples.isEmpty {
        record.results.append(
            .init(
                .serverCPU, target: label, workload: "get", value: samples.compactMap(\.self)[0],
                samples: samples))
    }
    record.results.append(
        .init(
            .simulated(.llReadMisses), target: "new", workload: "small",
            unavailable: "no valgrind"))
    record.claims = claims
    return record
}

private func claim(
    _ quantity: Claim.Quantity, min: Double? = nil, max: Double? = nil,
    metric: String = "memory_bytes_per_entry/reported", workload: String = "small",
    baseline: String? = "old"
) -> Claim {
    Claim(
        id: "c", statement: "It shrank <b>.", source: "Somebody, 2025", metric: metric,
        workload: workload, quantity: quantity, baseline: quantity.hasBaseline ? baseline : nil,
        target: "new", expected: .init(min: min, max: max), note: "a note")
}

private func outcome(
    _ claim: Claim, cpu: (from: [Double?], to: [Double?]) = ([], [])
) throws -> Claim {
    try #require(ClaimJudgement.judged(record([claim], cpu: cpu)).first)
}

@Suite struct ClaimTests {
    @Test(arguments: [
        (RunRecord.Claim.Quantity.value, 60.0), (.overhead, 44), (.change, -0.4),
        (.difference, -40),
    ])
    func everyQuantityHasItsFigure(_ quantity: RunRecord.Claim.Quantity, _ figure: Double) throws {
        let fits = try outcome(claim(quantity, min: figure - 0.01, max: figure + 0.01))
        #expect(fits.outcome == .reproduced && abs(fits.measured! - figure) < 1e-12)
        #expect(fits.reason == nil && fits.interval == nil)
        let low = try outcome(claim(quantity, max: figure - 0.01))
        let high = try outcome(claim(quantity, min: figure + 0.01))
        #expect(low.outcome == .notReproduced && high.outcome == .notReproduced)
        #expect(low.measured == fits.measured)
        #expect(try outcome(claim(quantity, max: figure)).outcome == .reproduced)
    }

    @Test func whatIsNotThereIsNotMeasurableAndSaysWhy() throws {
        let other = try outcome(claim(.value, min: 0, workload: "nothing"))
        #expect(other.outcome == .notMeasurable && other.reason!.contains("nothing"))
        let missing = try outcome(claim(.value, min: 0, metric: "sim_ll_read_misses_per_op"))
        #expect(missing.outcome == .notMeasurable && missing.reason == "new: no valgrind")
        #expect(missing.measured == nil)
        let alone = try outcome(claim(.change, min: 0, workload: "large"))
        #expect(alone.outcome == .notMeasurable && alone.reason!.contains("old"))
        let sizes = try outcome(claim(.overhead, min: 0, workload: "large"))
        #expect(sizes.outcome == .notMeasurable && sizes.reason!.contains("sizes"))
    }

    /// Timed metrics are judged by the interval of their rounds.
    @Test func intervalsDecideOnTimedMetrics() throws {
        let from: [Double?] = [100, 101, 99, 100, 102, 98, 100, 100]
        func change(_ factor: Double, max: Double) throws -> Claim {
            let to = from.enumerated().map { index, value in
                value.map { $0 * factor * (index % 2 == 0 ? 1.01 : 0.99) }
            }
            return try outcome(
                claim(.change, max: max, metric: "server_cpu_ns_per_op", workload: "get"),
                cpu: (from, to))
        }
        let better = try change(0.9, max: 0)
        #expect(better.outcome == .reproduced)
        #expect(better.interval!.min! < -0.1 && better.interval!.max! > -0.1)
        #expect(better.interval!.max! < 0)
        #expect(try change(1.1, max: 0).outcome == .notReproduced)
        let unclear = try change(1, max: 0)
        #expect(unclear.outcome == .notMeasurable && unclear.reason!.contains("rounds"))
        #expect(unclear.measured != nil)
        let few = try outcome(
            claim(.change, max: 0, metric: "server_cpu_ns_per_op", workload: "get"),
            cpu: ([100, 100], [50, 50]))
        #expect(few.outcome == .notMeasurable && few.reason!.contains("6"))
    }

    /// What broke off may have left figures that fit: none of them counts.
    @Test func whatCameToNoEndIsNeverReproduced() throws {
        var broken = claim(.change, min: -1, max: 1)
        broken.unmeasured = "round 2: new crashed"
        broken.command = "hashmark suite claims"
        var judged = record([broken])
        judged.claims = ClaimJudgement.judged(judged)
        #expect(judged.claims[0].outcome == .notMeasurable)
        #expect(judged.claims[0].reason == "round 2: new crashed")
        #expect(judged.claims[0].measured == nil)
        #expect(
            ClaimTable(judged).rows[0].remarks.contains(
                "what would measure it: hashmark suite claims"))
        #expect(try ClaimJudgement.judged(RunRecord(json: judged.json())) == judged.claims)
        // Beside an outcome nobody asks for another machine.
        judged.claims[0].unmeasured = nil
        judged.claims = ClaimJudgement.judged(judged)
        #expect(judged.claims[0].outcome == .reproduced)
        #expect(!ClaimTable(judged).rows[0].remarks.contains("what would"))
    }

    @Test func twoExperimentsAreComparedInWhatRepeats() throws {
        var apart = claim(.change, min: -0.9, max: -0.85, workload: "large")
        apart.baselineWorkload = "small"
        var made = record([apart])
        // 7 bytes of new in `large` against 60 of new in `small`
        made.claims[0].baseline = "new"
        let bytes = try #require(ClaimJudgement.judged(made).first)
        #expect(bytes.outcome == .reproduced && abs(bytes.measured! - (7.0 / 60 - 1)) < 1e-12)
        #expect(bytes.interval == nil)
        made.claims = ClaimJudgement.judged(made)
        #expect(ClaimTable(made).rows[0].conditions.contains("new (small) → new"))
    }

    /// Times that no rounds have in common are decided by all that two rounds would make of them.
    @Test func twoExperimentsAreComparedInTimesByTheirWholeRange() throws {
        func outcome(_ to: [Double?], max: Double) throws -> Claim {
            var apart = claim(.change, max: max, metric: "server_cpu_ns_per_op", workload: "part")
            apart.baselineWorkload = "get"
            var made = record([apart], cpu: ([100, 110, 90, 100, 100, 100], []))
            made.results.append(
                .init(
                    .serverCPU, target: "new", workload: "part", value: to.compactMap(\.self)[0],
                    samples: to))
            return try #require(ClaimJudgement.judged(made).first)
        }
        let clear = try outcome([4, 4, 4.4, 3.6, 4, 4], max: -0.95)
        #expect(clear.outcome == .reproduced)
        #expect(abs(clear.interval!.max! - (4.4 / 90 - 1)) < 1e-12)
        #expect(abs(clear.interval!.min! - (3.6 / 110 - 1)) < 1e-12)
        #expect(try outcome([4, 4, 4.4, 3.6, 4, 4], max: -0.96).outcome == .notMeasurable)
        #expect(try outcome([9, 9, 9, 9, 9, 9], max: -0.95).outcome == .notReproduced)
        let few = try outcome([4, 4], max: -0.95)
        #expect(few.outcome == .notMeasurable && few.reason!.contains("6 or more"))
    }

    @Test func aFunctionHasItsPartOfTheMisses() throws {
        var moved = claim(
            .value, min: 0.9, max: 1.1, metric: "sim_ll_read_misses_per_op", workload: "small")
        moved.function = "check"
        var made = record([moved])
        made.results.removeAll { $0.metric == moved.metric }
        made.results.append(
            .init(.simulated(.llReadMisses), target: "new", workload: "small", value: 4))
        #expect(
            ClaimJudgement.judged(made)[0].reason!.contains("not told by function"))
        var profile = StackProfile(target: "new", workload: "small", unit: .lastLevelReadMisses)
        profile.frames = ["static slotCheck()", "precheck", "find"].map { .init($0) }
        profile.stacks = [[0], [1], [2]]
        profile.rounds = [.init(weights: [80, 20, 300], operations: 100, total: 400)]
        made.profiles = [profile]
        // of "slotCheck" and "precheck" only the latter is spelled like that
        #expect(ClaimJudgement.judged(made)[0].outcome == .notReproduced)
        made.claims[0].function = "Check"
        #expect(abs(ClaimJudgement.judged(made)[0].measured! - 0.8) < 1e-12)
        made.claims[0].function = "heck"
        let both = ClaimJudgement.judged(made)[0]
        #expect(both.outcome == .reproduced && abs(both.measured! - 1) < 1e-12)
        made.claims[0].function = "gone"
        #expect(ClaimJudgement.judged(made)[0].measured == 0)
    }

    /// 14 % faster for 2 % more memory: what pays depends on the prices.
    @Test func aDecisionIsMadeOfSpeedMemoryAndPrices() throws {
        let speeds: [Double?] = [100, 102, 98, 100, 101, 99, 100, 100]
        func cost(core: Double, memory: Double) throws -> Claim {
            var decision = claim(
                .cost, max: 0, metric: Metric.throughputPerCore.id, workload: "get")
            decision.prices = .init(
                perCoreHour: core, perGBHour: memory, operations: 100, entries: 1e9)
            var made = record([decision])
            for (label, factor) in [("old", 1.0), ("new", 1.14)] {
                let samples = speeds.map { $0.map { $0 * factor } }
                made.results.append(
                    .init(
                        .throughputPerCore, target: label, workload: "get",
                        value: 100 * factor, samples: samples))
                made.results.append(
                    .init(
                        .memoryPerEntry(.reported), target: label, workload: "get",
                        value: label == "old" ? 1 : 1.02))
            }
            return try #require(ClaimJudgement.judged(made).first)
        }
        let cpuCounts = try cost(core: 1, memory: 0)
        #expect(cpuCounts.outcome == .reproduced)
        #expect(abs(cpuCounts.measured! - (1 / 1.14 - 1)) < 1e-9)
        let memoryCounts = try cost(core: 0, memory: 1)
        #expect(memoryCounts.outcome == .notReproduced)
        #expect(abs(memoryCounts.measured! - 0.02) < 1e-9)
        // a core and a gigabyte each: 1 + 1 against 1 / 1.14 + 1.02
        let both = try cost(core: 1, memory: 1)
        #expect(abs(both.measured! - ((1 / 1.14 + 1.02) / 2 - 1)) < 1e-9)
        #expect(both.interval!.min! <= both.measured! && both.measured! <= both.interval!.max!)
        var without = claim(.cost, max: 0, metric: Metric.throughputPerCore.id, workload: "get")
        without.prices = nil
        #expect(try outcome(without).outcome == .notMeasurable)
    }

    @Test func judgingAgainGivesTheSame() throws {
        var once = record([claim(.change, min: -0.41, max: -0.39), claim(.value, max: 1)])
        once.claims = ClaimJudgement.judged(once)
        let read = try RunRecord(json: once.json())
        #expect(read.claims == once.claims)
        #expect(ClaimJudgement.judged(read) == once.claims)
        #expect(once.claims.map(\.outcome) == [.reproduced, .notReproduced])
    }

    @Test func tableAndPageSayAll() throws {
        var judged = record([
            claim(.change, min: -0.41, max: -0.39), claim(.difference, max: -50),
            claim(.value, min: 0, workload: "nothing"),
        ])
        judged.claims = ClaimJudgement.judged(judged)
        let text = ClaimTable(judged).text()
        for part in [
            "−40.0 %", "−41.0 % to −39.0 %", "at most −50 B/entry", "not reproduced",
            "not measurable here", "Somebody, 2025", "old → new", "key_size=8", "a note",
            "nothing has no such result",
        ] { #expect(text.contains(part), "\(part)") }
        let page = HTMLReport(judged).page()
        #expect(page.contains("id=\"claims\"") && page.contains("It shrank &lt;b&gt;."))
        #expect(page.contains("not measurable here"))
        judged.claims = []
        #expect(!HTMLReport(judged).page().contains("id=\"claims\""))
    }

    @Test func bands() {
        let band = Claim.Band(min: 1, max: 2)
        #expect(band.contains(1) && band.contains(2) && !band.contains(2.1) && !band.contains(0.9))
        #expect(band.contains(Claim.Band(min: 1, max: 2)) && !band.contains(Claim.Band(min: 1)))
        #expect(band.overlaps(.init(min: 2, max: 3)) && !band.overlaps(.init(min: 2.1)))
        #expect(!band.overlaps(.init(max: 0.9)) && band.overlaps(.init()))
        #expect(Claim.Band().contains(5) && Claim.Band(min: 3).contains(Claim.Band(min: 3)))
    }
}
