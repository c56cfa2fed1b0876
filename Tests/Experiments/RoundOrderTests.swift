// Who is driven when, on made-up servers: launches and slices in turns, phases at random, and what
// the first round settles for the later ones.
import Experiments
import LoadGenerator
import RunRecord
import Testing

@Suite struct RoundOrderTests {
    private static func two() -> ScriptedRounds {
        ScriptedRounds([("a", Script()), ("b", Script())])
    }

    @Test func slicesTakeTurnsThereAndBack() throws {
        let script = Self.two()
        _ = try script.run()
        let turns = script.journal.labels(.slice)
        let (first, second) = (turns[0], turns[1])
        #expect(Set(turns) == ["a", "b"])
        #expect(turns == [first, second, second, first, first, second, second, first])
    }

    @Test func everyRoundDrawsItsOrder() throws {
        let script = Self.two()
        _ = try script.run { $0.rounds = 16 }
        let launches = script.journal.labels(.launch)
        #expect(launches.count == 32)
        let starts = stride(from: 0, to: 32, by: 2).map { launches[$0] }
        #expect(Set(starts) == ["a", "b"], "whoever is launched first changes")
        let turns = script.journal.labels(.slice)
        #expect(Set(stride(from: 0, to: turns.count, by: 8).map { turns[$0] }) == ["a", "b"])
        for round in script.record.rounds {
            #expect(launches[2 * round.round + round.order] == round.target)
        }
        #expect(script.journal.labels(.stop).count == 32, "every server is stopped")
    }

    @Test func theSameSeedMakesTheSameRounds() throws {
        func journal(_ seed: UInt64) throws -> [String] {
            let script = Self.two()
            _ = try script.run {
                $0.rounds = 4
                $0.seed = seed
            }
            return script.journal.entries.map { "\($0.kind) \($0.label) \($0.nanoseconds)" }
        }
        let one = try journal(3)
        #expect(try journal(3) == one)
        #expect(try journal(4) != one)
    }

