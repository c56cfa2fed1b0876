// Which percentiles so many samples carry. A percentile that hardly a sample lies beyond is one
// sample's luck: p99.9 of eight replies is their largest, under another name. Such a point is told
// as not available, with the count.

extension LatencyHistogram {
    /// Samples that must lie beyond a percentile: with ten its rank has a standard error of a third
    /// of the tail; below that it is an anecdote.
    public static let samplesBeyond = 10

    /// Samples that a percentile needs: 20 for the median, 1,000 for p99, 10,000 for p99.9.
    /// - Parameter percent: 0 …< 100.
    public static func samplesNeeded(_ percent: Double) -> UInt64 {
        precondition(0 <= percent && percent < 100, "a percentile lies below 100")
        // Rounded, for 100 − 99.9 is not quite 0.1.
        return UInt64((Double(samplesBeyond) * 100 / (100 - percent)).rounded())
    }

    /// The percentile, in ns; nil where too few samples lie beyond it.
    public func carriedPercentile(_ percent: Double) -> UInt64? {
        count >= Self.samplesNeeded(percent) ? percentile(percent) : nil
    }

    /// Why there is no such percentile: `8 samples do not carry p99.9, which takes 10000`.
    public func shortfall(_ percent: Double) -> String {
        let name = percent == percent.rounded() ? "p\(Int(percent))" : "p\(percent)"
        return "\(count) sample\(count == 1 ? " does" : "s do") not carry \(name), which takes "
            + "\(Self.samplesNeeded(percent))"
    }
}
