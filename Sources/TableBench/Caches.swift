// Temperatures: whether a table's memory is in the caches when its turn begins.
//
// Tables take turns, and each turn leaves the caches full of another table: what is then measured
// is neither a table in use nor one out of use. So every block of measurements brings about the
// state that it is named after. Hot: unmeasured look-ups first, until the caches hold of this table
// what they hold of it when it is alone. Cold: a buffer larger than the last level is walked first.

import LinuxSystem

public enum Temperature: String, Sendable, CaseIterable {
    case hot, cold
}

/// Sizes of this machine's caches, in bytes; what a guest does not tell is taken to be a common
/// server core's.
enum MachineCaches {
    private static let sizes = CacheSizes()

    static var levels: [Int] { [sizes.l1d ?? 32 << 10, sizes.l2 ?? 1 << 20, last] }

    static let last = sizes.l3 ?? 32 << 20
}

/// A buffer whose walk leaves no line of a table in any cache.
final class CacheDisplacer {
    /// Twice the last level: its replacement is not least-recently-used, so as many lines as it has
    /// would leave some of a table's.
    static func bytes(lastLevel: Int) -> Int { 2 * lastLevel }

    private static let lineWords = 8
    private let words: UnsafeMutableBufferPointer<UInt64>

    init(lastLevelBytes: Int) {
        let count = Self.bytes(lastLevel: lastLevelBytes) / MemoryLayout<UInt64>.size
        words = .allocate(capacity: max(count, Self.lineWords))
        // Pages that nobody wrote to are all the same one.
        words.initialize(repeating: 1)
    }

    deinit { words.deallocate() }

    /// Reads every line. Not written to, for lines that are written would have to be written back
    /// while a table is measured.
    @inline(never)
    func displace() {
        var lines = 0
        var sum: UInt64 = 0
        for index in stride(from: 0, to: words.count, by: Self.lineWords) {
            sum &+= words[index]
            lines += 1
        }
        precondition(sum == UInt64(lines), "the buffer that displaces caches was written to")
    }
}
