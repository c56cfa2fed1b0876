// Prints a bench run while it goes on: results on stdout, everything else on stderr.
import Experiments
import Foundation
import LinuxSystem
import LoadGenerator
import Quantities
import Reporting
import RunRecord
import Statistics
import Targets

struct BenchPrinter: BenchObserver {
    var text: BenchmarkText
    let quiet: Bool
    let csv: Bool
    let toStderr: Bool
    var showsSeconds = false
    /// The words of a command under the originals' names, as they were written; nil is the result's
    /// own title, which holds no password.
    var originalTitle: String?
    /// Of `-q` on targets: what is in its columns, for the whole run.
    var columns: Columns?
    /// Why there is no number in one of them.
    private var notes = FootnoteList()
    /// Of several targets, the one that is measured.
    private var label: String?
    /// Of the live line: which share of a test of these titles is done. Nil under the originals'
    /// names, whose line has no such thing.
    var goal: (titles: Set<String>, limit: BurstLimit)?
    private var previous: LoadProgress?
    /// Invalidations come: keys are tracked, on connections that speak RESP3.
    private var tellsPushes = false
    private var title = ""

    init(text: BenchmarkText, quiet: Bool, csv: Bool, toStderr: Bool) {
        self.text = text
        self.quiet = quiet
        self.csv = csv
        self.toStderr = toStderr
    }

    func out(_ text: String) {
        if toStderr { error(text) } else { Output.print(text, terminator: "") }
    }

    private func error(_ text: String) { Output.note(text, terminator: "") }

    /// A line on stderr; none once stdout cannot be written, for that has been said.
    mutating func note(_ line: String) {
        guard Output.failure == nil else { return }
        error(line + "\n")
    }

    mutating func noted(_ line: String) { note(line) }
    mutating func cleared() { Output.eraseStatus() }

    mutating func started(_ result: BenchResult) {
        text.serverSettings = result.serverSettings
        startedCluster(result)
        label = result.label
        tellsPushes = result.options.tracksKeys && result.options.usesRESP3
        if let encryption = result.encryption, BenchOriginal.current == nil, !quiet, !csv {
            note("TLS: \(encryption.text)")
        }
        guard let target = result.options.target, columns == nil, !csv else { return }
        out("Target \(target.label) (\(target.spelling))\n\n")
    }

    mutating func progressed(_ title: String, _ progress: LoadProgress) {
        guard !csv, let columns = Output.statusColumns else { return }
        let line = BenchmarkText.progress(
            title, progress, previous: title == self.title ? previous : nil,
            showsSeconds: showsSeconds)
        let share = goal.flatMap { $0.titles.contains(title) ? $0.limit.share(progress) : nil }
        let lead = share.map { "\(Int(saturating: $0 * 100)) % " } ?? ""
        Output.show(status: String((lead + line).prefix(columns - 1)))
        previous = progress
        self.title = title
    }

    mutating func finished(_ test: BenchTestResult) {
        var shown = originalTitle ?? test.title
        if test.missedRate { shown += ", the rate was not kept" }
        var text = self.text
        if let cell = test.cell {
            text.connections = cell.connections ?? text.connections
            text.threads = cell.threads ?? text.threads
        }
        if csv {
            out(text.csv(shown, test.sample))
        } else if let columns {
            let line = columns.line(label ?? "", test, &notes)
            out(line)
        } else if quiet {
            out(text.quiet(shown, test.sample))
        } else {
            out(text.long(shown, test.sample, series: test.series))
        }
        let title = test.title
        // A mix has its fill's command too, which was not sent.
        let commands = test.sample.commands.filter { $0.operations > 0 }
        for command in commands.count > 1 ? commands : [] {
            note("\(title): \(command.label.name)", command.intendedLatency, command.latency)
        }
        if let intended = test.sample.intendedLatency, let pacing = test.sample.pacing {
            // The originals' columns are the latency from the actual send.
            note(title, intended, text.leadsWithIntended ? test.sample.latency : nil)
            if text.leadsWithIntended {
                note(
                    "\(title): schedule: \(pacing.planned) requests, \(pacing.unsent) not sent, "
                        + "slip " + Self.latencies(pacing.slip))
            }
        }
        if tellsPushes { note("\(title): \(test.sample.pushes) invalidations received") }
        if let handshakes = test.handshakes, handshakes.count > 0, BenchOriginal.current == nil {
            note("\(title): " + Self.costs(handshakes))
        }
        if columns == nil || test.partial {
            // Under each other, where several tests are asked for.
            let width = (goal?.titles ?? []).map(\.count).max() ?? 0
            note(Columns.padded("\(title):", width + 1) + " " + Self.costs(test))
        }
        if let cluster = test.sample.cluster { noteNodes(title, test, cluster) }
    }