    /// Slices meet whatever a server does now and then at any phase of it.
    @Test func warmUpsHaveALengthOfTheirRound() throws {
        let script = Self.two()
        _ = try script.run { $0.rounds = 5 }
        let lengths = script.journal.all(.warmUp).map(\.nanoseconds)
        #expect(lengths.count == 10)
        #expect(lengths.allSatisfy { (10_000_000...15_000_000).contains($0) })
        for round in 0..<5 { #expect(lengths[2 * round] == lengths[2 * round + 1]) }
        #expect(Set(lengths).count == 5)
    }

    @Test(arguments: [false, true])
    func seedsAreOfTheRoundUnlessPinned(isPinned: Bool) throws {
        let script = Self.two()
        _ = try script.run {
            $0.rounds = 4
            $0.pinsSeed = isPinned
        }
        let seeds = (0..<4).map { round in
            Set(script.record.rounds.filter { $0.round == round }.map(\.seed))
        }
        #expect(seeds.allSatisfy { $0.count == 1 }, "both sides of a round share it")
        #expect(Set(seeds).count == (isPinned ? 1 : 4))
    }

    @Test func roundsGoOnCounting() throws {
        let script = Self.two()
        _ = try script.run {
            $0.rounds = 2
            $0.firstRound = 3
        }
        #expect(Set(script.record.rounds.map(\.round)) == [3, 4])
        let cpu = try #require(script.record.results.first { $0.metric == Metric.serverCPU.id })
        #expect(cpu.samples == [500, 500])
    }

    /// A round takes 40 ms: a fourth would probably end after 140.
    @Test func noRoundIsBegunThatWouldEndTooLate() throws {
        let script = Self.two()
        _ = try script.run {
            $0.rounds = .max
            $0.warmUpNanoseconds = 0
            $0.budgetNanoseconds = 140_000_000
        }
        #expect(Set(script.record.rounds.map(\.round)) == [0, 1, 2])
    }

    /// 80,000 requests of a round are too few: the next ones are longer.
    @Test func slowServersAreGivenMoreTime() throws {
        let script = Self.two()
        var rounds = try script.rounds(nil) {
            $0.rounds = 2
            $0.loadNanoseconds = 80_000_000
        }
        let failure = script.run(&rounds)
        #expect(failure == nil)
        #expect(rounds.calibration.stretch == 2.5)
        let counts = (0..<2).map { round in
            script.record.rounds.filter { $0.round == round }.map(\.slices.count)
        }
        #expect(counts == [[16, 16], [40, 40]])
    }

    @Test(
        arguments: [
            // Requests of the faster side, time of the round, the longest there may be.
            (2_000_000, 10, nil, 1.0), (3_000_000, 10, nil, 1), (1_000_000, 10, nil, 2),
            (10, 10, nil, 2.5), (0, 10, nil, 2.5),
            (1_000_000, 10, 15, 1.5), (1_000_000, 10, 30, 2), (1_000_000, 10, 8, 0.8),
            (1_000_000, 10, 3, 0.5), (3_000_000, 10, 8, 0.8),
        ] as [(UInt64, UInt64, UInt64?, Double)])
    func longRoundsAreNotFewerThanDecide(
        requests: UInt64, took: UInt64, longest: UInt64?, stretch: Double
    ) {
        var plan = RoundPlan()
        plan.longestRoundNanoseconds = longest
        #expect(plan.stretch(requests: requests, nanoseconds: took) == stretch)
    }

    /// The baseline answers 4,000,000 requests of a round, the candidate 10,000.
    @Test func aSlowCandidateDoesNotLengthenRounds() throws {
        let script = ScriptedRounds([
            ("base", Script(nanosecondsPerOperation: 20)),
            ("new", Script(nanosecondsPerOperation: 8_000)),
        ])
        var rounds = try script.rounds(nil) { $0.loadNanoseconds = 80_000_000 }
        let failure = script.run(&rounds)
        #expect(failure == nil)
        #expect(rounds.calibration.stretch == 1)
    }

    // MARK: several cells

    private static func cells(_ count: Int) throws -> [RoundCell] {
        try (0..<count).map { RoundCell(try ScriptedRounds.workload("w\($0)"), pipeline: 1) }
    }

    @Test func theSentinelSitsOutThreeOfFourCells() throws {
        let script = ScriptedRounds([("base", Script()), ("copy", Script()), ("new", Script())])
        var rounds = try script.rounds(try Self.cells(8))
        rounds.sentinel = "copy"
        let failure = script.run(&rounds)
        #expect(failure == nil)
        func shares(_ label: String) -> [RunRecord.Round] {
            script.record.rounds.filter { $0.target == label }
        }
        #expect(shares("base").count == 8 && shares("new").count == 8)
        #expect(shares("copy").count == 2)
        #expect(script.record.rounds.allSatisfy { $0.slices.count == 4 })
        #expect(script.journal.labels(.launch).count == 3, "one launch for all cells")
        let present = Set(shares("copy").compactMap(\.workload))
        let results = script.record.results.filter {
            $0.target == "copy" && $0.metric == Metric.serverCPU.id
        }
        #expect(Set(results.filter { $0.value != nil }.compactMap(\.workload)) == present)
        #expect(results.count == 8, "and says of the others that it sat them out")
    }

    @Test func laterCellsNeedLessWarmth() throws {
        let script = Self.two()
        var rounds = try script.rounds(try Self.cells(4)) { $0.warmUpNanoseconds = 40_000_000 }
        script.run(&rounds)
        let lengths = script.journal.all(.warmUp).map(\.nanoseconds)
        #expect(lengths.count == 8)
        #expect(lengths.prefix(2).allSatisfy { (40_000_000...60_000_000).contains($0) })
        #expect(lengths.dropFirst(2).allSatisfy { (10_000_000...15_000_000).contains($0) })
    }

    // MARK: latencies

    private func result(
        _ script: ScriptedRounds, _ id: String, _ label: String
    ) throws -> RunRecord.Result {
        try #require(script.record.results.first { $0.metric == id && $0.target == label })
    }

    @Test func aClosedLoopHasActualLatenciesAlone() throws {
        let script = Self.two()
        _ = try script.run { $0.rounds = 3 }
        let ids = Set(script.record.results.map(\.metric).filter { $0.hasPrefix("latency") })
        #expect(ids == Set(["p50", "p99", "p99.9"].map { "latency_ns/get/actual/\($0)" }))
        let median = try result(script, "latency_ns/get/actual/p50", "a")
        #expect(abs((median.value ?? 0) / 100_000 - 1) < 0.001)
        #expect(median.samples.count == 3 && median.histogram != nil)
        #expect(try result(script, "latency_ns/get/actual/p99", "a").histogram == nil)
    }

    @Test func tooFewRequestsCarryNoTail() throws {
        var slow = Script()
        slow.nanosecondsPerOperation = 50_000
        let script = ScriptedRounds([("a", slow), ("b", Script())])
        _ = try script.run()
        let tail = try result(script, "latency_ns/get/actual/p99.9", "a")
        #expect(tail.value == nil && tail.reason?.hasPrefix("400 samples do not carry") == true)
        #expect(try result(script, "latency_ns/get/actual/p50", "a").value != nil)
        #expect(try result(script, "latency_ns/get/actual/p99.9", "b").value != nil)
    }

    /// Rounds come in batches, and in some of them the copy sits a cell out altogether: the same
    /// position in the samples of two targets is still the same round.
    @Test func samplesLineUpByRound() throws {
        let script = ScriptedRounds([("a", Script()), ("copy", Script()), ("b", Script())])
        let cells = try (0..<5).map {
            RoundCell(try ScriptedRounds.workload("get\($0)"), pipeline: 1)
        }
        for first in 0..<9 {
            var rounds = try script.rounds(cells) { $0.firstRound = first }
            rounds.sentinel = "copy"
            let failure = script.run(&rounds)
            #expect(failure == nil)
            script.recorder.mergeResults()
        }
        for cell in 0..<5 {
            func present(_ label: String, _ metric: Metric) throws -> [Int] {
                let result = try #require(
                    script.record.results.first {
                        $0.metric == metric.id && $0.target == label && $0.workload == "get\(cell)"
                    })
                #expect(result.samples.count == 9, "\(label) \(metric.id)")
                return result.samples.indices.filter { result.samples[$0] != nil }
            }
            let took = script.record.rounds.filter {
                $0.target == "copy" && $0.workload == "get\(cell)"
            }
            #expect(took.count < 9)
            for metric in [
                Metric.serverCPU, .throughput, .stallShare, .hitRatio,
                .latency(command: "get", timing: .actual, point: "p50"),
            ] {
                #expect(try present("a", metric).count == 9)
                #expect(try present("copy", metric) == took.map(\.round), "\(metric.id)")
            }
        }
    }

