// A run as the rows that it becomes: pure, so that two programs that publish one run write the same
// rows.
import Foundation
import RunRecord
import Statistics

package struct PublishedRun {
    let record: RunRecord

    package init(_ record: RunRecord) { self.record = record }

    /// What the run measured, when and where: its key is a hash of this. The same for the whole
    /// record, for its line in a history, and under every label.
    package var content: String {
        var parts = [
            record.startedAt ?? "", String(record.seed), record.hashmarkVersion,
            record.environment.hostnameHash ?? "", record.environment.comparisonKey,
        ]
        parts += record.arguments
        for result in record.results {
            parts += [
                "", result.metric, result.target, result.workload ?? "",
                result.conditions.summary,
                // Every bit: what is printed may be rounded.
                result.value.map { String($0.bitPattern, radix: 16) } ?? "none",
            ]
        }
        return parts.joined(separator: "\u{1f}")
    }

    /// The line of a history, without its end.
    package func line() throws(RunRecordError) -> String {
        var data = try record.historyLine()
        if data.last == UInt8(ascii: "\n") { data.removeLast() }
        return String(decoding: data, as: UTF8.self)
    }

    /// The buckets of one result's distribution, as arrays that PostgreSQL reads.
    package struct Buckets {
        /// Of the result, counting from 1.
        package let place: Int
        package let lowest: String
        package let highest: String
        package let counts: String
    }

    /// - Throws: where a histogram is not one of ours.
    package func buckets() throws(RunRecordError) -> [Buckets] {
        var all: [Buckets] = []
        for (index, result) in record.results.enumerated() {
            guard let text = result.histogram else { continue }
            let histogram: LatencyHistogram
            do throws(HistogramCodingError) {
                histogram = try LatencyHistogram(base64V2: text)
            } catch {
                throw RunRecordError(
                    cause: "\(result.metric) of \(result.target): \(error)",
                    remedy: "publish records that hashmark wrote")
            }
            let found = histogram.buckets()
            if found.isEmpty { continue }
            // The last bucket is cut off where the histogram ends.
            let most = LatencyHistogram.highestTrackableNanoseconds
            all.append(
                Buckets(
                    place: index + 1, lowest: Self.array(found.map(\.lowest)),
                    highest: Self.array(found.map { min($0.highest, most) }),
                    counts: Self.array(found.map(\.count))))
        }
        return all
    }

    private static func array(_ numbers: [UInt64]) -> String {
        "{" + numbers.map { String($0) }.joined(separator: ",") + "}"
    }
}
