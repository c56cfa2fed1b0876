// What a round charges to whom, on made-up servers: sums from the first slice to the last, the
// warm-up left out, and the machine's share told from the servers'.
import Experiments
import RunRecord
import Testing

@Suite struct RoundAccountTests {
    private static let remote = "the server's process is not on this machine, or may not be read"

    /// Two blocks of two servers: eight slices of 5 ms, four of them a server's own.
    @Test func workOfThePausesIsTheServers() throws {
        var lazy = Script()
        lazy.backgroundPerMille = 100
        let script = ScriptedRounds([("a", lazy), ("b", Script())])
        let failure = try script.run()
        #expect(failure == nil)
        let a = try #require(script.totals("a").first)
        #expect(a.ops == 20_000 && a.nanoseconds == 20_000_000)
        // 500 ns for each request, and a tenth of all 40 ms.
        #expect(a.serverCPUNanoseconds == 10_000_000 + 4_000_000)
        #expect(a.clientCPUNanoseconds == 6_000_000)
        #expect(script.value(.serverCPU, "a") == 700)
        // Slices are evidence, and know their own time alone.
        let slices = try #require(script.record.rounds.first { $0.target == "a" }).slices
        #expect(slices.map(\.serverCPUNanoseconds) == Array(repeating: 3_000_000, count: 4))
        let b = try #require(script.totals("b").first)
        #expect(b.serverCPUNanoseconds == 10_000_000)
        #expect(script.value(.serverCPU, "b") == 500 && script.value(.clientCPU, "b") == 300)
        #expect(script.value(.throughput, "b") == 1_000_000)
        #expect(script.value(.throughputPerCore, "b") == 2_000_000)
    }

    @Test func whatAServerStartedIsTheServers() throws {
        var forking = Script()
        forking.helperCPU = 250
        let script = ScriptedRounds([("a", forking), ("b", Script())])
        _ = try script.run()
        #expect(script.value(.serverCPU, "a") == 750)
        #expect(script.value(.serverCPU, "b") == 500)
        let slices = script.record.rounds.flatMap(\.slices)
        #expect(slices.allSatisfy { $0.serverCPUNanoseconds == 2_500_000 })
    }

    @Test func theWarmUpIsLeftOut() throws {
        let script = ScriptedRounds([("a", Script()), ("b", Script())])
        _ = try script.run { $0.warmUpNanoseconds = 400_000_000 }
        #expect(script.totals("a").map(\.ops) == [20_000])
        #expect(script.totals("b").map(\.serverCPUNanoseconds) == [10_000_000])
        let kinds = script.journal.entries.map(\.kind)
        let last = try #require(kinds.lastIndex(of: .warmUp))
        let first = try #require(kinds.firstIndex(of: .slice))
        #expect(last < first, "every server is warm before one is measured")
        #expect(script.journal.labels(.warmUp).sorted() == ["a", "b"])
        let phases = script.record.phases.map(\.name)
        #expect(phases.filter { $0 == "warm-up" }.count == 2)
        #expect(phases.filter { $0 == "measure" }.count == 1)
    }

    @Test func slicesLieWhereTheyWere() throws {
        let script = ScriptedRounds([("a", Script()), ("b", Script())])
        _ = try script.run { $0.warmUpNanoseconds = 0 }
        let slices = script.record.rounds.flatMap(\.slices)
        #expect(slices.map(\.startNanoseconds).sorted() == (0..<8).map { $0 * 5_000_000 })
        #expect(slices.allSatisfy { $0.durationNanoseconds == 5_000_000 && $0.ops == 5_000 })
        #expect(slices.allSatisfy { $0.loadAverage == 0.5 && $0.stealNanoseconds == 0 })
    }

    @Test func aRemoteServerHasNoCPUTime() throws {
        var remote = Script()
        remote.isLocal = false
        let script = ScriptedRounds([("a", Script()), ("b", remote)])
        let failure = try script.run()
        #expect(failure == nil)
        #expect(script.totals("b").map(\.serverCPUNanoseconds) == [nil])
        let cpu = script.record.results.first {
            $0.metric == Metric.serverCPU.id && $0.target == "b"
        }
        #expect(cpu?.value == nil && cpu?.reason == Self.remote)
        #expect(script.value(.throughput, "b") == 1_000_000)
        #expect(script.value(.clientCPU, "b") == 300)
    }

