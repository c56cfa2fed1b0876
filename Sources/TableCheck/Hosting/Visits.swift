// What `each`, `scan` and `random` visit, collected: bytes are read while the call lasts, and are
// judged when it is over.
import CTable

final class Visits {
    /// A key and its value; nil for what is none that anybody ever stored.
    private(set) var seen: [(key: Datum, value: Datum?)] = []
    /// What was visited and has no key of ours, in words; the first.
    private(set) var stray: String?
    /// All visits, those beyond `most` too.
    private(set) var count = 0

    private let host: CheckHost
    private let isIndex: Bool
    /// More are counted and not kept: a walk that never ends is not to take all memory.
    private let most: Int

    init(_ host: CheckHost, isIndex: Bool, most: Int) {
        self.host = host
        self.isIndex = isIndex
        self.most = most
    }

    /// Calls `walk` with what the functions below take as `to`.
    func collect<R>(_ walk: (UnsafeMutableRawPointer) -> R) -> R {
        withExtendedLifetime(self) { walk(Unmanaged.passUnretained(self).toOpaque()) }
    }

    fileprivate func visit(_ entry: UInt64, _ key: hashmark_bytes, _ value: hashmark_bytes) {
        count += 1
        guard count <= most else { return }
        if isIndex {
            guard let contents = host.contents(of: entry) else {
                return noteStray(
                    "0x" + String(entry, radix: 16) + ", an entry that it does not hold")
            }
            seen.append((contents.key, contents.value))
        } else {
            guard let found = Datum(.key, bytes: UnsafeRawBufferPointer(key)) else {
                return noteStray("\(key.length) bytes that are no key of any put")
            }
            seen.append((found, Datum(.value, bytes: UnsafeRawBufferPointer(value))))
        }
    }

    private func noteStray(_ words: String) {
        if stray == nil { stray = words }
    }

    fileprivate static func at(_ to: UnsafeMutableRawPointer?) -> Visits {
        Unmanaged<Visits>.fromOpaque(to!).takeUnretainedValue()
    }
}

extension UnsafeRawBufferPointer {
    /// NULL is nothing, whatever length is told beside it, and so is a length beyond all memory.
    init(_ bytes: hashmark_bytes) {
        self.init(start: bytes.bytes, count: bytes.bytes == nil ? 0 : Swift.max(bytes.length, 0))
    }
}

/// As the `each` of an index calls it.
func visitEntry(_ to: UnsafeMutableRawPointer?, _ entry: UInt64) {
    Visits.at(to).visit(entry, hashmark_bytes(), hashmark_bytes())
}

/// As the `each` of a store.
func visitPair(_ to: UnsafeMutableRawPointer?, _ key: hashmark_bytes, _ value: hashmark_bytes) {
    Visits.at(to).visit(0, key, value)
}

/// As `scan` and `random` of both.
func visitAny(
    _ to: UnsafeMutableRawPointer?, _ entry: UInt64, _ key: hashmark_bytes, _ value: hashmark_bytes
) {
    Visits.at(to).visit(entry, key, value)
}
