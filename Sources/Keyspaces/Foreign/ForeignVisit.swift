// Closures as a foreign table takes them: a function, and what it is about.
//
// Only walks go this way: a closure has a context on the heap, which no look-up could afford.
import CTable

struct ForeignVisit {
    private let body: (_ entry: UInt64, _ key: Bytes, _ value: Bytes) -> Void

    /// Calls `walk` with what is to be handed on as `to`, beside one of the functions below.
    static func with<R>(
        _ body: (_ entry: UInt64, _ key: Bytes, _ value: Bytes) -> Void,
        _ walk: (_ to: UnsafeMutableRawPointer) -> R
    ) -> R {
        withoutActuallyEscaping(body) { body in
            var visit = ForeignVisit(body: body)
            return withUnsafeMutablePointer(to: &visit) { walk(UnsafeMutableRawPointer($0)) }
        }
    }

    fileprivate static func call(
        _ to: UnsafeMutableRawPointer?, _ entry: UInt64, _ key: Bytes, _ value: Bytes
    ) {
        to.unsafelyUnwrapped.assumingMemoryBound(to: ForeignVisit.self).pointee
            .body(entry, key, value)
    }
}

/// As the `each` of an index calls it.
func visitEntry(_ to: UnsafeMutableRawPointer?, _ entry: UInt64) {
    let nothing = Bytes(start: nil, count: 0)
    ForeignVisit.call(to, entry, nothing, nothing)
}

/// As the `each` of a store.
func visitPair(_ to: UnsafeMutableRawPointer?, _ key: hashmark_bytes, _ value: hashmark_bytes) {
    ForeignVisit.call(to, 0, Bytes(key), Bytes(value))
}

/// As `scan` and `random` of both.
func visitAny(
    _ to: UnsafeMutableRawPointer?, _ entry: UInt64, _ key: hashmark_bytes, _ value: hashmark_bytes
) {
    ForeignVisit.call(to, entry, Bytes(key), Bytes(value))
}
