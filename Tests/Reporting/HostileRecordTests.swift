// Records with numbers that no run has, in every format: a line says what is wrong, or there is a
// document. What must not happen is a trap, which ends the tests.
import Foundation
import Reporting
import RunRecord
import TestSupport
import Testing

private func series() -> RunRecord {
    var record = sampleRecord()
    record.targets.removeFirst()
    record.results.removeAll { $0.target == "valkey-7.2" }
    record.durationSeconds = 2.5
    record.series = [
        .init(
            metric: Metric.throughput.id, unit: .operationsPerSecond, target: "valkey-9.1",
            workload: "get", startNanoseconds: 500_000_000,
            values: [1_000, 2_000, nil, 1_000, 400])
    ]
    record.phases = [.init(name: "fill", startNanoseconds: 5, durationNanoseconds: 7)]
    record.incidents = [
        .init(target: "gone", kind: .errors, round: 3, count: 2, of: 9, detail: "ERR")
    ]
    return record
}

private func certified() -> RunRecord {
    var record = RunRecord(
        hashmarkVersion: "0", arguments: ["hashmark", "gate", "selftest"], seed: 1)
    record.certificate = .init(
        target: "ref:valkey-9.1", policy: "default", policyHash: "h", budgetSeconds: 600,
        rounds: 120, hours: 3, secondsPerRound: 3.25, scatter: ["server_cpu_ns_per_op": 0.0123],
        rows: [
            .init(
                change: "nothing", isHarmless: true, origin: "resampled", regressions: 1,
                passes: 399, inconclusive: 0, worth: 40, lower: 0, upper: 0.0881),
            .init(
                change: "CPU +3 %", isHarmless: false, origin: "resampled", regressions: 184,
                passes: 16, inconclusive: 0, worth: 40, lower: 0.79, upper: 0.98),
        ])
    return record
}

private func tables() -> RunRecord {
    var record = sampleRecord()
    record.arguments = ["hashmark", "tables"]
    let find: Conditions = [
        "entries": 1_000_000, "key_size": 16, "load": "max", "hit_percent": 100, "batch": 16,
        "popularity": "uniform",
    ]
    record.results = record.targets.map {
        RunRecord.Result(
            .tableCPU("find"), target: $0.label, conditions: find, value: 62,
            samples: [61, 62, 62, 63, 61, 64])
    }
    return record
}

private func searched() -> RunRecord {
    var record = sampleRecord()
    record.arguments = ["hashmark", "bench"]
    record.trials = [400_000.0, 500_000, 800_000].map {
        .init(
            target: "valkey-9.1", workload: "get", point: "p99", limitNanoseconds: 1_000_000,
            rate: $0, latencies: ["p50": 100_000, "p99": 900_000], isKept: true, isMet: true)
    }
    return record
}

private let samples = [
    series(), certified(), tables(), searched(), judgedRecord(), ladderRecord(),
    profileRecord(sampleProfile("old"), sampleProfile("new", spin: 50, scatter: 2)),
]

@Suite struct HostileRecordTests {
    @Test(arguments: samples.indices) func aHostileNumberIsRefusedOrTold(index: Int) throws {
        let numbers = JSONNumbers(String(decoding: try samples[index].json(), as: UTF8.self))
        #expect(numbers.places.count > 8)
        for place in numbers.places {
            for value in JSONNumbers.hostile {
                let document = Data(numbers.replacing(place, by: value).utf8)
                do throws(RunRecordError) {
                    let record = try RunRecord(json: document, name: "r.json")
                    for format in ReportFormats.all {
                        _ = try? format.render(record)
                        _ = format.doubts(record)
                    }
                } catch {
                    let isClear =
                        error.cause.hasPrefix("r.json ") && !error.description.contains("\n")
                    #expect(isClear, "\(place.path): \(value): \(error)")
                }
            }
        }
    }

    /// Points of a series that a clock cannot have stand at its end.
    @Test func timesBeyondTheLastAreTheLast() throws {
        var record = series()
        record.incidents = []
        record.series[0].intervalMilliseconds = 1_000_000_000_000_000_000
        for name in ["influx", "memtier"] {
            let format = try #require(ReportFormats.named(name))
            #expect(try !format.render(record).isEmpty)
        }
    }
}
