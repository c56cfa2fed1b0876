// What a terminal shows of a run, as a format.
import Foundation
import RunRecord

public struct TextFormat: ReportFormat {
    public let name = "text"
    public let isStream = true

    public init() {}

    public func render(_ record: RunRecord) throws(RunRecordError) -> Data {
        Data(RunReading(record).text().utf8)
    }
}
