// Latencies of a measured phase by what happened meanwhile: of each event, from its moment to the
// next or for as long as it is watched, and of the quiet time around them.
//
//     |  quiet  | BGSAVE ………… |  quiet  | FLUSHALL ……| overlay ………… |  quiet  |
//
// The load comes in steps of 100 ms; a step belongs to the latest event that it touches, and counts
// where it began by the clock, for a stall makes it longer than planned.
import LinuxSystem
import LoadGenerator
import Quantities
import RunRecord
import Statistics
import Workloads

struct EventWindows {
    private struct Window {
        let name: String
        /// In ms of the phase.
        let begin: Int
        var end: Int
        /// Why there is nothing to measure.
        var reason: String?
        var latency = LatencyHistogram()
        var longestStall: UInt64 = 0
    }

    private var quiet = Window(name: "quiet", begin: 0, end: 0)
    private var windows: [Window] = []

    /// Whether anything happens.
    var isEmpty: Bool { windows.isEmpty }

    /// - Parameter milliseconds: how long the phase is.
    init(_ workload: Workload, phase: String, milliseconds: Int) {
        var windows = workload.events.filter { $0.phase == phase }.map { event in
            Window(
                name: event.name, begin: event.atMilliseconds,
                end: min(event.atMilliseconds + event.watchMilliseconds, milliseconds))
        }
        for overlay in workload.overlays {
            let end = overlay.fromMilliseconds + (overlay.lengthMilliseconds ?? milliseconds)
            // One that is there all the time is part of the quiet.
            guard overlay.fromMilliseconds > 0 || end < milliseconds else { continue }
            windows.append(
                Window(
                    name: "overlay \(overlay.name)", begin: overlay.fromMilliseconds,
                    end: min(end + ServerEvent.usualWatch, milliseconds)))
        }
        windows.sort { ($0.begin, $0.name) < ($1.begin, $1.name) }
        for index in windows.indices.dropLast() {
            windows[index].end = min(windows[index].end, windows[index + 1].begin)
        }
        for index in windows.indices where windows[index].begin >= milliseconds {
            windows[index].reason = "the phase was over before"
        }
        self.windows = windows
    }

    /// Says that an event did not happen.
    mutating func leaveOut(_ name: String, _ reason: String) {
        for index in windows.indices where windows[index].name == name {
            windows[index].reason = windows[index].reason ?? reason
        }
    }

    /// A step of the load, with its latencies from the moments that count.
    /// - Parameter begin: in ms of the phase.
    mutating func add(
        _ latency: LatencyHistogram, longestStall: UInt64, from begin: Int, milliseconds: Int
    ) {
        let index = windows.lastIndex { window in
            window.reason == nil && begin + milliseconds > window.begin && begin < window.end
        }
        if let index {
            windows[index].latency.merge(latency)
            windows[index].longestStall = max(windows[index].longestStall, longestStall)
        } else {
            quiet.latency.merge(latency)
            quiet.longestStall = max(quiet.longestStall, longestStall)
        }
    }

    /// Adds p50, p99, the longest latency and, of a closed loop, the longest stall of each.
    func addResults(
        target: String, workload: String, conditions: Conditions, isOpen: Bool,
        _ recorder: Recorder
    ) {
        guard !isEmpty else { return }
        let timing: Metric.Timing = isOpen ? .intended : .actual
        for window in [quiet] + windows {
            var conditions = conditions
            conditions["during"] = .string(window.name)
            let writer = LatencyResults(
                target: target, workload: workload, conditions: conditions,
                points: [.percentile(50), .percentile(99), .max], parts: .repetitions)
            let results = writer.results([window.latency], keepsWhole: window.reason == nil) {
                .latency(command: "all", timing: timing, point: $0)
            }
            for result in results {
                guard let reason = window.reason, let metric = Metric.named(result.metric) else {
                    recorder.add(result)
                    continue
                }
                recorder.add(
                    RunRecord.Result(
                        metric, target: target, workload: workload, conditions: conditions,
                        unavailable: reason))
            }
            // In an open loop a stall is in the latencies.
            guard !isOpen else { continue }
            if let reason = window.reason {
                recorder.add(
                    RunRecord.Result(
                        .stallMax, target: target, workload: workload, conditions: conditions,
                        unavailable: reason))
            } else if !window.latency.isEmpty {
                recorder.add(
                    RunRecord.Result(
                        .stallMax, target: target, workload: workload, conditions: conditions,
                        value: Double(window.longestStall)))
            }
        }
    }
}
