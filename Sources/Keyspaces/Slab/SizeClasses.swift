// Jemalloc's size classes, computed rather than tabled.
//
//     quantum 8:    8 16 24 32 40 48 56 64 |  80  96 112 128 | 160 192 224 256 | 320 …
//     quantum 16:   8 16    32    48    64 |  80  96 112 128 | 160 192 224 256 | 320 …
//                   steps of the quantum   |  four classes per doubling, without end
//
// The servers that this module stands in for are built with either: upstream Redis and Valkey
// configure their bundled jemalloc with `--with-lg-quantum=3`; distribution packages link the
// system's library, whose quantum is 16. From 64 bytes on the two lists are the same, so one index
// serves both and quantum 16 merely never uses the classes 24, 40 and 56.
//
// Invariants: `size(at: index(of: n, q)) >= n`; indices grow with sizes; the tests compare the list
// with the one in jemalloc's manual page.
//
// Credits: the classes are jemalloc's (Jason Evans; `man jemalloc`, section "IMPLEMENTATION
// NOTES").

public enum SizeClasses {
    /// Step of the smallest classes, in bytes.
    public enum Quantum: Int, Sendable, CaseIterable {
        case eight = 8
        case sixteen = 16
    }

    /// Sizes up to here step by the quantum; above, each doubling is cut into four.
    static let steppedLimit = 64
    /// Classes at or below `steppedLimit` in the finer list.
    static let steppedClasses = 8

    /// Position of the class that serves `bytes` in the list of quantum 8.
    /// - Complexity: O(1), no memory access.
    static func index(of bytes: Int, _ quantum: Quantum) -> Int {
        if bytes <= steppedLimit {
            // Zero bytes still need an address of their own: the smallest class.
            let step = quantum == .eight || bytes <= 8 ? 7 : 15
            let rounded = (max(bytes, 1) &+ step) & ~step
            return (rounded &- 1) &>> 3
        }
        let last = bytes &- 1
        let doubling = Int.bitWidth &- 1 &- last.leadingZeroBitCount  // 6 for 65…128 bytes
        return steppedClasses &+ (doubling &- 6) &* 4 &+ (last &>> (doubling &- 2)) & 3
    }

    /// Bytes of the class at `index`.
    static func size(at index: Int) -> Int {
        if index < steppedClasses { return (index &+ 1) &* 8 }
        let step = index &- steppedClasses
        return (5 &+ step & 3) &<< (4 &+ step &>> 2)
    }

    /// Bytes of the class that serves a request of `bytes`.
    public static func size(for bytes: Int, _ quantum: Quantum) -> Int {
        size(at: index(of: bytes, quantum))
    }
}