    /// `50 TLS handshakes, 1757 a second, 0.0 % resumed: p50 …`
    private static func costs(_ handshakes: HandshakeSample) -> String {
        let rate = handshakes.perSecond.map { ", \($0.fixed(0)) a second" } ?? ""
        let resumed = handshakes.resumedRatio.map { ", \($0.percent()) resumed" } ?? ""
        return "\(handshakes.count) TLS handshakes\(rate)\(resumed): "
            + latencies(handshakes.latency)
    }

    /// Behind all lines of all targets, why some of them have no number.
    func finish() {
        if columns != nil { out(notes.text()) }
    }

    /// Latencies of `name`: where there is a schedule, those from the intended moments come first.
    private mutating func note(
        _ name: String, _ intended: LatencyHistogram?, _ actual: LatencyHistogram?
    ) {
        guard let intended else {
            if let actual { note("\(name): " + Self.latencies(actual)) }
            return
        }
        note("\(name): latency from the intended send: " + Self.latencies(intended))
        if let actual { note("\(name): latency from the actual send:   " + Self.latencies(actual)) }
    }

    /// `p50 0.031 p99 0.090 p99.9 n/a p99.99 n/a max 1.204 ms (n/a: 1000 samples do not carry …)`
    static func latencies(_ histogram: LatencyHistogram) -> String {
        var missing: Double?
        let text = percentiles([50, 99, 99.9, 99.99], histogram) { percent in
            missing = missing ?? percent
            return ""
        }
        // What does not carry one carries none beyond it.
        let reason = missing.map { " (n/a: \(histogram.shortfall($0)))" } ?? ""
        return text + " max \(milliseconds(histogram.max)) ms" + reason
    }

    /// - Parameter mark: what stands behind the `n/a` of a percentile that there is not.
    private static func percentiles(
        _ points: [Double], _ histogram: LatencyHistogram, mark: (Double) -> String
    ) -> String {
        points.map { percent in
            let name = percent == percent.rounded() ? "\(Int(percent))" : "\(percent)"
            let value = histogram.carriedPercentile(percent)
            return "p\(name) " + (value == nil ? "n/a" + mark(percent) : milliseconds(value))
        }.joined(separator: " ")
    }

    static func milliseconds(_ nanoseconds: UInt64?) -> String {
        nanoseconds.map { Nanoseconds($0).value(in: .milliseconds).fixed(3) } ?? "-"
    }

    mutating func repeated(_ tests: [BenchTestResult]) {
        let rates = tests.map(\.sample.operationsPerSecond)
        guard let median = Descriptive.median(rates), let least = rates.min(),
            let most = rates.max()
        else { return }
        var line =
            "\(tests[0].title): median of \(tests.count): \(median.fixed(2)) requests per second "
            + "(\(least.fixed(2)) to \(most.fixed(2)), "
            + "spread \(((most - least) / median).percent()))"
        let server = tests.compactMap(\.serverCPUPerOperation)
        if let middle = Descriptive.median(server), let low = server.min(), let high = server.max()
        {
            line +=
                ", server CPU \(middle.fixed(0)) ns per request "
                + "(spread \(((high - low) / middle).percent()))"
        }
        note(line)
    }

