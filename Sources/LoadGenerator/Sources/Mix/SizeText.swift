// Distributions of sizes in a word, as flags take them:
//
//     64                        every time
//     16-1024                   uniform, both ends included
//     64:0.9,1024:0.1           values with weights
//     p0=16,p50=80,p100=4096    percentiles, log-linear in between
//
// Each size may have a unit: 4KiB.
import Quantities
import Workloads

/// A text that is no plan: cause and remedy.
public struct MixProblem: Error, CustomStringConvertible, Sendable {
    public let description: String

    init(_ cause: String, _ remedy: String) { description = "\(cause); \(remedy)" }
}

public enum SizeText {
    /// Largest string of RESP servers by default (`proto-max-bulk-len`).
    private static let largest = 512 << 20

    /// - Parameter text: a distribution in one of the forms above.
    public static func parse(_ text: String) throws(MixProblem) -> Distribution {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        if parts.count == 1, let value = number(parts[0]) { return .constant(value) }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        if ends.count == 2, let least = number(ends[0]), let most = number(ends[1]), least <= most {
            return .uniform(least: least, most: most)
        }
        if let points = pairs(parts, "=", percent, number), isPercentiles(points) {
            return .quantiles(points.map { Percentile(percent: $0.0, value: $0.1) })
        }
        if let values = pairs(parts, ":", number, weight), values.allSatisfy({ $0.1 > 0 }) {
            let total = values.reduce(0) { $0 + $1.1 }
            return .discrete(values.map { WeightedValue(value: $0.0, weight: $0.1 / total) })
        }
        throw MixProblem(
            "'\(text)' is no distribution of sizes",
            "write 64, 16-1024, 64:0.9,1024:0.1 or p0=16,p50=80,p100=4096")
    }

    private static func number(_ text: Substring) -> Double? {
        (try? ByteCount.parse(text, in: 0...largest)).map { Double($0) }
    }

    /// `p99.9`
    private static func percent(_ text: Substring) -> Double? {
        guard text.hasPrefix("p") else { return nil }
        return try? Real.parse(text.dropFirst(), in: 0...100)
    }

    private static func weight(_ text: Substring) -> Double? {
        try? Real.parse(text, in: 0...1e9)
    }

    private static func pairs(
        _ parts: [Substring], _ separator: Character, _ first: (Substring) -> Double?,
        _ second: (Substring) -> Double?
    ) -> [(Double, Double)]? {
        var result: [(Double, Double)] = []
        for part in parts {
            let words = part.split(separator: separator)
            guard words.count == 2, let left = first(words[0]), let right = second(words[1]) else {
                return nil
            }
            result.append((left, right))
        }
        return result
    }

    private static func isPercentiles(_ points: [(Double, Double)]) -> Bool {
        points.count >= 2 && points.first?.0 == 0 && points.last?.0 == 100
            && zip(points, points.dropFirst()).allSatisfy { $0.0 < $1.0 && $0.1 <= $1.1 }
    }
}