    // MARK: the machine

    /// A millisecond of every slice in which the load generator had no CPU.
    @Test func waitsOfTheLoadGeneratorAreTakenOut() throws {
        var pushed = Script()
        pushed.clientWait = 1_000_000
        let script = ScriptedRounds([("a", pushed), ("b", Script())])
        _ = try script.run { $0.placement = Placement.beside(clientCPUs: [1], of: [0, 1]) }
        #expect(script.totals("a").map(\.machineNanoseconds) == [4_000_000])
        #expect(script.totals("b").map(\.machineNanoseconds) == [0])
        #expect(script.value(.throughput, "a") == 1_250_000)
        #expect(script.value(.throughput, "b") == 1_000_000)
        #expect(script.value(.serverCPU, "a") == 500, "CPU time needs no such care")
    }

    @Test func stolenTimeIsTakenOutAndSaid() throws {
        var robbed = Script()
        robbed.steal = 2_000_000
        let script = ScriptedRounds([("a", robbed), ("b", Script())])
        _ = try script.run()
        let slices = try #require(script.record.rounds.first { $0.target == "a" }).slices
        #expect(slices.allSatisfy { $0.stealNanoseconds == 2_000_000 })
        #expect(script.totals("a").map(\.machineNanoseconds) == [8_000_000])
        #expect(script.warns("the hypervisor gave more than 5 % of a round"))
        #expect(!script.warns("a CPU quota held the run back"))
    }

    @Test func aQuotaIsSaid() throws {
        var throttled = Script()
        throttled.throttled = 1
        let script = ScriptedRounds([("a", Script()), ("b", throttled)])
        _ = try script.run()
        let slices = try #require(script.record.rounds.first { $0.target == "b" }).slices
        #expect(slices.allSatisfy { $0.throttledNanoseconds == 1 })
        #expect(script.warns("a CPU quota held the run back"))
        #expect(!script.warns("the hypervisor gave more"))
    }

    @Test func stallsAreSharesOfTheTimeUnderLoad() throws {
        var stalling = Script()
        stalling.spoil = {
            $0.stalledNanoseconds = 1_500_000
            $0.longestStallNanoseconds = 1_000_000
        }
        stalling.clientWait = 500_000
        let script = ScriptedRounds([("a", stalling), ("b", Script())])
        _ = try script.run { $0.placement = Placement.beside(clientCPUs: [1], of: [0, 1]) }
        // Of each 1.5 ms the machine explains 0.5.
        #expect(script.totals("a").map(\.stallNanoseconds) == [4_000_000])
        #expect(script.value(.stallShare, "a") == 0.2 && script.value(.stallShare, "b") == 0)
        #expect(script.value(.stallMax, "a") == 500_000 && script.value(.stallMax, "b") == 0)
    }

    /// A round of one open loop after a closed one; `disturbs` says in which slices the load
    /// generator waits 2 ms of 50 for a CPU and answers come after 30 ms.
    private func openLoop(_ disturbs: @escaping (Int) -> Bool) throws -> ScriptedRounds {
        var pushed = Script()
        pushed.nanosecondsPerOperation = 10_000
        pushed.disturbs = { disturbs($0) ? (2_000_000, 30_000_000) : nil }
        var quiet = pushed
        quiet.disturbs = { _ in nil }
        let script = ScriptedRounds([("a", pushed), ("b", quiet)])
        let workload = try ScriptedRounds.workload()
        let cells = [
            RoundCell(workload, pipeline: 1),
            RoundCell(workload, pipeline: 1, openLoopShare: 0.7),
        ]
        var rounds = try script.rounds(cells) {
            $0.placement = Placement.beside(clientCPUs: [1], of: [0, 1])
        }
        let failure = script.run(&rounds)
        #expect(failure == nil)
        return script
    }

    private func intendedP99(_ script: ScriptedRounds, _ label: String) -> RunRecord.Result? {
        script.record.results.first {
            $0.metric == "latency_ns/get/intended/p99" && $0.target == label
        }
    }

