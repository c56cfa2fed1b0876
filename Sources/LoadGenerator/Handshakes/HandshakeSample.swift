// What TLS handshakes took, apart from the requests behind them.
import Quantities
import Statistics

public struct HandshakeSample: Sendable, Codable {
    /// Of each, from when its connection stood to when this side had finished.
    public private(set) var latency = LatencyHistogram()
    /// Those that took up an earlier session.
    public private(set) var resumed: UInt64 = 0
    /// Clock.monotonicNanoseconds of the first one's beginning and of the last one's end.
    public private(set) var startNanoseconds: UInt64 = .max
    public private(set) var endNanoseconds: UInt64 = 0

    init() {}

    public var count: UInt64 { latency.count }

    /// Handshakes per second of the time that they took together; nil without any.
    public var perSecond: Double? {
        guard count > 0, endNanoseconds > startNanoseconds else { return nil }
        let span = endNanoseconds - startNanoseconds
        return Double(count) * Nanoseconds.perSecond / Double(span)
    }

    /// The share that took up an earlier session; nil without any.
    public var resumedRatio: Double? {
        count > 0 ? Double(resumed) / Double(count) : nil
    }

    mutating func add(from start: UInt64, to end: UInt64, isResumed: Bool) {
        latency.record(end > start ? end - start : 1)
        if isResumed { resumed += 1 }
        startNanoseconds = min(startNanoseconds, start)
        endNanoseconds = max(endNanoseconds, end)
    }

    /// Adds what others took; the time span becomes the one that covers both.
    public mutating func merge(_ other: HandshakeSample) {
        latency.merge(other.latency)
        resumed += other.resumed
        startNanoseconds = min(startNanoseconds, other.startNanoseconds)
        endNanoseconds = max(endNanoseconds, other.endNanoseconds)
    }
}
