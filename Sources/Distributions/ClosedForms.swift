// Distributions with a formula, as segments of a `SizeTable`.
//
// A formula's quantile function is tabulated once and interpolated log-linearly, so that drawing
// from a generalised Pareto or a lognormal costs what drawing from published percentiles does: no
// logarithm, no power. The grid is as fine as the function is curved:
//
//     0 … 2^−9 … 1/256 | 256 equal strips | 255/256 … 1 − 2^−9 … 1 − 2^−48
//       octaves of four                        octaves of four
//
// Inside a strip the interpolation moves the cumulative share by less than a hundredth of the
// strip's own width, in the tails too: 4·10⁻⁵ at most. Beyond 2^−48, one key in 2.8·10¹⁴, the last
// value stands.
//
// Credits: formulas of the generalised extreme value and Pareto distributions as Atikoglu et al.
// use them ("Workload analysis of a large-scale key-value store", SIGMETRICS 2012).
import Glibc

/// A distribution given by a formula.
public enum ClosedForm: Sendable, Equatable {
    case normal(mean: Double, deviation: Double)
    /// e^N: half of the sizes are below `median`; `sigma` is the deviation of their logarithm.
    case lognormal(median: Double, sigma: Double)
    /// Generalised extreme value: location μ, scale σ, shape k.
    case gev(location: Double, scale: Double, shape: Double)
    /// Generalised Pareto: location θ, scale σ, shape k.
    case gpd(location: Double, scale: Double, shape: Double)

    /// Below this |k| the formulas for k = 0 are closer than the general ones, which cancel.
    private static let flatShape = 1e-9

    /// The value with `below` of the distribution at or under it; `above` is 1 − `below`, exact
    /// where that is tiny.
    public func quantile(_ below: Double, _ above: Double) -> Double {
        switch self {
        case .normal(let mean, let deviation):
            return mean + deviation * Self.deviate(below, above)
        case .lognormal(let median, let sigma):
            return median * exp(sigma * Self.deviate(below, above))
        case .gev(let location, let scale, let shape):
            // −ln U without losing the digits of a U near 1
            let rarity = below > 0.5 ? -log1p(-above) : -log(below)
            if abs(shape) < Self.flatShape { return location - scale * log(rarity) }
            return location + scale / shape * (pow(rarity, -shape) - 1)
        case .gpd(let location, let scale, let shape):
            let rarity = below < 0.5 ? -log1p(-below) : -log(above)
            if abs(shape) < Self.flatShape { return location + scale * rarity }
            return location + scale / shape * expm1(shape * rarity)
        }
    }

    private static func deviate(_ below: Double, _ above: Double) -> Double {
        below <= above ? Normal.quantile(below) : -Normal.quantile(above)
    }

    /// The share of values ≤ `x`.
    public func cumulative(_ x: Double) -> Double {
        switch self {
        case .normal(let mean, let deviation): return Normal.cumulative((x - mean) / deviation)
        case .lognormal(let median, let sigma):
            return x <= 0 ? 0 : Normal.cumulative(log(x / median) / sigma)
        case .gev(let location, let scale, let shape):
            let z = (x - location) / scale
            if abs(shape) < Self.flatShape { return exp(-exp(-z)) }
            let t = 1 + shape * z
            return t <= 0 ? (shape > 0 ? 0 : 1) : exp(-pow(t, -1 / shape))
        case .gpd(let location, let scale, let shape):
            let z = max(0, (x - location) / scale)
            if abs(shape) < Self.flatShape { return -expm1(-z) }
            let t = 1 + shape * z
            return t <= 0 ? 1 : 1 - pow(t, -1 / shape)
        }
    }

    /// Tabulated beyond this no more: a power of two.
    static let rarest = 0x1p-48
    private static let strips = 256
    private static let perOctave = 4

    /// Smallest and largest number that can come out.
    public var support: ClosedRange<Double> {
        let low = quantile(Self.rarest, 1 - Self.rarest)
        return low...max(low, quantile(1 - Self.rarest, Self.rarest))
    }

    /// The grid's points below one half, ascending: from `rarest` to 1/256 and on to 1/2.
    private static let lowerHalf: [Double] = {
        var points: [Double] = []
        var octave = rarest
        while octave < 1 / Double(strips) {
            for step in 0..<perOctave { points.append(octave * (1 + Double(step) / 4)) }
            octave *= 2
        }
        return points + (1...(strips / 2)).map { Double($0) / Double(strips) }
    }()

    /// The quantile function in pieces.
    public var segments: [SizeSegment] {
        // A place p, its complement, and the value there.
        var points: [(place: Double, value: Double)] = []
        for place in Self.lowerHalf { points.append((place, quantile(place, 1 - place))) }
        for above in Self.lowerHalf.dropLast().reversed() {
            points.append((1 - above, quantile(1 - above, above)))
        }
        // At either end, points that differ by less than half a byte say nothing.
        let lowest = points[0].value
        let first = points.lastIndex { abs($0.value - lowest) < 0.25 } ?? 0
        var segments: [SizeSegment] = [.constant(lowest, 0, points[first].place)]
        for (point, next) in zip(points[first...], points[first...].dropFirst())
        where next.place > point.place {
            segments.append(.interpolated(point.value, next.value, point.place, next.place))
        }
        segments.append(.constant(points.last!.value, points.last!.place, 1))
        return segments
    }
}
