// Distributions of sizes (and of times to live), as stated.

/// A distribution of non-negative numbers.
public enum Distribution: Sendable, Equatable {
    case constant(Double)
    /// Whole numbers `least` … `most`, equally likely.
    case uniform(least: Double, most: Double)
    case discrete([WeightedValue])
    /// Percentiles in ascending order, 0 and 100 included; log-linear in between.
    case quantiles([Percentile])
}

public struct WeightedValue: Sendable, Equatable {
    public var value: Double
    public var weight: Double

    public init(value: Double, weight: Double) {
        self.value = value
        self.weight = weight
    }
}

public struct Percentile: Sendable, Equatable, CustomStringConvertible {
    /// 0 … 100.
    public var percent: Double
    public var value: Double

    public init(percent: Double, value: Double) {
        self.percent = percent
        self.value = value
    }

    /// `p50 80`
    public var description: String {
        "\(SizeStatistic.percentile(percent).name) \(trimmed(value))"
    }
}

/// A distribution in use: clamped, and bound to the key or drawn anew for each write.
public struct SizeSpec: Sendable, Equatable {
    public enum Binding: String, Sendable, CaseIterable {
        /// A pure function of the key: each write of it has the same size.
        case key
        case write
    }

    /// Another distribution for the most popular keys.
    public struct HotClass: Sendable, Equatable {
        /// Fraction of the keys, most popular first.
        public var top: Double
        public var distribution: Distribution

        public init(top: Double, distribution: Distribution) {
            self.top = top
            self.distribution = distribution
        }
    }

    public var distribution: Distribution
    public var least: Double?
    public var most: Double?
    public var binding: Binding
    public var hot: HotClass?

    public init(
        _ distribution: Distribution, least: Double? = nil, most: Double? = nil,
        binding: Binding = .key, hot: HotClass? = nil
    ) {
        self.distribution = distribution
        self.least = least
        self.most = most
        self.binding = binding
        self.hot = hot
    }

    /// Smallest and largest number that can come out, hot class included.
    var support: ClosedRange<Double> {
        var range = distribution.support
        if let hot = hot?.distribution.support {
            range = min(range.lowerBound, hot.lowerBound)...max(range.upperBound, hot.upperBound)
        }
        let low = max(range.lowerBound, least ?? 0)
        return low...max(low, min(range.upperBound, most ?? .infinity))
    }

    func table(_ distribution: Distribution) -> SizeTable {
        SizeTable(distribution.segments, clamp: (least ?? 0)...(most ?? 0x1p62))
    }
}

extension Distribution {
    var support: ClosedRange<Double> {
        switch self {
        case .constant(let value): value...value
        case .uniform(let least, let most): least...max(least, most)
        case .discrete(let values):
            (values.map(\.value).min() ?? 0)...(values.map(\.value).max() ?? 0)
        case .quantiles(let points):
            (points.first?.value ?? 0)...max(points.first?.value ?? 0, points.last?.value ?? 0)
        }
    }

    /// The quantile function in pieces; `self` has passed `Workload.findings`.
    var segments: [SizeSegment] {
        switch self {
        case .constant(let value):
            return [.constant(value, 0, 1)]
        case .uniform(let least, let most):
            return [.uniform(least, most, 0, 1)]
        case .discrete(let values):
            let chosen = values.filter { $0.weight > 0 }.sorted { $0.value < $1.value }
            let total = chosen.reduce(0) { $0 + $1.weight }
            return Self.adjacent(chosen.map { $0.weight / total }) { index, lower, upper in
                .constant(chosen[index].value, lower, upper)
            }
        case .quantiles(let points):
            let steps = zip(points, points.dropFirst())
            return Self.adjacent(steps.map { ($1.percent - $0.percent) / 100 }) {
                .interpolated(points[$0].value, points[$0 + 1].value, $1, $2)
            }
        }
    }

    /// Segments of the given widths side by side; the last one ends at exactly 1.
    static func adjacent(
        _ widths: [Double], _ segment: (Int, Double, Double) -> SizeSegment
    ) -> [SizeSegment] {
        var lower = 0.0
        var segments: [SizeSegment] = []
        for (index, width) in widths.enumerated() {
            let upper = index == widths.count - 1 ? 1 : lower + width
            guard upper > lower else { continue }  // lighter than a rounding error
            segments.append(segment(index, lower, upper))
            lower = upper
        }
        return segments
    }
}