    mutating func chose(_ best: BenchGrid.Best) {
        if csv { note(best.text) } else { out(best.text + "\n") }
    }

    mutating func saturated(_ found: Saturation) {
        guard let rate = found.rate, let value = found.nanoseconds, found.isConfirmed else {
            return
        }
        let percent = found.objective.percent
        let name = percent == percent.rounded() ? "\(Int(percent))" : "\(percent)"
        out(
            "\(found.title): \(rate.fixed(2)) requests per second, "
                + "p\(name)=\(Nanoseconds(value).value(in: .milliseconds).fixed(3)) msec\n")
    }

    /// `1,203,456 requests/s per core; CPU per request: server  831 ns, client  305 ns`
    private static func costs(_ test: BenchTestResult) -> String {
        func nanoseconds(_ value: Double?) -> String {
            value.map { "\($0.fixed(0, width: 5)) ns" } ?? "n/a (not a local process)"
        }
        let perCore = test.operationsPerCoreSecond.map {
            "\(Columns.number($0)) requests/s per core; "
        }
        let share = test.sample.clientShare.map {
            "; client busy \($0.percent(0)) of the time"
        }
        let verdict = test.clientIsBottleneck == true ? " (the bottleneck)" : ""
        return (test.partial ? "partial: " : "") + (perCore ?? "")
            + "CPU per request: server \(nanoseconds(test.serverCPUPerOperation)), "
            + "client \(nanoseconds(test.clientCPUPerOperation))"
            + (share.map { $0 + verdict } ?? "")
    }
}

extension BenchPrinter {
    /// A test of a target in one line, under the one before it.
    struct Columns {
        /// Of the longest label; 0 where there is one target.
        let labelWidth: Int
        /// Of the longest title.
        let titleWidth: Int

        /// Ten million a second, with its commas.
        private static let numberWidth = 10

        /// `valkey-9.1  GET     1,153,208 ops/s   1,310,225 per core  p50 0.031 p99 0.090 ms`
        /// - Parameter notes: gets why a number is `n/a`.
        func line(
            _ label: String, _ test: BenchTestResult, _ notes: inout FootnoteList
        ) -> String {
            let sample = test.sample
            let intended = sample.intendedLatency
            let latency = intended ?? sample.latency
            let perCore =
                if let rate = test.operationsPerCoreSecond { Self.number(rate) } else {
                    Self.right("n/a" + notes.mark(BenchResult.unreadReason))
                }
            var line = labelWidth > 0 ? Self.padded(label, labelWidth) + "  " : ""
            line += Self.padded(test.title, titleWidth)
            line += "  \(Self.number(sample.operationsPerSecond)) ops/s"
            line += "  \(perCore) per core  "
            line += BenchPrinter.percentiles([50, 99], latency) { percent in
                notes.mark(latency.shortfall(percent))
            }
            line += " ms"
            line += intended == nil ? "" : " from the intended send"
            return line + (test.missedRate ? ", the rate was not kept" : "") + "\n"
        }

        static func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }

        static func number(_ value: Double) -> String {
            right(Scale(.operationsPerSecond, values: [value]).number(value))
        }

        private static func right(_ text: String) -> String {
            String(repeating: " ", count: max(0, numberWidth - text.count)) + text
        }
    }
}

extension BurstLimit {
    /// How much of a burst is done, from 0 to 1.
    fileprivate func share(_ progress: LoadProgress) -> Double {
        let share =
            switch self {
            case .requests(let count): Double(progress.operations) / Double(max(count, 1))
            case .duration(let time): Double(progress.elapsedNanoseconds) / Double(max(time, 1))
            }
        return min(share, 1)
    }
}
