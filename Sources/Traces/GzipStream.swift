// The bytes of a gzip file, piece by piece. Members may follow one another, as `cat a.gz b.gz`
// makes them; zlib holds their checksums against the contents.
import CZlib

final class GzipStream {
    /// What one step did.
    struct Step {
        /// Bytes of the source that are done with.
        let taken: Int
        /// Bytes that came of them.
        let made: Int
        /// Whether a member has not ended yet.
        let isWithin: Bool
    }

    /// In one place for good: zlib's own state points to it.
    private let stream: UnsafeMutablePointer<z_stream>

    /// A window of 15 bits with a header of gzip, in zlib's words.
    private static let windowBits: Int32 = 15 + 16

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let code = inflateInit2_(
            stream, Self.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        // Only memory can be short.
        precondition(code == Z_OK, "zlib inflateInit2 returned \(code)")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Decompresses what it can; nil where the data is damaged.
    func step(
        _ source: UnsafeMutablePointer<UInt8>, _ count: Int,
        into target: UnsafeMutablePointer<UInt8>, _ room: Int
    ) -> Step? {
        stream.pointee.next_in = source
        stream.pointee.avail_in = uInt(clamping: count)
        stream.pointee.next_out = target
        stream.pointee.avail_out = uInt(clamping: room)
        let (given, free) = (Int(stream.pointee.avail_in), Int(stream.pointee.avail_out))
        let code = inflate(stream, Z_NO_FLUSH)
        guard code == Z_OK || code == Z_STREAM_END else { return nil }
        if code == Z_STREAM_END { inflateReset(stream) }
        return Step(
            taken: given - Int(stream.pointee.avail_in),
            made: free - Int(stream.pointee.avail_out), isWithin: code != Z_STREAM_END)
    }
}
