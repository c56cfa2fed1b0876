// Resampling: gates drawn from recorded rounds.
import Distributions
import Foundation
import Gate
import RunRecord
import TestSupport
import Testing

/// One load, in gates of thirty rounds.
private func policy() -> Policy {
    var policy = plainTimedPolicy()
    policy.budgetSeconds = 60
    return policy
}

/// Rounds of a quiet machine in two hours: a baseline, two copies, and one slower by 5 %.
private func pool(estimator: ConditionValue = Estimator.total) -> RoundPool {
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
                        metric, target: label, workload: "get",
                        conditions: ["stage": "screen", "estimator": estimator],
                        value: samples[0], samples: samples))
            }
        }
        pools.append(RoundPool(record, policy(), secondsPerRound: 2))
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

    @Test func mediansOfSlicesAreNoTotals() {
        #expect(pool(estimator: "median").columns.isEmpty)
    }

    @Test func otherTargetsAndPoliciesDoNotJoin() {
        var mine = pool()
        var other = pool()
        other.targets[0] = "x"
        var isJoined = mine.append(other)
        #expect(!isJoined && mine.rounds.count == 200)
        other = pool()
        other.policyHash = "another"
        isJoined = mine.append(other)
        #expect(!isJoined)
    }

    @Test func resampledGatesCountWhatHappens() {
        let test = SelfTest(policy(), pool(), candidate: "same", copy: "sentinel")
        // Thirty rounds a gate: three gates of each hour have none in common.
        #expect(test.usableHours.count == 2 && test.disjointGates == 6)
        let nothing = test.row("nothing", gates: 40, seed: 1)
        #expect(nothing.gates == 40 && nothing.regressions == 0 && nothing.passes >= 38)
        // None of forty is worth none of six.
        #expect(nothing.interval.lower == 0 && abs(nothing.interval.upper - 0.459) < 0.001)
        let slowed = test.row("live", gates: 20, label: "slowed", seed: 1)
        #expect(slowed.regressions >= 19)
        let shifted = test.row("CPU", gates: 20, slowDown: 0.05, seed: 1)
        #expect(shifted.regressions >= 19)
        // Without a fixed seed, nobody could check the figures.
        #expect(test.row("nothing", gates: 40, seed: 1) == nothing)
    }

    /// Hours have moods: in one the candidate costs 1 % more, in the next 3 %. Rounds shuffled
    /// within their hour and gates counted as independent gave intervals that seldom held the true
    /// share of regressions.
    @Test func intervalsOfResampledGatesHoldTheTrueShare() {
        var random = Xoshiro256PlusPlus(seed: 6)
        var (old, new): ([Certificate.Row], [Certificate.Row]) = ([], [])
        func row(_ pool: RoundPool) -> Certificate.Row {
            SelfTest(policy(), pool, candidate: "same", copy: "sentinel").row(
                "", gates: 12, seed: 1)
        }
        for _ in 0..<16 {
            var pool = hour(of: 0.01 + 0.025 * random.nextUnit(), &random)
            new.append(row(pool))
            pool.rounds.shuffle(using: &random)
            var shuffled = row(pool)
            shuffled.disjoint = nil
            old.append(shuffled)
        }
        let gates = new.reduce(0) { $0 + $1.gates }
        let truth = Double(new.reduce(0) { $0 + $1.regressions }) / Double(gates)
        #expect(truth > 0.3 && truth < 0.9, "\(truth)")
        func covering(_ rows: [Certificate.Row]) -> Int {
            rows.count { $0.interval.contains(truth) }
        }
        #expect(covering(old) <= 8, "\(covering(old)) of 16")
        #expect(covering(new) >= 15, "\(covering(new)) of 16")
    }

    /// Seventy rounds of one load, in which the candidate costs so much more.
    private func hour(of worse: Double, _ random: inout Xoshiro256PlusPlus) -> RoundPool {
        var record = RunRecord(hashmarkVersion: "0", arguments: [], seed: 0)
        record.startedAt = "2026-11-21T06:12:00Z"
        for (label, factor) in [("baseline", 1.0), ("sentinel", 1), ("same", 1 + worse)] {
            record.targets.append(.init(label: label, spelling: "ref:valkey-9.1"))
            let cpu = (0..<70).map { _ in 500 * factor * (1 + 0.03 * (random.nextUnit() - 0.5)) }
            record.results.append(
                .init(
                    Metric.serverCPU, target: label, workload: "get",
                    conditions: ["stage": "screen", "estimator": Estimator.total],
                    value: cpu[0], samples: cpu))
        }
        return RoundPool(record, policy(), secondsPerRound: 2)
    }

    @Test func tooFewRoundsCertifyNothing() {
        var long = policy()
        long.budgetSeconds = 3_000
        long.rounds.cap = 200
        let test = SelfTest(long, pool(), candidate: "same", copy: "sentinel")
        let certificate = Certificate(
            pool(), long, candidate: "same", startedAt: "",
            rows: [test.row("nothing", gates: 10, seed: 1)])
        #expect(certificate.shortage?.contains("too few") == true)
    }

    @Test func hostileNumbersOfACertificateAreRefusedOrForecast() throws {
        let pool = pool()
        var row = Certificate.Row(change: "CPU +3 %", how: "resampled")
        (row.regressions, row.passes, row.inconclusive, row.disjoint) = (190, 9, 1, 20)
        let certificate = Certificate(
            pool, policy(), candidate: "same", startedAt: "", rows: [row])
        let numbers = JSONNumbers(String(decoding: try certificate.json(), as: UTF8.self))
        #expect(numbers.places.count > 8)
        for place in numbers.places {
            for value in JSONNumbers.hostile {
                let document = Data(numbers.replacing(place, by: value).utf8)
                do throws(RunRecordError) {
                    let found = try Certificate(json: document, name: "c")
                    #expect(!found.forecast(policy()).lines(policy(), comparesLive: true).isEmpty)
                    #expect(!found.recorded.rows.isEmpty && found.shortage != "")
                } catch {
                    #expect(error.cause.hasPrefix("c "), "\(place.path): \(value): \(error)")
                }
            }
            let beyond = Data(numbers.replacing(place, by: "1e300").utf8)
            #expect(throws: RunRecordError.self) { try Certificate(json: beyond, name: "c") }
        }
    }

    @Test func certificatesSpeakForOneTargetAndPolicy() throws {
        let pool = pool()
        let certificate = Certificate(
            pool, policy(), candidate: "same", startedAt: "2026-11-21T10:00:00Z",
            rows: [.init(change: "nothing", how: "live")])
        // Uniform over ±2 %: a standard deviation of 1.15 %, times √2.
        let cpu = try #require(certificate.scatter[Metric.serverCPU.id])
        #expect(abs(cpu - 0.0163) < 0.0015, "\(cpu)")
        let again = try Certificate(json: certificate.json(), name: "c")
        let mine = "ref:valkey-9.1"
        #expect(again == certificate)
        #expect(again.holds(on: pool.environment, target: mine, policy: policy()))
        #expect(!again.holds(on: pool.environment, target: "ref:valkey-7.2", policy: policy()))
        var otherPolicy = policy()
        otherPolicy.contentHash = "x"
        #expect(!again.holds(on: pool.environment, target: mine, policy: otherPolicy))
        var other = pool.environment
        other.cpuModel = "other"
        #expect(!again.holds(on: other, target: mine, policy: policy()))
        let recorded = certificate.recorded
        #expect(recorded.target == mine && recorded.rounds == pool.rounds.count)
        #expect(recorded.rows.map(\.isHarmless) == [true] && recorded.rows[0].share == nil)
        var row = Certificate.Row(change: "CPU +3 %", how: "resampled")
        (row.regressions, row.passes, row.disjoint) = (190, 10, 20)
        #expect(!row.recorded.isHarmless && row.recorded.worth == 20)
        #expect(row.recorded.share == 0.95 && row.recorded.lower == row.interval.lower)
        let lines = certificate.forecast(policy()).lines(policy(), comparesLive: true)
        #expect(lines[0].contains("certificate"), "\(lines)")
    }
}
