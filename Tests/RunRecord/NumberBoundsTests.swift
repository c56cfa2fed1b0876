// Numbers that no run has are refused with the field that they stand in, before anything is made of
// them; seeds and conditions may be all that a command line takes.
import Foundation
import RunRecord
import TestSupport
import Testing

@Suite struct NumberBoundsTests {
    private func message(_ text: String) -> String? {
        do throws(RunRecordError) {
            _ = try RunRecord(json: Data(text.utf8), name: "r.json")
            return nil
        } catch {
            return error.description
        }
    }

    @Test func theFieldIsNamed() throws {
        let numbers = JSONNumbers(try sampleRecord().text())
        let duration = try #require(numbers.places.first { $0.path == "duration_s" })
        for value in ["1e300", "-1e300", "1e400", "9300000000000000000"] {
            let found = message(numbers.replacing(duration, by: value))
            #expect(found?.contains("out of bounds at duration_s: \(value);") == true, "\(value)")
        }
        let ops = try #require(numbers.places.first { $0.path == "rounds.slices.ops" })
        let found = message(numbers.replacing(ops, by: "2e18"))
        #expect(found?.contains("at rounds.0.slices.0.ops: 2e18") == true, "\(found ?? "")")
    }

    @Test func noFieldTakesThem() throws {
        let numbers = JSONNumbers(try sampleRecord().text())
        #expect(numbers.places.count > 30)
        for place in numbers.places {
            let found = message(numbers.replacing(place, by: "1e300"))
            #expect(found?.contains("out of bounds") == true, "\(place.path)")
        }
    }

    @Test func seedsAndConditionsAreWide() throws {
        var record = sampleRecord()
        record.seed = .max
        record.results[0].conditions["key_range"] = .number(Double(Int.max))
        record.arguments.append("\"1e300\": [9300000000000000000, \\")
        #expect(try RunRecord(json: record.json()) == record)
    }

    @Test func whatIsNoTextIsSaid() throws {
        let text = try sampleRecord().text()
        for encoding in [String.Encoding.utf16, .utf16LittleEndian, .utf32BigEndian] {
            let data = try #require(text.data(using: encoding))
            #expect(throws: RunRecordError.self) { try RunRecord(json: data, name: "r.json") }
        }
        #expect(message(String(repeating: "[", count: 100_000)) != nil)
        #expect(message("{\"a") != nil && message("\"\\") != nil && message("1e300") != nil)
    }
}
