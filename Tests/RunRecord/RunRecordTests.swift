// A record as JSON: what goes in comes out, and what is no record is named.
import Foundation
import RunRecord
import Testing

@Suite struct RunRecordTests {
    @Test func roundTrip() throws {
        let record = sampleRecord()
        let copy = try RunRecord(json: record.json())
        #expect(copy == record)
        #expect(try copy.json() == record.json())
    }

    /// A record travels; the folder that its program lay in does not.
    @Test func theProgramsNameStandsWithoutItsFolder() {
        func program(_ arguments: String...) -> [String] {
            RunRecord(hashmarkVersion: "0", arguments: arguments, seed: 0).arguments
        }
        #expect(program("/home/me/.build/release/hashmark", "/a/b") == ["hashmark", "/a/b"])
        #expect(program("hashmark") == ["hashmark"])
        #expect(program("../valkey-benchmark", "-q") == ["valkey-benchmark", "-q"])
        #expect(program() == [] && program("") == [""] && program("/") == ["/"])
    }

    @Test func bytesAreDeterministicAndPlain() throws {
        let text = try sampleRecord().text()
        #expect(text.hasSuffix("}\n") && !text.contains("\\/"))
        #expect(text.contains(#""schema" : "hashmark.run/1""#))
        #expect(text.contains(#""seed" : 18446744073709551615"#))
        #expect(text.contains(#""metric" : "latency_ns/GET/intended/p99""#))
        // Whole numbers have no point, and conditions come in the order of their names.
        #expect(text.contains(#""entries" : 1000000"#))
        let places = ["\"cold\"", "\"entries\"", "\"pipeline\"", "\"ttl\""].map {
            text.range(of: $0)!.lowerBound
        }
        #expect(places == places.sorted())
    }

    @Test func absentReadingIsNullWithItsReason() throws {
        let text = try sampleRecord().text()
        #expect(text.contains(#""reason" : "no PMU in this guest""#))
        #expect(text.contains(#""value" : null"#))
        let silent = try edited { record in
            var results = record["results"] as! [[String: Any]]
            results[2]["reason"] = nil
            record["results"] = results
        }
        #expect(silent.results[2].value == nil && silent.results[2].reason != nil)
    }

    @Test func whatIsNoNumberIsNoReading() throws {
        for value in [Double.nan, .infinity, -.infinity] {
            let result = RunRecord.Result(
                .throughput, target: "a", value: value, samples: [1, value, nil])
            #expect(result.value == nil && result.reason!.contains("not a number"))
            #expect(result.samples == [1, nil, nil] && result.readings == [1])
        }
        var record = sampleRecord()
        record.durationSeconds = .nan
        #expect(throws: RunRecordError.self) { try record.json() }
        record.durationSeconds = nil
        record.results[0].conditions["size"] = .number(.infinity)
        let error = #expect(throws: RunRecordError.self) { try record.json() }
        #expect(error!.cause.contains("results.0.conditions.size"))
    }

    @Test func unknownFieldsAreIgnoredAndAbsentListsAreEmpty() throws {
        let record = try edited { record in
            record["colour"] = ["red": 1]
            record["schema"] = "hashmark.run/1.3"
            var results = record["results"] as! [[String: Any]]
            results[0]["kind"] = "quantum"
            results[0]["unit"] = "qubit"
            results[0]["later"] = true
            record["results"] = results
            record["rounds"] = nil
            record["environment"] = ["cpu_model": "Z80", "cpu_smell": "warm"]
        }
        #expect(record.results[0].kind.rawValue == "quantum")
        #expect(record.results[0].unit.rawValue == "qubit")
        #expect(record.results[0].value == 1_234_567.25)
        #expect(record.rounds.isEmpty && record.environment.cpuModel == "Z80")
        #expect(record.schema == "hashmark.run/1.3")
    }

    @Test func otherSchemasAreRefusedInOneLine() throws {
        for schema in ["hashmark.run/2", "hashmark.run/12", "hashmark.gate/1", "", "run/1"] {
            let error = #expect(throws: RunRecordError.self) {
                _ = try edited { $0["schema"] = schema }
            }
            #expect(error!.cause.contains("\"\(schema)\""), "\(schema)")
            #expect(!error!.description.contains("\n"))
        }
    }

    @Test func damageIsNamedInOneLine() throws {
        func message(_ text: String) -> String {
            let error = #expect(throws: RunRecordError.self) {
                try RunRecord(json: Data(text.utf8), name: "a.json")
            }
            return error!.description
        }
        #expect(message("").hasPrefix("a.json is no run record: "))
        #expect(message("[]").contains("a.json"))
        #expect(message("{}").contains("no schema"))
        #expect(message(#"{"schema":"hashmark.run/1"}"#).contains("no hashmark_version"))
        for cut in [1, 50, 500] {
            let text = message(String(try sampleRecord().text().prefix(cut)))
            #expect(!text.contains("\n"))
        }
        let error = #expect(throws: RunRecordError.self) {
            _ = try edited { record in
                var results = record["results"] as! [[String: Any]]
                results[1]["value"] = "fast"
                record["results"] = results
            }
        }
        #expect(error!.cause.contains("results.1.value"))
    }

    @Test func conditionsReadAsPeopleWriteThem() {
        let conditions: Conditions = [
            "pipeline": 16, "ratio": 0.5, "cold": true, "ttl": "none", "entries": 1e6,
        ]
        #expect(conditions.summary == "cold=yes entries=1000000 pipeline=16 ratio=0.5 ttl=none")
    }

    /// The sample after a change of its JSON.
    private func edited(_ change: (inout [String: Any]) -> Void) throws -> RunRecord {
        var object =
            try JSONSerialization.jsonObject(with: sampleRecord().json()) as! [String: Any]
        change(&object)
        return try RunRecord(json: JSONSerialization.data(withJSONObject: object))
    }

    /// How numbers came about is the document's alone.
    @Test func aLineOfTheHistoryHasNoTrialsHostsAndProfiles() throws {
        let line = try RunRecord(json: sampleRecord().historyLine())
        #expect(line.trials.isEmpty && line.profiles.isEmpty && line.loadHosts.isEmpty)
        #expect(line.placements == sampleRecord().placements)
        #expect(line.certificate == sampleRecord().certificate)
    }
}
