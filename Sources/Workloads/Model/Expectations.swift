// What a workload's realisation must look like: the source's own figures, held against a sample.

public struct Expectations: Sendable, Equatable {
    /// Of one size: statistics of it by name (`mean`, `p50` …).
    public typealias Size = [SizeStatistic: Double]

    /// A population of sizes: each key once, or each request.
    public struct Population: Sendable, Equatable {
        public var keySize: Size = [:]
        public var valueSize: Size = [:]
        /// Key and value together.
        public var pairSize: Size = [:]
        /// Share of the requests that the most popular keys get, by the fraction of the keys.
        public var shareOfTop: [TopShare: Double] = [:]

        public init() {}
    }

    /// Largest relative deviation: sources are quoted to two or three digits, and percentiles
    /// interpolated between few points reproduce means to 3–5 %.
    public static let defaultTolerance = 0.05

    public var tolerance = defaultTolerance
    public var keys = Population()
    public var requests = Population()
    /// Share of the look-ups that find their key; held against the sample and against each run.
    public var hitRatio: Double?
    /// Largest deviation of a share: of popularity relatively, of hits in points.
    public static let shareTolerance = 0.02

    public init() {}

    public var isEmpty: Bool {
        keys == Population() && requests == Population() && hitRatio == nil
    }
}

public enum SizeStatistic: Hashable, Sendable, Comparable {
    case mean
    /// 0 … 100.
    case percentile(Double)

    /// `mean`, `p50`, `p99.9`.
    public var name: String {
        switch self {
        case .mean: "mean"
        case .percentile(let percent):
            "p" + (percent == percent.rounded() ? "\(Int(percent))" : "\(percent)")
        }
    }

    public init?(name: String) {
        if name == "mean" {
            self = .mean
        } else if let value = percent(named: name) {
            self = .percentile(value)
        } else {
            return nil
        }
    }
}

/// Fractions of the keys whose share of the requests is looked at.
public enum TopShare: String, Hashable, Sendable, CaseIterable {
    case hottestKey = "hottest_key_share"
    case onePercent = "top_1_percent_share"
    case tenPercent = "top_10_percent_share"

    /// Keys in it, of `keys`.
    public func count(of keys: UInt64) -> UInt64 {
        switch self {
        case .hottestKey: 1
        case .onePercent: max(1, UInt64((Double(keys) * 0.01).rounded()))
        case .tenPercent: max(1, UInt64((Double(keys) * 0.1).rounded()))
        }
    }
}

/// `p0` … `p100` with at most three decimals.
func percent(named name: String) -> Double? {
    guard name.first == "p", let percent = Double(name.dropFirst()),
        name.dropFirst().allSatisfy({ $0.isNumber || $0 == "." }), (0...100).contains(percent)
    else { return nil }
    return percent
}
