// The document's bytes: deterministic (sorted keys, no escaped slashes), so that records in git
// differ only where runs differ.
import Foundation

/// What is wrong with a record or its file, in one line, and what to do.
public struct RunRecordError: Error, Equatable, CustomStringConvertible {
    public var cause: String
    public var remedy: String

    public init(cause: String, remedy: String) {
        self.cause = cause
        self.remedy = remedy
    }

    public var description: String { "\(cause); \(remedy)" }
}

extension RunRecord {
    /// The document, indented, with a newline at the end.
    /// - Throws: `RunRecordError` when a number in it is NaN or infinite.
    public func json() throws(RunRecordError) -> Data {
        try Self.encode(self, [.prettyPrinted])
    }

    /// The whole document on one line.
    public func wholeLine() throws(RunRecordError) -> Data { try Self.encode(self, []) }

    /// The record on one line for the history: without samples, rounds, series, trials, nodes,
    /// profiles, hosts' shares and histograms.
    public func historyLine() throws(RunRecordError) -> Data {
        var short = self
        short.rounds = []
        short.series = []
        short.trials = []
        short.nodeShares = []
        short.profiles = []
        short.loadHosts = []
        short.results = results.map(\.withoutSamples)
        return try Self.encode(short, [])
    }

    private static func encode(
        _ record: RunRecord, _ style: JSONEncoder.OutputFormatting
    ) throws(RunRecordError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, style]
        do {
            return try encoder.encode(record) + [UInt8(ascii: "\n")]
        } catch {
            throw RunRecordError(
                cause: "the run record cannot be written as JSON: \(oneLine(error))",
                remedy: "a reading that is no number must be recorded as unavailable")
        }
    }

    /// Reads a record.
    /// - Parameter name: how errors call it, usually the file's path.
    /// - Throws: `RunRecordError` when it is no record, one of another major schema, or one with
    ///   numbers that no run has.
    public init(json: Data, name: String = "the run record") throws(RunRecordError) {
        let decoder = JSONDecoder()
        let remedy = "give a file that hashmark wrote with --json or --out"
        try NumberBounds.check(json, name: name, remedy: remedy)
        do {
            try Self.checkSchema(decoder.decode(SchemaOnly.self, from: json).schema, name: name)
            self = try decoder.decode(RunRecord.self, from: json)
        } catch let error as RunRecordError {
            throw error
        } catch {
            throw RunRecordError(
                cause: "\(name) is no run record: \(oneLine(error))", remedy: remedy)
        }
    }

    private struct SchemaOnly: Decodable { var schema: String }

    /// `hashmark.run/1` and `hashmark.run/1.7` are read by version 1.
    private static func checkSchema(_ found: String, name: String) throws(RunRecordError) {
        let isOurs = found == schema || found.hasPrefix(schema + ".")
        guard !isOurs else { return }
        let family = schema.prefix { $0 != "/" }
        throw RunRecordError(
            cause: "\(name) has the schema \(String(reflecting: found)), not \(schema)",
            remedy: found.hasPrefix(family + "/")
                ? "use the hashmark that wrote it, or measure again" : "give a run record")
    }
}

/// Foundation's description of a coding error runs over many lines; this one names the place.
func oneLine(_ error: any Error) -> String {
    func place(_ path: [any CodingKey]) -> String {
        path.isEmpty
            ? ""
            : " at "
                + path.map { $0.intValue.map(String.init) ?? $0.stringValue }
                .joined(separator: ".")
    }
    switch error {
    case DecodingError.keyNotFound(let key, let context):
        return "no \(key.stringValue)\(place(context.codingPath))"
    case DecodingError.typeMismatch(let type, let context):
        return "no \(type)\(place(context.codingPath))"
    case DecodingError.valueNotFound(let type, let context):
        return "no \(type)\(place(context.codingPath))"
    case DecodingError.dataCorrupted(let context):
        return "damaged JSON\(place(context.codingPath))"
    case EncodingError.invalidValue(let value, let context):
        return "\(value)\(place(context.codingPath))"
    default:
        return "\(error)".split(separator: "\n").first.map(String.init) ?? "unknown error"
    }
}
