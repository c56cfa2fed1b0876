// Results in the words of redis-benchmark and valkey-benchmark, so that scripts which read those
// read these: the long report, the `-q` line, the CSV row, the progress line.
//
// Differences, all deliberate: latencies below 10 µs and above 3 s are not clamped, there is one
// sample per command and not per batch, and throughput is computed from ns and not ms.
import Quantities
import Statistics

public struct BenchmarkText: Sendable {
    public var connections: Int
    public var dataBytes: Int
    public var keepAlive = true
    /// nil when not given: "multi-thread: no".
    public var threads: Int?
    /// Decimal digits kept of a latency in µs (`--precision`).
    public var precision = 3
    /// `save` and `appendonly` of the server, when it tells.
    public var serverSettings: (save: String, appendOnly: String)?
    /// Of a cluster, instead: which nodes answer (`primary`, `replica` or `cluster`), and what each
    /// of them tells.
    public var cluster: (role: String, settings: [(save: String, appendOnly: String)?])?
    /// Of `--rps`: the long report then says how well it was met. 0 without a limit.
    public var requestsPerSecond: UInt64 = 0
    /// Where there is a schedule, the latencies are those from the intended moments and say so,
    /// with the others behind them. False: the columns of the originals, which know no such
    /// moments.
    public var leadsWithIntended = false

    public init(connections: Int, dataBytes: Int) {
        self.connections = connections
        self.dataBytes = dataBytes
    }

    public static let csvHeader =
        "\"test\",\"rps\",\"avg_latency_ms\",\"min_latency_ms\",\"p50_latency_ms\","
        + "\"p95_latency_ms\",\"p99_latency_ms\",\"max_latency_ms\"\n"

    /// `SET: 98039.22 requests per second, p50=0.039 msec`
    public func quiet(_ title: String, _ sample: LoadSample) -> String {
        let intended = intended(sample)
        func median(_ histogram: LatencyHistogram) -> String {
            Microseconds(histogram, precision, carriedOnly: intended != nil).percentile(50)
                .map { $0.fixed(3) } ?? "n/a"
        }
        let rate = sample.operationsPerSecond.fixed(2)
        let first = median(intended ?? sample.latency)
        let line = "\(title): \(rate) requests per second, p50=\(first)"
        guard intended != nil else { return line + " msec\n" }
        return line + (first == "n/a" ? "" : " msec")
            + " from the intended send, \(median(sample.latency)) from the actual\n"
    }

    private func intended(_ sample: LoadSample) -> LatencyHistogram? {
        leadsWithIntended ? sample.intendedLatency : nil
    }

