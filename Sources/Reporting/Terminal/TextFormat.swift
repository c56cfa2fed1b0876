// What a terminal shows of a run, as a format.
import Foundation
import RunRecord

public struct TextFormat: ReportFormat {
    public let name = "text"
    public let isStream = true

    /// Of a terminal, where it is one.
    public let style: TerminalStyle

    public init(_ style: TerminalStyle = .plain) { self.style = style }

    public func render(_ record: RunRecord) throws(RunRecordError) -> Data {
        Data(RunReading(record).text(style).utf8)
    }
}
