// The latencies of a bench run as an HdrHistogram log, which HdrHistogram's plotter and the log
// processors of its Java, C and Python implementations read.
//
//     #[StartTime: 1763700000.000 (seconds since epoch), …]
//     "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
//     Tag=SET-GET-actual,0.000,10.002,3.412,HISTFAAA…
//
// One line for each measured burst, command and timing: from the actual send, and in an open loop
// from the intended moment as well; of several targets, their labels come first in the tags. Times
// in s, the maximum in ms, histograms in ns.
//
// Credits: the format is Gil Tene's (HistogramLogWriter, version 1.3).
import Foundation
import LoadGenerator
import Quantities
import Statistics

public enum BenchLog {
    /// - Parameters:
    ///   - results: of each target.
    ///   - startedAt: when the run began; lines count from the first burst.
    public static func text(_ results: [BenchResult], startedAt: Date) -> String {
        let start = startedAt.timeIntervalSince1970.fixed(3)
        var text =
            "#[Histogram log format version 1.3]\n"
            + "#[StartTime: \(start) (seconds since epoch), \(startedAt.formatted(.iso8601))]\n"
            + "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
            + "\"Interval_Compressed_Histogram\"\n"
        let first = results.flatMap(\.tests).first { $0.skipped == nil }
        let origin = first?.sample.startNanoseconds ?? 0
        for result in results {
            let prefix = results.count > 1 ? "\(result.label)-" : ""
            for outcome in result.tests where outcome.skipped == nil {
                text += lines(outcome, prefix, from: origin)
            }
        }
        return text
    }

    private static func lines(
        _ outcome: BenchTestResult, _ prefix: String, from origin: UInt64
    ) -> String {
        var text = ""
        for command in outcome.sample.commands {
            let timings: [(String, LatencyHistogram?)] = [
                ("actual", command.latency), ("intended", command.intendedLatency),
            ]
            for (timing, histogram) in timings {
                guard let histogram, let longest = histogram.max else { continue }
                // A tag ends at the comma and holds no blanks.
                let tag = "\(prefix)\(outcome.title)-\(command.label.name)-\(timing)"
                    .map { $0 == "," || $0.isWhitespace ? "_" : String($0) }.joined()
                let numbers = [
                    Nanoseconds(outcome.sample.startNanoseconds - origin).seconds,
                    Nanoseconds(outcome.sample.durationNanoseconds).seconds,
                    Nanoseconds(longest).value(in: .milliseconds),
                ]
                text += "Tag=\(tag)," + numbers.map { $0.fixed(3) + "," }.joined()
                text += histogram.base64V2() + "\n"
            }
        }
        return text
    }
}
