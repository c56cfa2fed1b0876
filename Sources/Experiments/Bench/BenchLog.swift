// The latencies of a bench run as an HdrHistogram log, which HdrHistogram's plotter and the log
// processors of its Java, C and Python implementations read.
//
//     #[StartTime: 1763700000.000 (seconds since epoch), …]
//     "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
//     Tag=SET-GET-actual,0.000,10.002,3.412,HISTFAAA…
//
// One line for each measured burst, command and timing: from the actual send, and in an open loop
// from the intended moment as well. Times in s, the maximum in ms, histograms in ns.
//
// Credits: the format is Gil Tene's (HistogramLogWriter, version 1.3).
import Foundation
import LoadGenerator
import Quantities
import Statistics

extension BenchResult {
    /// - Parameter startedAt: when the run began; lines count from the first burst.
    public func histogramLog(startedAt: Date) -> String {
        let start = String(format: "%.3f", startedAt.timeIntervalSince1970)
        var text =
            "#[Histogram log format version 1.3]\n"
            + "#[StartTime: \(start) (seconds since epoch), \(startedAt.formatted(.iso8601))]\n"
            + "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
            + "\"Interval_Compressed_Histogram\"\n"
        let origin = tests.first { $0.skipped == nil }?.sample.startNanoseconds ?? 0
        for outcome in tests where outcome.skipped == nil {
            for command in outcome.sample.commands {
                let timings: [(String, LatencyHistogram?)] = [
                    ("actual", command.latency), ("intended", command.intendedLatency),
                ]
                for (timing, histogram) in timings {
                    guard let histogram, let longest = histogram.max else { continue }
                    // A tag ends at the comma and holds no blanks.
                    let tag = "\(outcome.title)-\(command.label.name)-\(timing)"
                        .map { $0 == "," || $0.isWhitespace ? "_" : String($0) }.joined()
                    text += String(
                        format: "Tag=%@,%.3f,%.3f,%.3f,", tag,
                        Nanoseconds(outcome.sample.startNanoseconds - origin).seconds,
                        Nanoseconds(outcome.sample.durationNanoseconds).seconds,
                        Nanoseconds(longest).value(in: .milliseconds))
                    text += histogram.base64V2() + "\n"
                }
            }
        }
        return text
    }
}
