// Glob patterns as real servers match them: `*`, `?`, `[a-z]`, `[^a]` and `\` before any of them.
// After `stringmatchlen` of Redis, without its recursion: a star that failed is taken up again one
// byte further on, which keeps the work at pattern × text.

enum GlobPattern {
    static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        var p = 0
        var t = 0
        var star: (p: Int, t: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = (p + 1, t)
                p += 1
            } else if let next = step(pattern, p, text[t]) {
                p = next
                t += 1
            } else if let (afterStar, taken) = star {
                star = (afterStar, taken + 1)
                p = afterStar
                t = taken + 1
            } else {
                return false
            }
        }
        return pattern[min(p, pattern.count)...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// The position after the part at `p` when it matches `byte`.
    private static func step(_ pattern: [UInt8], _ p: Int, _ byte: UInt8) -> Int? {
        guard p < pattern.count else { return nil }
        switch pattern[p] {
        case UInt8(ascii: "?"): return p + 1
        case UInt8(ascii: "["): return stepClass(pattern, p + 1, byte)
        case UInt8(ascii: "\\") where p + 1 < pattern.count:
            return pattern[p + 1] == byte ? p + 2 : nil
        default: return pattern[p] == byte ? p + 1 : nil
        }
    }

    private static func stepClass(_ pattern: [UInt8], _ start: Int, _ byte: UInt8) -> Int? {
        var p = start
        let isNegated = p < pattern.count && pattern[p] == UInt8(ascii: "^")
        if isNegated { p += 1 }
        var found = false
        while p < pattern.count, pattern[p] != UInt8(ascii: "]") {
            if pattern[p] == UInt8(ascii: "\\"), p + 1 < pattern.count {
                p += 1
                found = found || pattern[p] == byte
            } else if p + 2 < pattern.count, pattern[p + 1] == UInt8(ascii: "-") {
                let low = min(pattern[p], pattern[p + 2])
                let high = max(pattern[p], pattern[p + 2])
                found = found || (low...high).contains(byte)
                p += 2
            } else {
                found = found || pattern[p] == byte
            }
            p += 1
        }
        // A class that is not closed ends with the pattern.
        return found != isNegated ? min(p + 1, pattern.count) : nil
    }
}