    /// What the machine took from a slice would stand in its latencies as the server's.
    @Test func latenciesOnAScheduleAreOfSlicesThatTheMachineLeftAlone() throws {
        let script = try openLoop { $0 % 3 == 0 }
        let p99 = try #require(intendedP99(script, "a"))
        #expect(abs((p99.value ?? 0) / 300_000 - 1) < 0.01, "\(p99)")
        #expect(p99.conditions["estimator"] == "undisturbed")
        let slices = script.record.rounds.filter { $0.target == "a" }.flatMap(\.slices)
        let disturbed = slices.filter { $0.machineNanoseconds == 2_000_000 }
        #expect(!disturbed.isEmpty && disturbed.count < slices.count / 2)
        #expect(slices.allSatisfy { [0, 2_000_000].contains($0.machineNanoseconds) })
        #expect(!script.warns("the machine took time from most slices"))
    }

    /// Where it leaves none alone there is no reading, and that is said.
    @Test func aBusyMachineHasNoLatenciesOnASchedule() throws {
        let script = try openLoop { _ in true }
        #expect(intendedP99(script, "a")?.value == nil)
        #expect(intendedP99(script, "b")?.value != nil)
        #expect(script.warns("the machine took time from most slices"))
        let quiet = try openLoop { _ in false }
        func slices(_ script: ScriptedRounds) -> Int {
            script.record.rounds.reduce(0) { $0 + $1.slices.count }
        }
        #expect(slices(script) > slices(quiet), "it waits for a quiet moment, and not for ever")
        #expect(slices(script) <= slices(quiet) + 2 * 40)
    }

    /// Servers whose threads spin make themselves and each other wait: the rate of the open loop is
    /// what they answer all the same.
    @Test func spinningServersHaveARate() throws {
        var spinning = Script()
        spinning.nanosecondsPerOperation = 10_000
        spinning.backgroundPerMille = 1_000
        spinning.spinningThreads = 2
        let script = ScriptedRounds([("a", spinning), ("b", spinning)])
        let workload = try ScriptedRounds.workload()
        let cells = [
            RoundCell(workload, pipeline: 1),
            RoundCell(workload, pipeline: 1, openLoopShare: 0.7),
        ]
        var rounds = try script.rounds(cells) {
            $0.placement = Placement.beside(clientCPUs: [1], of: [0, 1])
        }
        let failure = script.run(&rounds)
        #expect(failure == nil)
        let pace = try #require(script.journal.all(.slice).compactMap(\.pace).first)
        #expect(abs(pace.rate / 70_000 - 1) < 0.01, "\(pace.rate)")
    }

    // MARK: memory

    /// Bytes per request, whatever a server takes once in its life; with one load and with three.
    @Test(arguments: [1, 3]) func leaksArePerRequest(cells count: Int) throws {
        var leaking = Script()
        leaking.leak = 32
        var sound = Script()
        sound.leak = 0
        let script = ScriptedRounds([("a", leaking), ("b", sound)])
        let cells = try (0..<count).map {
            RoundCell(try ScriptedRounds.workload("get\($0)"), pipeline: 1)
        }
        var rounds = try script.rounds(cells)
        let failure = script.run(&rounds)
        #expect(failure == nil)
        #expect(script.value(.memoryPerOperation, "a") == 32)
        #expect(script.value(.memoryPerOperation, "b") == 0)
    }

    // MARK: drift

    /// Sixteen slices are enough to tell; `change` is from the earlier half to the later.
    private func drift(_ a: Double, _ b: Double) throws -> ScriptedRounds {
        func drifting(_ change: Double) -> Script {
            var script = Script()
            script.cpu = { $0 < 8 ? 500 : UInt64(500 * change) }
            return script
        }
        let script = ScriptedRounds([("a", drifting(a)), ("b", drifting(b))])
        let failure = try script.run { $0.blocks = 8 }
        #expect(failure == nil)
        return script
    }

    @Test func aServerThatDriftsAloneIsNamed() throws {
        let alone = try drift(1, 1.5)
        #expect(alone.warns("drifted by 22 % against the others", "b"))
        let steady = try drift(1, 1.1)
        #expect(!steady.warns("drifted"))
    }

    @Test func whatAllServersHaveInCommonIsTheMachines() throws {
        let together = try drift(1.5, 1.5)
        #expect(together.warns("in 1 of 1 stretches of load server CPU per operation drifted"))
        #expect(together.warns("of all servers together, by up to 50 %"))
        #expect(!together.warns("against the others"))
    }
}
