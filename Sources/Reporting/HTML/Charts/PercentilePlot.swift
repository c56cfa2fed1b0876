// Latency over percentile, as HdrHistogram's charts have it.
//
// The percentiles are drawn over "nines": the distance to 100 % on a logarithmic axis, so that 90,
// 99 and 99.9 % are equally far apart and the tail, which is what matters, gets the room. Latency
// is logarithmic too.
import Foundation
import Quantities
import Statistics

struct PercentilePlot {
    struct Curve {
        var target: String
        /// The colour's number.
        var series: Int
        var histogram: LatencyHistogram
    }

    private let curves: [Curve]
    /// How many nines the axis shows: where ten samples remain beyond, at most six.
    private let nines: Double
    private let frame: Frame

    /// 50 % would stand too near to 0 % for both labels.
    private static let points = [0.0, 90, 99, 99.9, 99.99, 99.999, 99.9999]

    init(_ curves: [Curve]) {
        self.curves = curves
        let count = curves.map(\.histogram.count).max() ?? 1
        let nines = min(6, max(1, log10(Double(count) / 10)))
        let last = 100 - pow(10, 2 - nines)
        let least = Double(max(curves.compactMap { $0.histogram.percentile(1) }.min() ?? 1, 1))
        let most = Double(curves.compactMap { $0.histogram.percentile(last) }.max() ?? 1)
        self.nines = nines
        let ticks = Self.points.map { point in
            Tick(value: Self.nines(at: point), label: "\(point.plainText) %")
        }
        frame = Frame(
            x: Axis(
                "percentile", from: 0, to: nines, ticks: ticks.filter { $0.value <= nines + 1e-9 }),
            // Half a decade at least.
            y: Axis("latency", [least, max(most, least * 3.2)], isLogarithmic: true, .time))
    }

    var svg: HTML { frame.svg("latency by percentile", curves.html(curve)) }

    /// Latencies below the clock's resolution are shown at it.
    private func place(_ nines: Double, _ nanoseconds: UInt64) -> (x: Double, y: Double) {
        (frame.place(x: nines), frame.place(y: Double(max(nanoseconds, 1))))
    }

    private static func nines(at percent: Double) -> Double { 2 - log10(100 - percent) }

    private func curve(_ curve: Curve) -> HTML {
        "<path class=\"curve s\(curve.series)\" d=\"\(path(curve.histogram))\"/>\(dots(curve))\n"
    }

    /// One point per bucket would be thousands; one every few pixels is finer than the eye.
    private func path(_ histogram: LatencyHistogram) -> HTML {
        let total = Double(histogram.count)
        let reach = min(nines, max(0.5, log10(total / 10)))
        let step = nines / 240
        var points: HTML = ""
        var below = 0.0
        var next = 0.0
        for bucket in histogram.buckets() {
            below += Double(bucket.count)
            let at = below < total ? log10(total / (total - below)) : .infinity
            guard at >= next else { continue }
            let end = place(min(at, reach), bucket.highest)
            points += "\(next == 0 ? "M" : "L")\(end.x) \(end.y)"
            guard at < reach else { break }
            next = at + step
        }
        return points
    }

    /// The percentiles that people name, with their values.
    private func dots(_ curve: Curve) -> HTML {
        ([50] + Self.points.dropFirst()).html { point in
            guard Self.nines(at: point) <= nines + 1e-9,
                let value = curve.histogram.carriedPercentile(point)
            else { return "" }
            let at = place(Self.nines(at: point), value)
            let text = Scale(.nanoseconds, values: [Double(value)]).text(Double(value))
            return """
                <circle class="fill s\(curve.series)" cx="\(at.x)" cy="\(at.y)" r="3.5">\
                <title>\(curve.target), p\(point.plainText): \(text)</title></circle>
                """
        }
    }
}
