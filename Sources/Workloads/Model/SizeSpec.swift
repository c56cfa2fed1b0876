// Distributions of sizes (and of times to live), as stated.
import Distributions
import Quantities

/// A distribution of non-negative numbers.
public enum Distribution: Sendable, Equatable {
    case constant(Double)
    /// Whole numbers `least` … `most`, equally likely.
    case uniform(least: Double, most: Double)
    case discrete([WeightedValue])
    /// Percentiles in ascending order, 0 and 100 included; log-linear in between.
    case quantiles([Percentile])
    case formula(ClosedForm)
    /// Whole numbers of ranges, each range equally likely within.
    case piecewise([WeightedRange])
    case mixture([WeightedPart])
}

/// Whole numbers `least` … `most`.
public struct WeightedRange: Sendable, Equatable {
    public var least: Double
    public var most: Double
    public var weight: Double

    public init(least: Double, most: Double, weight: Double) {
        self.least = least
        self.most = most
        self.weight = weight
    }
}

/// A distribution with its share of a mixture.
public struct WeightedPart: Sendable, Equatable {
    public var weight: Double
    public var distribution: Distribution

    public init(weight: Double, _ distribution: Distribution) {
        self.weight = weight
        self.distribution = distribution
    }
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
        "\(SizeStatistic.percentile(percent).name) \(value.plainText)"
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

    /// Another distribution for keys of up to so many bytes (joint key × value size).
    public struct KeySizeClass: Sendable, Equatable {
        public var upTo: Int
        public var distribution: Distribution

        public init(upTo: Int, distribution: Distribution) {
            self.upTo = upTo
            self.distribution = distribution
        }
    }

    public var distribution: Distribution
    public var least: Double?
    public var most: Double?
    public var binding: Binding
    public var hot: HotClass?
    /// Each draw is multiplied by a number from 1 − jitter to 1 + jitter, uniformly.
    public var jitter = 0.0
    /// By ascending size of the key; longer keys than the last class names have `distribution`.
    public var byKeySize: [KeySizeClass] = []

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
    public var support: ClosedRange<Double> {
        var range = distribution.support
        for other in byKeySize.map(\.distribution.support)
            + [hot?.distribution.support].compactMap({ $0 })
        {
            range =
                min(range.lowerBound, other.lowerBound)...max(range.upperBound, other.upperBound)
        }
        range = range.lowerBound * (1 - jitter)...range.upperBound * (1 + jitter)
        let low = max(range.lowerBound, least ?? 0)
        return low...max(low, min(range.upperBound, most ?? .infinity))
    }

    func table(_ distribution: Distribution) -> SizeTable {
        SizeTable(distribution.segments, clamp: (least ?? 0)...(most ?? 0x1p62))
    }
}

extension Distribution {
    /// Smallest and largest number that can come out.
    public var support: ClosedRange<Double> {
        switch self {
        case .constant(let value): value...value
        case .uniform(let least, let most): least...max(least, most)
        case .discrete(let values):
            (values.map(\.value).min() ?? 0)...(values.map(\.value).max() ?? 0)
        case .quantiles(let points):
            (points.first?.value ?? 0)...max(points.first?.value ?? 0, points.last?.value ?? 0)
        case .formula(let form): form.support
        case .piecewise(let ranges):
            (ranges.map(\.least).min() ?? 0)...max(
                ranges.map(\.least).min() ?? 0, ranges.map(\.most).max() ?? 0)
        case .mixture(let parts):
            (parts.map(\.distribution.support.lowerBound).min() ?? 0)...(parts.map(
                \.distribution.support.upperBound
            ).max() ?? 0)
        }
    }

    /// The quantile function in pieces; `self` has passed `Workload.findings`.
    public var segments: [SizeSegment] {
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
        case .formula(let form):
            return form.segments
        case .piecewise(let ranges):
            let chosen = ranges.filter { $0.weight > 0 }
            let total = chosen.reduce(0) { $0 + $1.weight }
            return Self.adjacent(chosen.map { $0.weight / total }) {
                .uniform(chosen[$0].least, chosen[$0].most, $1, $2)
            }
        case .mixture(let parts):
            return Self.side(by: parts.filter { $0.weight > 0 })
        }
    }

    /// The parts' segments, each part squeezed to its share.
    private static func side(by parts: [WeightedPart]) -> [SizeSegment] {
        let total = parts.reduce(0) { $0 + $1.weight }
        var lower = 0.0
        var segments: [SizeSegment] = []
        for (index, part) in parts.enumerated() {
            let width = index == parts.count - 1 ? 1 - lower : part.weight / total
            for piece in part.distribution.segments {
                var piece = piece.squeezed(from: lower, width: width)
                // edges meet exactly, also where squeezing rounds
                piece.lower = segments.last?.upper ?? 0
                piece.upper = min(1, piece.upper)
                if piece.upper > piece.lower { segments.append(piece) }
            }
            lower += width
        }
        segments[segments.count - 1].upper = 1
        return segments
    }

    /// Segments of the given widths side by side; the last one ends at exactly 1.
    static func adjacent(
        _ widths: [Double], _ segment: (Int, Double, Double) -> SizeSegment
    ) -> [SizeSegment] {
        var lower = 0.0
        var segments: [SizeSegment] = []
        for (index, width) in widths.enumerated() {
            // a sum of shares may exceed 1 by a rounding error
            let upper = index == widths.count - 1 ? 1 : min(1, lower + width)
            guard upper > lower else { continue }  // lighter than a rounding error
            segments.append(segment(index, lower, upper))
            lower = upper
        }
        if !segments.isEmpty { segments[segments.count - 1].upper = 1 }
        return segments
    }
}
