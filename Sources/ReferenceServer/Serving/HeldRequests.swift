// Requests that wait as bytes: of slow readers, of transactions, of clients that wait for a key,
// and of those that another thread executes. They are parsed again where they are taken up.
import Glibc
import RESP

/// Requests that were parsed and not executed, in the protocol's spelling, on the C heap: a
/// connection stays a plain value.
struct HeldRequests {
    private(set) var base: UnsafeMutableRawPointer?
    private(set) var count = 0
    private var capacity = 0

    /// Adds one request.
    mutating func append(
        _ arguments: borrowing ArgumentVector, _ first: Int, _ argumentCount: Int
    ) {
        // The line before the arguments is no longer than what is around one of them.
        write(upTo: RequestWriter.bulkOverhead) { $0.arguments(argumentCount) }
        for index in first..<(first + argumentCount) {
            let bytes = arguments[index].bytes
            write(upTo: RequestWriter.bulkOverhead + bytes.count) { writer in
                writer.bulk(bytes.count) { target in
                    guard let source = bytes.baseAddress else { return }
                    memcpy(target, source, bytes.count)
                }
            }
        }
    }

    /// Adds what `body` writes, which is at most `size` bytes.
    private mutating func write(upTo size: Int, _ body: (inout RequestWriter) -> Void) {
        if count + size > capacity {
            capacity = max(capacity * 2, count + size)
            base = BufferPool.grow(base, to: capacity)
        }
        let start = (base.unsafelyUnwrapped + count).assumingMemoryBound(to: UInt8.self)
        var writer = RequestWriter(start)
        body(&writer)
        count += writer.target - start
    }

    /// Forgets the requests, and the room for them where it is more than `bytes`.
    mutating func removeAll(keeping bytes: Int) {
        if capacity > bytes { clear() } else { count = 0 }
    }

    /// Forgets the bytes, which somebody else has now.
    mutating func release() { self = HeldRequests() }

    mutating func clear() {
        free(base)
        release()
    }
}
