// What the formats of call stacks have in common: they take a record's profiles, and nothing else.
//
// Weights are of the whole run, in the profile's unit: the CPU time of the server, shared out by
// samples. Profiles of several targets stand side by side.
import Foundation
import RunRecord

/// A format of call stacks alone.
public protocol StackFormat: ReportFormat {
    /// - Parameter profiles: one or more.
    func document(_ profiles: [StackProfile]) throws(RunRecordError) -> Data
}

extension StackFormat {
    public func render(_ record: RunRecord) throws(RunRecordError) -> Data {
        let profiles = record.profiles.filter { !$0.stacks.isEmpty }
        guard !profiles.isEmpty else {
            throw RunRecordError(
                cause: "the record has no call stacks, and \(name) is of nothing else",
                remedy: "take another format, or profile the target")
        }
        return try document(profiles)
    }

    public func problem(ofProfiles isThere: Bool) -> String? {
        isThere
            ? nil
            : "no call stacks will be recorded; take another format, or hashmark profile"
    }

    public func doubts(_ record: RunRecord) -> [String] {
        record.toldFaults.map { printable($0.line) }
    }
}

extension StackProfile {
    /// What the stacks are of: `valkey-9.1 get`.
    var exportName: String {
        [target, workload].compactMap(\.self).map(printable).joined(separator: " ")
    }

    /// Stacks that have a weight, each with its number, its units and its weight as sampled.
    var weighed: [(stack: Int, units: Int, weight: Double)] {
        var weights = [Double](repeating: 0, count: stacks.count)
        for round in rounds {
            for (stack, weight) in round.weights.prefix(stacks.count).enumerated() {
                weights[stack] += weight
            }
        }
        var weighed: [(stack: Int, units: Int, weight: Double)] = []
        for (stack, units) in sums.enumerated() where units > 0 {
            weighed.append((stack: stack, units: Self.whole(units), weight: weights[stack]))
        }
        return weighed
    }

    /// The nearest whole number that an Int holds.
    static func whole(_ value: Double) -> Int { Int(min(max(value.rounded(), 0), 0x1p62)) }
}
