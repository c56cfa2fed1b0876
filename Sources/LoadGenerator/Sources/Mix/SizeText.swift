// Distributions of sizes in a word, as flags take them:
//
//     64                        every time
//     16-1024                   uniform, both ends included
//     64:0.9,1024:0.1           values with weights
//     p0=16,p50=80,p100=4096    percentiles, log-linear in between
import Distributions

/// A text that is no plan: cause and remedy.
public struct MixProblem: Error, CustomStringConvertible, Sendable {
    public let description: String

    init(_ cause: String, _ remedy: String) { description = "\(cause); \(remedy)" }
}

public enum SizeText {
    /// Largest string of RESP servers by default (`proto-max-bulk-len`).
    private static let largest = 512.0 * 1024 * 1024

    /// - Parameter text: a distribution in one of the forms above.
    public static func parse(_ text: String) throws(MixProblem) -> [SizeSegment] {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        if parts.count == 1, let value = number(parts[0]) { return [.constant(value, 0, 1)] }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        if ends.count == 2, let least = number(ends[0]), let most = number(ends[1]), least <= most {
            return [.uniform(least, most, 0, 1)]
        }
        if let points = pairs(parts, "=", droppingP: true), isPercentiles(points) {
            let steps = zip(points, points.dropFirst())
            return steps.map { from, to in
                .interpolated(from.1, to.1, from.0 / 100, to.0 / 100)
            }
        }
        if let values = pairs(parts, ":", droppingP: false), values.allSatisfy({ $0.1 > 0 }) {
            let total = values.reduce(0) { $0 + $1.1 }
            var lower = 0.0
            return values.enumerated().map { index, value in
                let upper = index == values.count - 1 ? 1 : lower + value.1 / total
                defer { lower = upper }
                return .constant(value.0, lower, upper)
            }
        }
        throw MixProblem(
            "'\(text)' is no distribution of sizes",
            "write 64, 16-1024, 64:0.9,1024:0.1 or p0=16,p50=80,p100=4096")
    }

    private static func number(_ text: Substring) -> Double? {
        Double(text).flatMap { $0 >= 0 && $0 <= largest && $0 == $0.rounded() ? $0 : nil }
    }

    private static func pairs(
        _ parts: [Substring], _ separator: Character, droppingP: Bool
    ) -> [(Double, Double)]? {
        var result: [(Double, Double)] = []
        for part in parts {
            let words = part.split(separator: separator)
            guard words.count == 2, !droppingP || words[0].hasPrefix("p"),
                let first = Double(droppingP ? words[0].dropFirst() : words[0]),
                let second = Double(words[1]), first >= 0, first <= largest, second >= 0,
                second <= largest
            else { return nil }
            result.append((first, second))
        }
        return result
    }

    private static func isPercentiles(_ points: [(Double, Double)]) -> Bool {
        points.count >= 2 && points.first?.0 == 0 && points.last?.0 == 100
            && zip(points, points.dropFirst()).allSatisfy { $0.0 < $1.0 && $0.1 <= $1.1 }
    }
}
