// Zipf–Mandelbrot ranks: P(k) ∝ (k + q)^−α for k = 1 … n, by rejection-inversion.
//
// The curve h(x) = (x + q)^−α has a closed integral, so a uniform number between the integral's
// ends is turned into a point x and rounded to the rank k; a few points are rejected because the
// area over a rank is not exactly h(k). Set-up is O(1) whatever n is, and a draw needs 1.00 to 1.02
// trials.
//
// The integral is kept as w = (x + q)^(1−α), which is 1 + (1−α)·H(x) in the paper's letters. For
// α > 1 it shrinks towards 0 in the tail and keeps its relative precision there, which H, shifted
// by a constant, does not. Where |1−α| is tiny every w is near 1 and says nothing any more: there
// y = H(x) itself is drawn, inverted by log1p and its series.
//
// Why an offset: a published α is a fit of a middle range. Taken literally at α = 1.2 it gives one
// key a fifth of the traffic, which no published cluster shows; q ≈ 10 flattens the head alone.
//
// Credits: Hörmann and Derflinger, "Rejection-inversion to generate variates from monotone discrete
// distributions" (ACM TOMACS 6(3), 1996); Mandelbrot's offset.
import Glibc

public struct Zipf: Sendable {
    public let count: UInt64
    public let alpha: Double
    public let offset: Double

    /// 1 − α.
    let slope: Double
    @usableFromInline let inverseSlope: Double
    /// Whether the integral is kept as y = H(x) (|1−α| tiny) rather than as w.
    @usableFromInline let isNearOne: Bool
    /// Integral at n + ½, and from there to the left edge of rank 1's area.
    @usableFromInline let high: Double
    @usableFromInline let width: Double
    /// Points whose rank lies at most this far above them are accepted without looking.
    @usableFromInline let shortcut: Double

    /// Below this |1−α|, (x+q)^(1−α) has lost so many digits that x would be wrong in the fifth:
    /// the error of x is about 2^−53 ÷ |1−α| relative.
    static let nearOne = 1e-6

    /// - Parameters:
    ///   - count: number of ranks, 1 … 2^50.
    ///   - alpha: exponent, ≥ 0 (0 is uniform).
    ///   - offset: q ≥ 0.
    public init(count: UInt64, alpha: Double, offset: Double = 0) {
        precondition(count >= 1 && count <= 1 << 50, "ranks are rounded in 51 bits of a Double")
        precondition(alpha >= 0 && offset >= 0 && alpha.isFinite && offset.isFinite)
        self.count = count
        self.alpha = alpha
        self.offset = offset
        slope = 1 - alpha
        isNearOne = abs(1 - alpha) < Self.nearOne
        inverseSlope = isNearOne ? 0 : 1 / slope
        let integral = Integral(slope: slope, offset: offset, isNearOne: isNearOne)
        high = integral.at(Double(count) + 0.5)
        width = integral.stepped(from: integral.at(1.5), by: -integral.height(1)) - high
        shortcut =
            2 - integral.inverse(integral.stepped(from: integral.at(2.5), by: -integral.height(2)))
    }

    /// A rank, 0 the most popular.
    /// - Complexity: O(1), about 1.01 trials. - Allocations: none.
    @inlinable @inline(__always)
    public func draw(_ random: inout Xoshiro256PlusPlus) -> UInt64 {
        let last = Double(count)
        while true {
            let point = high + unit(random.next()) * width
            let x = inverse(point)
            let shifted = (x < 1 ? 1 : x > last ? last : x) + roundingShift
            let rank = shifted - roundingShift
            if rank - x <= shortcut || accepts(point, rank) {
                return (shifted.bitPattern & 0x7_ffff_ffff_ffff) &- 1
            }
        }
    }

    @inlinable @inline(__always)
    func inverse(_ point: Double) -> Double {
        // an error of 1e-8 relative moves no rank's probability by more than that
        isNearOne
            ? inverseNearOne(point) : powerOfTwo(logarithmOfTwo(point) * inverseSlope) - offset
    }

    @inline(never) @usableFromInline
    func inverseNearOne(_ point: Double) -> Double {
        Integral(slope: slope, offset: offset, isNearOne: true).inverse(point)
    }

    /// The exact test, needed for a few points in a hundred.
    @inline(never) @usableFromInline
    func accepts(_ point: Double, _ rank: Double) -> Bool {
        let integral = Integral(slope: slope, offset: offset, isNearOne: isNearOne)
        let edge = integral.stepped(from: integral.at(rank + 0.5), by: -integral.height(rank))
        // y grows with x always; w = 1 + (1−α)·y grows with x only below α = 1.
        return isNearOne || slope > 0 ? point >= edge : point <= edge
    }

    /// Share of all draws that the `top` most popular ranks get, from exact sums.
    /// - Complexity: O(min(n, 2^16)); the rest is integrated by the midpoint rule, whose relative
    ///   error there is below 1e-9.
    public func share(ofTop top: UInt64) -> Double {
        mass(min(top, count)) / mass(count)
    }

    /// Σ (k + q)^−α for k = 1 … `last`, in units of the first term.
    func mass(_ last: UInt64) -> Double {
        let exact: UInt64 = 1 << 16
        var sum = 0.0
        var k = min(last, exact)
        while k >= 1 {  // small terms first
            sum += pow((Double(k) + offset) / (1 + offset), -alpha)
            k -= 1
        }
        guard last > exact else { return sum }
        let from = log((Double(exact) + 0.5 + offset) / (1 + offset))
        let to = log((Double(last) + 0.5 + offset) / (1 + offset))
        let ends = slope * from
        let span = slope * (to - from)
        let tail = abs(span) < 1e-12 ? exp(ends) * (to - from) : exp(ends) * expm1(span) / slope
        return sum + tail * (1 + offset)
    }
}

/// h, its integral and the inverse of the integral, in either form (see the head of the file).
private struct Integral {
    let slope: Double
    let offset: Double
    let isNearOne: Bool

    func height(_ x: Double) -> Double { pow(x + offset, slope - 1) }

    func at(_ x: Double) -> Double {
        let logarithm = log(x + offset)
        guard isNearOne else { return exp(slope * logarithm) }
        let t = slope * logarithm
        // expm1(t)/t by its series: exact to the last digit for |t| < 1e-5, and finite at 0
        return logarithm * (abs(t) < 1e-5 ? 1 + t / 2 * (1 + t / 3) : expm1(t) / t)
    }

    /// The integral's value after moving it by `area` in units of H.
    func stepped(from value: Double, by area: Double) -> Double {
        isNearOne ? value + area : value + slope * area
    }

    func inverse(_ value: Double) -> Double {
        guard isNearOne else { return exp(log(value) / slope) - offset }
        let t = slope * value
        let logarithm = value * (abs(t) < 1e-5 ? 1 - t * (0.5 - t / 3) : log1p(t) / t)
        return exp(logarithm) - offset
    }
}