    /// A row under `csvHeader`.
    public func csv(_ title: String, _ sample: LoadSample) -> String {
        let numbers = Microseconds(sample.latency, precision).summary
        return "\"\(title.replacing("\"", with: "\"\""))\",\""
            + sample.operationsPerSecond.fixed(2) + "\","
            + numbers.map { "\"\($0)\"" }.joined(separator: ",") + "\n"
    }

    /// The report that is printed without `-q` and `--csv`.
    /// - Parameter series: progress every 250 ms, for the summary of `--rps`.
    public func long(
        _ title: String, _ sample: LoadSample, series: [LoadProgress] = []
    ) -> String {
        let intended = intended(sample)
        let carriedOnly = intended != nil
        let latencies = Microseconds(
            intended ?? sample.latency, precision, carriedOnly: carriedOnly)
        let timing = intended == nil ? "" : " from the intended send"
        var text = "====== \(title) ======\n"
        let seconds = Nanoseconds(sample.spanNanoseconds).seconds.fixed(2)
        text += "  \(sample.operations) requests completed in \(seconds) seconds\n"
        text += "  \(connections) parallel clients\n"
        text += "  \(dataBytes) bytes payload\n"
        text += "  keep alive: \(keepAlive ? 1 : 0)\n"
        if let cluster {
            text += "  cluster mode: yes (\(cluster.settings.count) \(cluster.role))\n"
            for (index, settings) in cluster.settings.enumerated() {
                guard let settings else { continue }
                text += "  node [\(index)] configuration:\n"
                text += "    save: \(settings.save.isEmpty ? "NONE" : settings.save)\n"
                text += "    appendonly: \(settings.appendOnly)\n"
            }
        } else if let serverSettings {
            text += "  host configuration \"save\": \(serverSettings.save)\n"
            text += "  host configuration \"appendonly\": \(serverSettings.appendOnly)\n"
        }
        text += "  multi-thread: \(threads == nil ? "no" : "yes")\n"
        if let threads { text += "  threads: \(threads)\n" }
        text += rateSummary(series)
        text += "\nLatency by percentile distribution\(timing):\n" + latencies.percentileLines
        text += "\nCumulative distribution of latencies\(timing):\n" + latencies.cumulativeLines
        text += "\nSummary:\n"
        let rate = sample.operationsPerSecond.fixed(2)
        text += "  throughput summary: \(rate) requests per second\n"
        text += Self.summary("latency summary\(timing) (msec)", latencies)
        if intended != nil {
            text += Self.summary(
                "latency summary from the actual send (msec)",
                Microseconds(sample.latency, precision, carriedOnly: carriedOnly))
        }
        return text
    }

    private static func summary(_ heading: String, _ latencies: Microseconds) -> String {
        "  \(heading):\n  " + columns(["avg", "min", "p50", "p95", "p99", "max"])
            + "  " + columns(latencies.summary)
    }

    /// Rates of the 250 ms intervals under `--rps`; nothing without it, or in a shorter burst.
    private func rateSummary(_ series: [LoadProgress]) -> String {
        var before = LoadProgress(elapsedNanoseconds: 0, operations: 0, latencySumNanoseconds: 0)
        let rates = series.map { point in
            defer { before = point }
            let span = point.elapsedNanoseconds - before.elapsedNanoseconds
            return Double(point.operations - before.operations) * Nanoseconds.perSecond
                / Double(max(span, 1))
        }.sorted()
        guard requestsPerSecond > 0, let least = rates.first, let most = rates.last else {
            return ""
        }
        func percentile(_ percent: Int) -> Double {
            rates[max(0, (rates.count * percent + 99) / 100 - 1)]
        }
        let mean = rates.reduce(0, +) / Double(rates.count)
        let points = [mean, least, percentile(50), percentile(95), percentile(99), most]
        return "\nRPS Summary:\n"
            + "  target RPS: \(Double(requestsPerSecond).fixed(2))\n"
            + "  RPS distribution (reqs/sec):\n  "
            + Self.columns(["avg", "min", "p50", "p95", "p99", "max"])
            + "  " + Self.columns(points.map { $0.fixed(3) })
    }

    private static func columns(_ words: [String]) -> String {
        words.reduce(" ") {
            $0 + " " + String(repeating: " ", count: max(0, 9 - $1.count)) + $1
        } + "\n"
    }

    /// `SET: rps=101234.0 (overall: 99876.5) avg_msec=0.312 (overall: 0.318) 49999 requests`,
    /// without a line end.
    /// - Parameter previous: the progress that the last such line showed, if there was one.
    public static func progress(
        _ title: String, _ progress: LoadProgress, previous: LoadProgress?, showsSeconds: Bool
    ) -> String {
        let before =
            previous
            ?? LoadProgress(elapsedNanoseconds: 0, operations: 0, latencySumNanoseconds: 0)
        let span =
            progress.elapsedNanoseconds
            - min(
                before.elapsedNanoseconds, progress.elapsedNanoseconds)
        let operations = progress.operations - min(before.operations, progress.operations)
        let sum =
            progress.latencySumNanoseconds
            - min(before.latencySumNanoseconds, progress.latencySumNanoseconds)
        func ratio(_ value: UInt64, _ by: UInt64) -> Double {
            by > 0 ? Double(value) / Double(by) : 0
        }
        func rate(_ operations: UInt64, _ span: UInt64) -> String {
            (ratio(operations, span) * Nanoseconds.perSecond).fixed(1)
        }
        func mean(_ sum: UInt64, _ operations: UInt64) -> String {
            Nanoseconds.value(ratio(sum, operations), in: .milliseconds).fixed(3)
        }
        let line =
            "\(title): rps=\(rate(operations, span)) "
            + "(overall: \(rate(progress.operations, progress.elapsedNanoseconds))) "
            + "avg_msec=\(mean(sum, operations)) "
            + "(overall: \(mean(progress.latencySumNanoseconds, progress.operations)))"
        return showsSeconds
            ? line + " \(Nanoseconds(progress.elapsedNanoseconds).seconds.fixed(1)) seconds"
            : line + " \(progress.operations) requests"
    }
}

