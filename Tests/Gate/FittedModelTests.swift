// The round model fitted to rounds: what made them up is found again, and gates of real records are
// rounds to fit.
import Foundation
import Gate
import RunRecord
import Statistics
import Testing

private let sameSides = Sides(baseline: "baseline", candidate: "same", sentinel: "sentinel")

/// A record of rounds that `model` makes up, and nothing differs in.
private func record(_ model: RoundModel, rounds: Int, seed: UInt64) -> RunRecord {
    var record = RunRecord(hashmarkVersion: "0", arguments: [], seed: seed)
    record.startedAt = "2026-11-21T06:12:00Z"
    record.targets = RoundPool.labels.map { .init(label: $0, spelling: "ref:valkey-9.1") }
    var measurer = ModelMeasurer(model, .nothing, Policy(), seed: seed)
    _ = measurer.answer(.rounds(stage: .screen, first: 0, count: rounds), sameSides, &record)
    return record
}

private func fitted(_ model: RoundModel, rounds: Int, seed: UInt64) -> RoundModel? {
    let pool = RoundPool(
        record(model, rounds: rounds, seed: seed), Policy(), secondsPerRound: model.roundSeconds)
    return RoundModel(fitting: pool, candidate: "same", copy: "sentinel", Policy())
}

@Suite struct FittedModelTests {
    @Test func whatMadeTheRoundsUpIsFoundAgain() throws {
        var model = RoundModel(cell: 0.025)
        model.launch = 0.012
        model.serial = 0.3
        model.metrics = 0.7
        model.sentinelFactor = 1.8
        model.offShare = 0.02
        model.off = 0.12
        let found = try #require(fitted(model, rounds: 4_000, seed: 5))
        func isNear(_ parameter: KeyPath<RoundModel, Double>, _ tolerance: Double) -> Bool {
            abs(found[keyPath: parameter] / model[keyPath: parameter] - 1) < tolerance
        }
        #expect(isNear(\.cell, 0.05), "\(found)")
        #expect(isNear(\.launch, 0.1), "\(found)")
        #expect(isNear(\.serial, 0.15), "\(found)")
        #expect(isNear(\.metrics, 0.1), "\(found)")
        #expect(isNear(\.throughput, 0.05), "\(found)")
        #expect(isNear(\.sentinelFactor, 0.1), "\(found)")
        #expect(isNear(\.off, 0.1), "\(found)")
        #expect(isNear(\.offShare, 0.3), "\(found)")
        #expect(isNear(\.p50, 0.1) && isNear(\.p99, 0.1), "\(found)")
        #expect(found.roundSeconds == model.roundSeconds)
    }

    @Test func fewRoundsFitNothing() {
        #expect(fitted(RoundModel(), rounds: RoundModel.leastRounds - 1, seed: 1) == nil)
        #expect(fitted(RoundModel(), rounds: RoundModel.leastRounds, seed: 1) != nil)
    }

    /// A gate of a server against itself is rounds like any other; one of two servers is not.
    @Test func gatesOfOneServerAreRounds() throws {
        let policy = timedPolicy()
        let gate = Gate(
            policy, Sides(baseline: "baseline", candidate: "again", sentinel: "sentinel"))
        var measurer = ModelMeasurer(RoundModel(), .nothing, policy, seed: 3)
        var (verdict, record) = gate.run(with: &measurer)
        record.verdict = verdict
        record.startedAt = "2026-11-21T06:12:00Z"
        record.targets = ["again", "sentinel", "baseline"].map {
            .init(label: $0, spelling: "ref:valkey-9.1")
        }
        let pool = try RoundPool(ofGate: record, name: "r")
        #expect(pool.targets == RoundPool.labels && pool.rounds.count >= 12)
        let place = try #require(pool.columns.firstIndex { $0.metric == Metric.serverCPU.id })
        let column = pool.columns[place]
        for (index, label) in ["baseline", "sentinel", "again"].enumerated() {
            let first = record.results.first {
                $0.metric == column.metric && $0.target == label
                    && $0.workload == column.workload
                    && $0.conditions["pipeline"] == column.conditions["pipeline"]
            }
            let sample = try #require(first?.samples.first ?? nil)
            #expect(abs(pool.rounds[0].values[index][place]! / sample - 1) < 1e-6)
        }
        for place in 0..<3 {
            var damaged = record
            damaged.targets.remove(at: place)
            #expect(throws: RunRecordError.self) { try RoundPool(ofGate: damaged, name: "r") }
            damaged = record
            damaged.targets[place].label = record.targets[(place + 1) % 3].label
            #expect(throws: RunRecordError.self) { try RoundPool(ofGate: damaged, name: "r") }
        }
        record.targets[0].spelling = "ref:valkey-8.1"
        #expect(throws: RunRecordError.self) { try RoundPool(ofGate: record, name: "r") }
        record.verdict = nil
        #expect(throws: RunRecordError.self) { try RoundPool(ofGate: record, name: "r") }
    }
}
