// Stored baselines: deterministic readings of an earlier run, reviewed like code.
//
//     {"schema": "hashmark.baseline/1", "checksum": "fnv1a64:…", "record": { a run record }}
//
// Only what repeats is kept (exact and simulated kinds): a stored time would be compared across
// hours, machines and neighbours. The checksum tells a damaged file from a whole one; it protects
// nothing. Whether a stored number may stand against a fresh one is decided by what steers it:
// bytes by the page size, simulated counts by the processor's instruction sets (the C library
// chooses its memcpy by them) and by the compiler as well.
import Foundation
import RunRecord
import StrictYAML

public struct StoredBaseline: Sendable, Equatable {
    public static let schema = "hashmark.baseline/1"

    /// With results of one target only, all of a deterministic kind.
    public var record: RunRecord

    /// What is kept of a run: the deterministic results of one target.
    public init(_ record: RunRecord, target: String) {
        var kept = RunRecord(
            hashmarkVersion: record.hashmarkVersion, arguments: record.arguments, seed: record.seed)
        kept.startedAt = record.startedAt
        kept.environment = record.environment
        kept.environment.loadAverage = nil
        kept.environment.stealRatio = nil
        kept.targets = record.targets.filter { $0.label == target }
        kept.workloads = record.workloads
        kept.results = record.results.filter {
            $0.target == target && $0.value != nil
                && (Self.kinds.contains($0.kind)
                    || $0.metric == Metric.memoryPerEntry(.reported).id)
        }
        self.record = kept
    }

    /// And the server's own count of bytes, near enough to the same for the margins of bytes.
    static let kinds: [Metric.Kind] = [.exact, .simulated]

    private struct Document: Codable {
        var schema: String
        var checksum: String
        var record: RunRecord
    }

    /// The file: the record with a checksum, keys in order, a line end behind it.
    /// - Throws: where the record cannot be written as JSON.
    public func json() throws(RunRecordError) -> Data {
        let document = Document(
            schema: Self.schema, checksum: try Self.checksum(record), record: record)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return try encoder.encode(document) + [UInt8(ascii: "\n")]
        } catch {
            throw RunRecordError(
                cause: "the baseline cannot be written as JSON", remedy: "measure it again")
        }
    }

    /// Reads a stored baseline; `name` is the file's in messages.
    public init(json: Data, name: String) throws(RunRecordError) {
        let again = "store it again with `hashmark gate --save-baseline`"
        struct SchemaOnly: Decodable { var schema: String }
        guard let found = try? JSONDecoder().decode(SchemaOnly.self, from: json) else {
            throw RunRecordError(cause: "\(name) is damaged or no baseline", remedy: again)
        }
        guard found.schema == Self.schema else {
            throw RunRecordError(
                cause: "\(name) has the schema \"\(found.schema)\", not \(Self.schema)",
                remedy: again)
        }
        try NumberBounds.check(json, name: name, remedy: again)
        guard let document = try? JSONDecoder().decode(Document.self, from: json),
            try Self.checksum(document.record) == document.checksum
        else {
            throw RunRecordError(
                cause: "\(name) is damaged: its contents do not match its checksum",
                remedy: "restore it from version control, or \(again)")
        }
        guard document.record.targets.count == 1, !document.record.results.isEmpty else {
            throw RunRecordError(
                cause: "\(name) has no readings of one target", remedy: again)
        }
        record = document.record
    }

    private static func checksum(_ record: RunRecord) throws(RunRecordError) -> String {
        ContentHash.of(try record.json())
    }

    /// Why its numbers may not stand against this machine's; nil when they may.
    public static func mismatch(
        of record: RunRecord, with environment: EnvironmentFingerprint, policy: Policy
    ) -> String? {
        let stored = record.environment
        var fields: [(String, String?, String?)] = [
            (
                "page size in bytes", stored.pageSizeBytes.map(String.init),
                environment.pageSizeBytes.map(String.init)
            )
        ]
        if policy.isSimulated {
            fields += [
                ("CPU model", stored.cpuModel, environment.cpuModel),
                ("CPU flags", stored.cpuFlagsHash, environment.cpuFlagsHash),
                ("Swift version", stored.swiftVersion, environment.swiftVersion),
            ]
        }
        let differences = fields.filter { $0.1 != $0.2 }
            .map { "\($0.0) \($0.1 ?? "unknown") there, \($0.2 ?? "unknown") here" }
        guard differences.isEmpty else { return differences.joined(separator: "; ") }
        return missingResults(record, policy)
    }

    /// A baseline of other sizes or counts answers another question.
    private static func missingResults(
        _ record: RunRecord, _ policy: Policy
    ) -> String? {
        let curve = policy.memoryLaunches > 0
        let counts = Set(
            record.results.filter {
                $0.workload == RunRecord.Workload.memoryCurve
                    && $0.conditions["key_size"] == .number(policy.memory.keySize)
                    && $0.conditions["value_size"] == .number(policy.memory.valueSize)
            }.compactMap { $0.conditions["entries"] })
        if curve
            && !Set(policy.memory.entries.map { ConditionValue.number($0) }).isSubset(of: counts)
        {
            return "it was measured with other sizes or counts than the policy's"
        }
        let simulated = record.results.first { $0.kind == .simulated }
        if policy.isSimulated,
            simulated?.conditions["entries"] != .number(policy.simulated.entries)
                || simulated?.conditions["requests"] != .number(policy.simulated.requests)
        {
            return "its counts were simulated with other entries or requests than the policy's"
        }
        return nil
    }
}
