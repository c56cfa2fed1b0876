// The numbers of a record that formats for programs have a place for: those that no fault spoils. A
// reason has no place there, so what is left out is said beside the document.
import RunRecord

extension RunRecord {
    /// Those of `wanted` that have a value which no fault spoils.
    /// - Parameter missing: what is thrown where none of them has a value.
    /// - Throws: also where faults spoil all of them.
    func sound(
        _ wanted: [Result], otherwise missing: @autoclosure () -> RunRecordError
    ) throws(RunRecordError) -> [Result] {
        let faults = self.faults
        let there = wanted.filter { $0.value != nil }
        let sound = there.filter { result in !faults.contains { $0.spoils(result) } }
        if there.isEmpty { throw missing() }
        guard sound.isEmpty else { return sound }
        let fault = faults.first { fault in there.contains { fault.spoils($0) } }
        throw RunRecordError(
            cause: "no number of the record is sound: \(printable(fault?.sentence ?? ""))",
            remedy: "mend that and measure again")
    }

    /// What a document of the sound ones of `wanted` does not show of the run, a line each.
    func doubts(of wanted: [Result]) -> [String] {
        let wanted = wanted.filter { $0.value != nil }
        var doubts = faults.compactMap { fault -> String? in
            let count = wanted.count { fault.spoils($0) }
            let numbers = count == 1 ? "1 number" : "\(count) numbers"
            return count > 0 ? "left out \(numbers): \(fault.sentence)" : nil
        }
        if partial { doubts.append("partial: \(RunReading.partialNote)") }
        return doubts.map(printable)
    }

    /// Where nothing was measured.
    var hasNoNumber: RunRecordError {
        RunRecordError(
            cause: "the record has no number", remedy: "see with --format text why there is none")
    }
}

extension RunRecord.Result {
    /// Of which load and under which conditions it is, by name: `workload`, and each condition.
    var circumstances: [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        if let workload { pairs.append((name: "workload", value: workload)) }
        for (name, value) in conditions.sorted(by: { $0.key < $1.key }) {
            pairs.append((name: name, value: "\(value)"))
        }
        return pairs
    }
}
