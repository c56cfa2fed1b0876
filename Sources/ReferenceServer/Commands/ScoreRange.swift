// Ranges of sorted sets as commands are given them: by score, by member, by rank.
import Keyspaces
import RESP

/// `(1.5`, `-inf`, `3`: from one score to another, either left out.
struct ScoreRange {
    private let low: Double
    private let high: Double
    private let excludesLow: Bool
    private let excludesHigh: Bool

    /// nil when one of the words is no bound.
    init?(_ low: Argument, _ high: Argument) {
        guard let (low, excludesLow) = Self.bound(low),
            let (high, excludesHigh) = Self.bound(high)
        else { return nil }
        self.low = low
        self.high = high
        self.excludesLow = excludesLow
        self.excludesHigh = excludesHigh
    }

    private static func bound(_ word: Argument) -> (score: Double, isExcluded: Bool)? {
        let bytes = word.bytes
        let isExcluded = bytes.first == UInt8(ascii: "(")
        let text = isExcluded ? UnsafeRawBufferPointer(rebasing: bytes.dropFirst()) : bytes
        return ScoreText.parse(text).map { ($0, isExcluded) }
    }

    private func isBefore(_ score: Double) -> Bool { excludesLow ? score <= low : score < low }
    private func isNotBehind(_ score: Double) -> Bool {
        excludesHigh ? score < high : score <= high
    }

    /// The ranks of the members in it.
    func ranks(of set: CollectionObject, _ values: borrowing Collections) -> Range<Int> {
        let start = values.rank(in: set) { _, score in isBefore(score) }
        let end = values.rank(in: set) { _, score in isNotBehind(score) }
        return start..<max(start, end)
    }
}

/// `[a`, `(b`, `-`, `+`: from one member to another, where all scores are equal.
struct MemberRange {
    private enum Bound {
        case lowest, highest
        case included([UInt8])
        case excluded([UInt8])
    }

    private let low: Bound
    private let high: Bound

    /// nil when one of the words is no bound.
    init?(_ low: Argument, _ high: Argument) {
        guard let low = Self.bound(low), let high = Self.bound(high) else { return nil }
        self.low = low
        self.high = high
    }

    private static func bound(_ word: Argument) -> Bound? {
        let bytes = Array(word.bytes)
        switch bytes.first {
        case UInt8(ascii: "-") where bytes.count == 1: return .lowest
        case UInt8(ascii: "+") where bytes.count == 1: return .highest
        case UInt8(ascii: "["): return .included(Array(bytes.dropFirst()))
        case UInt8(ascii: "("): return .excluded(Array(bytes.dropFirst()))
        default: return nil
        }
    }

    private static func isLess(_ one: ValueView, _ other: [UInt8], orEqual: Bool) -> Bool {
        one.withBytes { bytes in
            if bytes.lexicographicallyPrecedes(other) { return true }
            return orEqual && bytes.elementsEqual(other)
        }
    }

    private func isBefore(_ member: ValueView) -> Bool {
        switch low {
        case .lowest: false
        case .highest: true
        case .included(let bytes): Self.isLess(member, bytes, orEqual: false)
        case .excluded(let bytes): Self.isLess(member, bytes, orEqual: true)
        }
    }

    private func isNotBehind(_ member: ValueView) -> Bool {
        switch high {
        case .lowest: false
        case .highest: true
        case .included(let bytes): Self.isLess(member, bytes, orEqual: true)
        case .excluded(let bytes): Self.isLess(member, bytes, orEqual: false)
        }
    }

    /// The ranks of the members in it.
    func ranks(of set: CollectionObject, _ values: borrowing Collections) -> Range<Int> {
        let start = values.rank(in: set) { member, _ in isBefore(member) }
        let end = values.rank(in: set) { member, _ in isNotBehind(member) }
        return start..<max(start, end)
    }
}

/// Places of a sequence, negative ones from its end, both included.
struct IndexRange {
    let start: Int64
    let stop: Int64

    /// The places that there are in a sequence of `count`.
    func places(_ count: Int) -> Range<Int> {
        let count = Int64(count)
        let first = max(start < 0 ? start &+ count : start, 0)
        let last = min(stop < 0 ? stop &+ count : stop, count - 1)
        guard first <= last, first < count else { return 0..<0 }
        return Int(first)..<Int(last) + 1
    }
}