/// A latency histogram as those tools see it: whole µs at so many digits. All results are in ms.
private struct Microseconds {
    private let histogram: LatencyHistogram
    private let precision: Int
    /// Percentiles that too few samples lie beyond are not told: where the words are ours.
    private let carriedOnly: Bool
    /// Values in µs with the number of samples, rising.
    private let steps: [(value: UInt64, count: UInt64)]
    private let total: UInt64

    init(_ histogram: LatencyHistogram, _ precision: Int, carriedOnly: Bool = false) {
        self.histogram = histogram
        self.precision = precision
        self.carriedOnly = carriedOnly
        total = histogram.count
        var steps: [(value: UInt64, count: UInt64)] = []
        for bucket in histogram.buckets() {
            let highest = min(bucket.highest, histogram.max ?? 0)
            let value = Self.round(Nanoseconds(highest).whole(.microseconds), precision)
            if steps.last?.value == value {
                steps[steps.count - 1].count += bucket.count
            } else {
                steps.append((value, bucket.count))
            }
        }
        self.steps = steps
    }

    /// The largest value that an HdrHistogram of so many digits does not tell from `value`.
    private static func round(_ value: UInt64, _ digits: Int) -> UInt64 {
        // Single units up to twice 10^digits, the next power of two of which is the bucket size.
        var size: UInt64 = 2
        for _ in 0..<min(max(digits, 0), 4) { size *= 10 }
        let bits = 64 - (size - 1).leadingZeroBitCount
        let width = 64 - value.leadingZeroBitCount
        return width <= bits ? value : value | ((1 << UInt64(width - bits)) - 1)
    }

    private func milliseconds(_ nanoseconds: UInt64?) -> Double {
        let whole = Nanoseconds(nanoseconds ?? 0).whole(.microseconds)
        return Nanoseconds.value(
            Double(Self.round(whole, precision)), .microseconds, in: .milliseconds)
    }

    /// nil where it is not told.
    func percentile(_ percent: Double) -> Double? {
        isTold(percent) ? milliseconds(histogram.percentile(percent)) : nil
    }

    private func isTold(_ percent: Double) -> Bool {
        !carriedOnly || percent < 100 && total >= LatencyHistogram.samplesNeeded(percent)
    }

    /// avg, min, p50, p95, p99, max
    var summary: [String] {
        let points: [Double?] = [
            Nanoseconds.value(histogram.mean ?? 0, in: .milliseconds),
            milliseconds(histogram.min), percentile(50), percentile(95), percentile(99),
            milliseconds(histogram.max),
        ]
        return points.map { $0.map { $0.fixed(3) } ?? "n/a" }
    }

    private func line(_ percent: Double, _ value: UInt64, _ count: UInt64) -> String {
        let milliseconds = Nanoseconds.value(Double(value), .microseconds, in: .milliseconds)
        return "\(percent.fixed(3))% <= \(milliseconds.fixed(3)) milliseconds "
            + "(cumulative count \(count))\n"
    }

    /// One line per halving of the distance to 100 %, as HdrHistogram's percentile iterator goes
    /// with one tick; a level that falls on the step of the one before is left out.
    var percentileLines: String {
        var text = ""
        var level = 0.0
        var cumulative: UInt64 = 0
        for step in steps {
            cumulative += step.count
            let share = 100 * Double(cumulative) / Double(total)
            guard level <= share else { continue }
            // Level 0 is the smallest sample, whatever their number.
            if level == 0 || isTold(level) {
                text += line(level, step.value, cumulative)
            }
            if cumulative == total { break }
            while level <= share { level += (100 - level) / 2 }
        }
        if let last = steps.last { text += line(100, last.value, total) }
        return text
    }

    /// Every 0.1 ms up to 2 ms, then every 1 ms; levels that add nothing are left out.
    var cumulativeLines: String {
        var text = ""
        var previous: UInt64?
        var cumulative: UInt64 = 0
        var index = 0
        var level: UInt64 = 100
        while index < steps.count {
            while index < steps.count && steps[index].value <= level {
                cumulative += steps[index].count
                index += 1
            }
            if previous != cumulative || cumulative == total {
                text += line(100 * Double(cumulative) / Double(total), level, cumulative)
            }
            previous = cumulative
            // Finer steps add only noise above 2 ms; as there, the levels are then 2.1, 3.1, …
            let step: UInt64 = level > 2000 ? 1000 : 100
            level += step
            if step == 1000 && index < steps.count && steps[index].value > level {
                level += (steps[index].value - level) / step * step  // nothing in between
            }
        }
        return text
    }
}
