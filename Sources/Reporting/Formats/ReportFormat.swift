// The formats that a run record can be written in. Each is a type, in a file of this folder or
// beside what it prints, and a row of the list here.
import Foundation
import RunRecord

/// One way to write a run record.
public protocol ReportFormat: Sendable, CustomStringConvertible {
    /// What `--format` and `--export` call it.
    var name: String { get }
    /// Whether several documents make one stream.
    var isStream: Bool { get }

    /// The document.
    /// - Throws: where the record holds nothing that it could say.
    func render(_ record: RunRecord) throws(RunRecordError) -> Data

    /// Why no record can be written so whose numbers are better for being `better`, in words with
    /// a remedy; nil where one can.
    func problem(ofNumbers better: Set<Metric.Better>) -> String?

    /// Why no record can be written so that has call stacks, or has none, in words with a remedy;
    /// nil where one can.
    func problem(ofProfiles isThere: Bool) -> String?

    /// Why no record can be written so that has that many loads with a rate, or more, in words with
    /// a remedy; nil where one can.
    func problem(ofLoads least: Int) -> String?

    /// What the document cannot say of the record, a line each.
    func doubts(_ record: RunRecord) -> [String]
}

extension ReportFormat {
    public var isStream: Bool { false }
    public var description: String { name }

    public func problem(ofNumbers better: Set<Metric.Better>) -> String? { nil }
    public func problem(ofProfiles isThere: Bool) -> String? { nil }
    public func problem(ofLoads least: Int) -> String? { nil }
    public func doubts(_ record: RunRecord) -> [String] { [] }
}

public enum ReportFormats {
    public static let all: [any ReportFormat] = [
        TextFormat(), MarkdownFormat(), HTMLFormat(), JUnitFormat(), AnnotationsFormat(),
        GoFormat(), ActionFormat(.higher), ActionFormat(.lower), BencherFormat(),
        OpenMetricsFormat(), InfluxFormat(), MemtierFormat(), CSVFormat(),
        FoldedFormat(), SpeedscopeFormat(), PprofFormat(), FirefoxFormat(), PerfScriptFormat(),
    ]

    /// The format of that name; nil where there is none.
    public static func named(_ name: String) -> (any ReportFormat)? {
        all.first { $0.name == name }
    }

    /// `text, markdown, …`.
    public static var names: String { all.map(\.name).joined(separator: ", ") }
}