    /// At half of what the slower one answers, and latencies from the schedule.
    @Test func anOpenLoopHasIntendedLatenciesAlone() throws {
        var slow = Script()
        slow.nanosecondsPerOperation = 2_000
        let script = ScriptedRounds([("a", Script()), ("b", slow)])
        let workload = try ScriptedRounds.workload()
        var rounds = try script.rounds([
            RoundCell(workload), RoundCell(workload, pipeline: 1, openLoopShare: 0.5),
        ])
        let failure = script.run(&rounds)
        #expect(failure == nil)
        #expect(rounds.calibration.rates == [1: 250_000])
        let paced = script.journal.all(.slice).filter { $0.pace != nil }
        #expect(paced.count == 30, "0.75 s in slices of 50 ms on each")
        for turn in stride(from: 0, to: paced.count, by: 2) {
            let (one, other) = (paced[turn], paced[turn + 1])
            #expect(Set([one.label, other.label]) == ["a", "b"])
            #expect(one.pace == other.pace, "both have the same schedule")
        }
        let paces = paced.compactMap(\.pace)
        #expect(paces.allSatisfy { $0.rate == 250_000 && $0.arrival == .poisson })
        #expect(Set(paces.map(\.seed)).count == 15)
        let open = script.record.results.filter { $0.conditions["load"] == 0.5 }
        #expect(
            Set(open.map(\.metric))
                == Set(["p50", "p99", "p99.9"].map { "latency_ns/get/intended/\($0)" }))
        let median = try result(script, "latency_ns/get/intended/p50", "b")
        #expect(abs((median.value ?? 0) / 300_000 - 1) < 0.001)
    }
}
