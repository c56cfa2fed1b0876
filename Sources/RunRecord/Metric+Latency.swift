// Latencies: how their ids are made, and taken apart.
import Foundation

extension Metric {
    static let latencyRow = Metric(
        "latency_ns/{command}/{intended|actual}/{p}", "$1 $3 ($2)", .nanoseconds, .lower, .wall,
        .latency,
        "time to the reply, from the intended or the actual send time, at that percentile")

    /// From which moment a latency counts.
    public enum Timing: String, Sendable, CaseIterable {
        /// When the pacer meant to send: waiting behind a slow reply counts (open loop).
        case intended
        /// When the request was written: waiting before that is invisible.
        case actual
    }

    /// - Parameters:
    ///   - command: not empty; a `/` in it becomes `_`, for ids have four parts.
    ///   - point: `p50`, `p99`, `p99.9`, `mean`, `min` or `max`.
    public static func latency(command: String, timing: Timing, point: String) -> Metric {
        row("latency_ns/\(command.replacingOccurrences(of: "/", with: "_"))/\(timing)/\(point)")
    }

    /// What the id of a latency says.
    public struct LatencyParts: Equatable, Sendable {
        /// `get`, or `all` of them.
        public let command: String
        public let timing: Timing
        /// `p50`, `p99.9`, `mean`, `max`.
        public let point: String
    }

    /// Of `latency_ns/get/actual/p50`: `get`, from the actual send time, `p50`. Nil of other ids.
    public static func latencyParts(_ id: String) -> LatencyParts? {
        guard let parts = latencyRow.parameters(of: id), let timing = Timing(rawValue: parts[1])
        else { return nil }
        return LatencyParts(command: parts[0], timing: timing, point: parts[2])
    }
}
