// Resampling: gates drawn from recorded rounds.
import Gate
import RunRecord
import Statistics
import Testing

/// Rounds of a quiet machine in two hours: a baseline, two copies, and one slower by 5 %.
private func pool() -> RoundPool {
    var pools: [RoundPool] = []
    for (hour, level) in [("2026-11-21T06", 500.0), ("2026-11-21T09", 560)] {
        var random = SplitMix64(seed: UInt64(level))
        var record = RunRecord(hashmarkVersion: "0", arguments: [], seed: 0)
        record.startedAt = "\(hour):12:00Z"
        for (label, factor) in [("baseline", 1.0), ("sentinel", 1), ("same", 1), ("slowed", 1.05)] {
            record.targets.append(.init(label: label, spelling: "ref:valkey-9.1"))
            let cpu = (0..<100).map { _ in
                level * factor * (1 + 0.02 * Double.random(in: -1...1, using: &random))
            }
            for (metric, samples) in [
                (Metric.serverCPU, cpu), (.throughput, cpu.map { 1e9 / $0 }),
            ] {
                record.results.append(
                    .init(
                        metric, target: label, workload: "get", value: samples[0], samples: samples)
                )
            }
        }
        pools.append(
            RoundPool(
                record, workload: "get", metrics: [Metric.serverCPU.id, Metric.throughput.id],
                secondsPerRound: 2))
    }
    var joined = pools[0]
    let isJoined = joined.append(pools[1])
    #expect(isJoined)
    return joined
}

@Suite struct RoundPoolTests {
    @Test func filesGiveTheSameRoundsBack() throws {
        let pool = pool()
        #expect(pool.rounds.count == 200 && pool.hours.count == 2)
        let json = try pool.json()
        #expect(json.count < 200 * 200)
        #expect(try RoundPool(json: json, name: "r.json") == pool)
        #expect(throws: RunRecordError.self) { try RoundPool(json: json.prefix(99), name: "r") }
    }

    @Test func otherTargetsDoNotJoin() {
        var mine = pool()
        var other = pool()
        other.targets[0] = "x"
        let isJoined = mine.append(other)
        #expect(!isJoined && mine.rounds.count == 200)
    }

    @Test func resampledGatesCountWhatHappens() {
        let test = SelfTest(Policy(), pool(), candidate: "same", copy: "sentinel")
        #expect(test.usableHours.count == 2)
        let nothing = test.row("nothing", gates: 40, seed: 1)
        #expect(nothing.gates == 40 && nothing.regressions == 0 && nothing.passes >= 38)
        let slowed = test.row("live", gates: 20, label: "slowed", seed: 1)
        #expect(slowed.regressions >= 19)
        let shifted = test.row("CPU", gates: 20, slowDown: 0.05, seed: 1)
        #expect(shifted.regressions >= 19)
        // Without a fixed seed, nobody could check the figures.
        #expect(test.row("nothing", gates: 40, seed: 1) == nothing)
    }

    @Test func certificatesSurviveTheirFile() throws {
        let pool = pool()
        let certificate = Certificate(
            pool, startedAt: "2026-11-21T10:00:00Z",
            scatter: pool.scatter(of: "same", copy: "sentinel"), budgetSeconds: 300,
            rows: [.init(change: "nothing", how: "live")])
        // Uniform over ±2 %: a standard deviation of 1.15 %, times √1.5.
        let cpu = try #require(certificate.scatter[Metric.serverCPU.id])
        #expect(abs(cpu - 0.0141) < 0.0015, "\(cpu)")
        let again = try Certificate(json: certificate.json(), name: "c")
        #expect(again == certificate && again.holds(on: pool.environment))
        var other = pool.environment
        other.cpuModel = "other"
        #expect(!again.holds(on: other))
        let lines = certificate.forecast.lines(Policy(), comparesLive: true)
        #expect(lines[0].contains("certificate") && lines.count == 3, "\(lines)")
    }
}
