// Gates with numbers that no run has, judged again: a line says what is wrong, or there is a
// verdict. What must not happen is a trap, which ends the tests.
import Foundation
import Gate
import RunRecord
import TestSupport
import Testing

/// Readings as a gate of servers has them: of whole rounds, which may be judged again.
private struct RoundMeasurer: OfflineMeasurer {
    var inner: SyntheticMeasurer

    mutating func answer(_ need: Need, _ sides: Sides, _ record: inout RunRecord) -> Double {
        let seconds = inner.answer(need, sides, &record)
        for index in record.results.indices
        where record.results[index].conditions[Stage.condition] != nil {
            record.results[index].conditions[Estimator.condition] = Estimator.total
        }
        return seconds
    }
}

private func judged(_ gate: Gate, _ measurer: some OfflineMeasurer) -> RunRecord {
    var measurer = measurer
    var (verdict, record) = gate.run(with: &measurer)
    record.verdict = verdict
    return record
}

private func judged(_ change: (inout SyntheticMeasurer) -> Void) -> RunRecord {
    var synthetic = SyntheticMeasurer(seed: 1)
    change(&synthetic)
    return judged(gate(), RoundMeasurer(inner: synthetic))
}

@Suite struct HostileRecordTests {
    /// A pass, a regression, one that lacks rounds, and one whose rounds have totals.
    private static let records = [
        judged { _ in },
        judged { $0.cpuChange = 0.05 },
        judged { $0.scatter = 0.3 },
        judged(
            Gate(timedPolicy(), sides),
            ModelMeasurer(RoundModel(), .stalls(0.1), timedPolicy(), seed: 3)),
    ]

    @Test(arguments: 0..<4) func aHostileNumberIsRefusedOrJudged(index: Int) throws {
        let record = Self.records[index]
        #expect(try Gate.judge(record, name: "r").status == record.verdict?.status)
        let numbers = JSONNumbers(String(decoding: try record.json(), as: UTF8.self))
        #expect(numbers.places.contains { $0.path == "verdict.basis.round_s" })
        for place in numbers.places {
            for value in JSONNumbers.hostile {
                let document = Data(numbers.replacing(place, by: value).utf8)
                do throws(RunRecordError) {
                    let changed = try RunRecord(json: document, name: "r.json")
                    let verdict = try? Gate.judge(changed, name: "r.json")
                    #expect(verdict?.reasons.isEmpty != true, "\(place.path): \(value)")
                } catch {
                    #expect(error.cause.hasPrefix("r.json "), "\(place.path): \(value): \(error)")
                }
            }
        }
    }
}
