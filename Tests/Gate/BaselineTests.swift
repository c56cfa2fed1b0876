// Stored baselines: what is kept, and which are refused.
import Foundation
import Gate
import RunRecord
import Testing

private func measured() -> RunRecord {
    var measurer = SyntheticMeasurer(seed: 1)
    var record = gate().run(with: &measurer).record
    record.targets = [.init(label: "new", spelling: "ref:valkey-9.1")]
    record.environment.pageSizeBytes = 4096
    record.environment.cpuModel = "EPYC"
    for index in record.results.indices {
        record.results[index].conditions["key_size"] = 16
        record.results[index].conditions["value_size"] = 64
        if record.results[index].kind == .simulated {
            record.results[index].conditions["entries"] = 50_000
            record.results[index].conditions["requests"] = 10_000
        }
    }
    return record
}

@Suite struct BaselineTests {
    @Test func onlyCountsAreKept() throws {
        let stored = StoredBaseline(measured(), target: "new")
        #expect(Set(stored.record.results.map(\.kind)) == [.exact, .simulated, .software])
        #expect(Set(stored.record.results.map(\.target)) == ["new"])
        #expect(stored.record.rounds.isEmpty)
        let again = try StoredBaseline(json: stored.json(), name: "b.json")
        #expect(again == stored)
    }

    @Test func damagedAndForeignFilesAreRefused() throws {
        let sound = String(
            decoding: try StoredBaseline(measured(), target: "new").json(), as: UTF8.self)
        for (part, replacement, words) in [
            ("{", "", "damaged or no baseline"), ("hashmark.baseline/1", "other/1", "schema"),
            ("\"value\" : 100", "\"value\" : 99", "checksum"), ("record", "recor", "damaged"),
        ] {
            let range = try #require(sound.range(of: part))
            let bad = sound.replacingCharacters(in: range, with: replacement)
            let error = #expect(throws: RunRecordError.self) {
                try StoredBaseline(json: Data(bad.utf8), name: "b.json")
            }
            #expect(try #require(error).description.contains(words), "\(error!)")
        }
        let cut = Data(sound.utf8.prefix(sound.utf8.count / 2))
        #expect(throws: RunRecordError.self) { try StoredBaseline(json: cut, name: "b.json") }
    }

    @Test func anotherMachineOrPolicyIsRefused() {
        let record = StoredBaseline(measured(), target: "new").record
        var here = record.environment
        let policy = Policy()
        #expect(StoredBaseline.mismatch(of: record, with: here, policy: policy) == nil)
        here.cpuModel = "Xeon"
        #expect(
            StoredBaseline.mismatch(of: record, with: here, policy: policy)
                == "CPU model EPYC there, Xeon here")
        // Bytes per entry do not depend on it.
        var bytes = policy
        bytes.rules.removeAll { $0.kind == .paired }
        #expect(StoredBaseline.mismatch(of: record, with: here, policy: bytes) == nil)
        bytes.memory.keySize = 8
        #expect(StoredBaseline.mismatch(of: record, with: here, policy: bytes) != nil)
        var other = policy
        other.simulated.requests = 1
        here.cpuModel = "EPYC"
        #expect(StoredBaseline.mismatch(of: record, with: here, policy: other) != nil)
    }

    @Test func storedCountsStandForTheBaseline() throws {
        let stored = StoredBaseline(measured(), target: "new").record
        for (added, exitCode) in [(0.0, 0), (8.0, 2)] {
            var gate = Gate(
                plainPolicy(), Sides(baseline: nil, candidate: "new", sentinel: nil))
            gate.stored = stored
            var measurer = SyntheticMeasurer(seed: 2)
            measurer.bytesAdded = added
            let verdict = gate.run(with: &measurer).verdict
            #expect(verdict.exitCode == exitCode, "\(verdict.reasons)")
            #expect(!verdict.checks.contains { $0.rule == "timed" })
        }
    }
}
