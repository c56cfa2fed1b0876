// The compressed V2 form of HdrHistogram, which its Java, C, Python, Go … implementations share.
//
//   4  cookie 0x1c849314            (V2 compressed)
//   4  length of what follows
//      zlib stream of:
//   4    cookie 0x1c849313          (V2)
//   4    length of the counts in bytes
//   4    normalizing index offset   (0; see below)
//   4    significant digits         (3)
//   8    lowest discernible value   (1)
//   8    highest trackable value    (3,600,000,000,000)
//   8    double conversion ratio    (1.0)
//        counts up to the largest recorded value, each a ZigZag LEB128 number; −n stands for a run
//        of n empty buckets
//
// All integers are big-endian. The normalizing offset says how the writer's array was rotated in
// memory. The counts themselves are written in the order of their values (Java reads and writes
// them through its normalising accessor), so a reader needs no offset, and this one ignores it.
// The conversion ratio belongs to histograms of doubles and is ignored for the same reason that
// Python's old writer filled it with the bits of an integer.
//
// Input is not trusted: every length is checked, the inflated size is bounded, and what is wrong is
// a `HistogramCodingError`.
//
// Credits: the format is Gil Tene's (HdrHistogram, AbstractHistogram.encodeIntoByteBuffer).
import Foundation
import Histogram

/// Why bytes are not a histogram that merges with ours.
public enum HistogramCodingError: Error, Equatable, CustomStringConvertible {
    case notBase64
    /// Fewer bytes than the format needs.
    case truncated
    /// The first four bytes are of another format, V0 or V1 of this one included.
    case unknownCookie(UInt32)
    /// zlib refuses the stream; the number is its error code.
    case badCompression(Int32)
    /// Counts that cannot be: a run past the end, a total beyond 64 bits.
    case damagedCounts
    /// A sound histogram of another resolution: adding it up would change its numbers.
    case otherLayout(digits: Int, lowest: UInt64)

    public var description: String {
        switch self {
        case .notBase64: "histogram is not base64"
        case .truncated: "histogram is cut short"
        case .unknownCookie(let cookie):
            "histogram starts with 0x\(String(cookie, radix: 16)), not HdrHistogram V2"
        case .badCompression(let code): "histogram does not inflate (zlib error \(code))"
        case .damagedCounts: "histogram counts are damaged"
        case .otherLayout(let digits, let lowest):
            "histogram has \(digits) digits from \(lowest); only 3 digits from 1 ns merge"
        }
    }
}

private enum V2 {
    /// Base cookies; the second-lowest digit is the word size, 1 = variable length.
    static let cookie: UInt32 = 0x1c84_9303
    static let compressedCookie: UInt32 = 0x1c84_9304
    static let wordSize: UInt32 = 0x10
    static let headerBytes = 40
    /// A histogram of our resolution up to 2^63 has 54 × 1024 buckets; nothing sound has more.
    static let bucketLimit = 64 * 1024
    static let maximumBytes = headerBytes + bucketLimit * LEB128.maximumBytes

    static func base(_ cookie: UInt32) -> UInt32 { cookie & ~0xf0 }
}

extension LatencyHistogram {
    /// The compressed V2 form. Equal histograms give equal bytes (with one zlib version).
    /// - Complexity: O(buckets). - Allocations: a few hundred KiB for the length of the call.
    public func encodedV2Compressed() -> [UInt8] {
        let stream = Zlib.compress(encodedV2())
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + stream.count)
        bytes.appendBigEndian(V2.compressedCookie | V2.wordSize)
        bytes.appendBigEndian(UInt32(stream.count))
        bytes += stream
        return bytes
    }

    /// ``encodedV2Compressed()`` as base64: the `histogram` field of a run record, and what
    /// HdrHistogram log files hold.
    public func base64V2() -> String {
        Data(encodedV2Compressed()).base64EncodedString()
    }

    /// Reads ``base64V2()`` or the same from another implementation.
    public init(base64V2 text: String) throws(HistogramCodingError) {
        guard let data = Data(base64Encoded: text) else { throw .notBase64 }
        try self.init(encodedV2: Array(data))
    }

    /// Reads V2 bytes, compressed or not. Samples above our range are counted in `clamped`.
    public init(encodedV2 bytes: [UInt8]) throws(HistogramCodingError) {
        var reader = HistogramReader(bytes)
        let cookie = try reader.bigEndian(UInt32.self)
        switch V2.base(cookie) {
        case V2.cookie:
            try self.init(uncompressedV2: bytes)
        case V2.compressedCookie:
            let length = Int(try reader.bigEndian(UInt32.self))
            let stream = try reader.take(length)
            try self.init(
                uncompressedV2: Zlib.decompress(stream, atMost: V2.maximumBytes))
        default:
            throw .unknownCookie(cookie)
        }
    }

    private func encodedV2() -> [UInt8] {
        var counts: [UInt8] = []
        var empty = 0
        for index in 0..<(max.map { Layout.index(of: $0) + 1 } ?? 0) {
            let count = base.countForValue(Layout.lowest(at: index))
            guard count > 0 else {
                empty += 1
                continue
            }
            // A lone empty bucket is written as 0, as Java does; −1 would mean the same.
            if empty > 0 { LEB128.append(empty == 1 ? 0 : -Int64(empty), to: &counts) }
            empty = 0
            LEB128.append(Int64(clamping: count), to: &counts)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(V2.headerBytes + counts.count)
        bytes.appendBigEndian(V2.cookie | V2.wordSize)
        bytes.appendBigEndian(UInt32(counts.count))
        bytes.appendBigEndian(UInt32(0))
        bytes.appendBigEndian(UInt32(3))
        bytes.appendBigEndian(UInt64(1))
        bytes.appendBigEndian(Self.highestTrackableNanoseconds)
        bytes.appendBigEndian((1.0).bitPattern)
        return bytes + counts
    }

    private init(uncompressedV2 bytes: [UInt8]) throws(HistogramCodingError) {
        var reader = HistogramReader(bytes)
        let cookie = try reader.bigEndian(UInt32.self)
        guard V2.base(cookie) == V2.cookie else { throw .unknownCookie(cookie) }
        let length = Int(try reader.bigEndian(UInt32.self))
        _ = try reader.bigEndian(UInt32.self)  // normalizing offset
        let digits = try reader.bigEndian(UInt32.self)
        let lowest = try reader.bigEndian(UInt64.self)
        _ = try reader.bigEndian(UInt64.self)  // highest trackable: more only means more clamped
        _ = try reader.bigEndian(UInt64.self)  // conversion ratio
        guard digits == 3, lowest == 1 else {
            throw .otherLayout(digits: Int(digits), lowest: lowest)
        }
        var counts = BucketCounts()
        try counts.read(try reader.take(length))
        self = counts.histogram()
    }
}

/// The counts of an encoded histogram by bucket number.
private struct BucketCounts {
    private var counts = [UInt64](repeating: 0, count: LatencyHistogram.Layout.count)
    private var clamped: UInt64 = 0
    private var total: UInt64 = 0

    mutating func read(_ bytes: [UInt8]) throws(HistogramCodingError) {
        var reader = HistogramReader(bytes)
        var index = 0
        while !reader.isAtEnd {
            let number = try LEB128.read(&reader)
            let step = number < 0 ? number.magnitude : 1
            guard step <= V2.bucketLimit - index else { throw .damagedCounts }
            if number > 0 { try add(UInt64(number), at: index) }
            index += Int(step)
        }
    }

    private mutating func add(_ count: UInt64, at index: Int) throws(HistogramCodingError) {
        let (sum, overflow) = total.addingReportingOverflow(count)
        guard !overflow else { throw .damagedCounts }
        total = sum
        let top = LatencyHistogram.Layout.index(of: LatencyHistogram.highestTrackableNanoseconds)
        if index > top { clamped += count }
        counts[min(index, top)] += count
    }

    /// As Java does, the extremes are the outer ends of the first and the last bucket.
    func histogram() -> LatencyHistogram {
        let first = counts.firstIndex { $0 > 0 } ?? 0
        let last = counts.lastIndex { $0 > 0 } ?? 0
        let top = min(
            LatencyHistogram.Layout.highest(at: last), LatencyHistogram.highestTrackableNanoseconds)
        return counts.withUnsafeBufferPointer { counts in
            LatencyHistogram(
                counts: counts, min: total == 0 ? .max : LatencyHistogram.Layout.lowest(at: first),
                max: top, clamped: clamped)
        }
    }
}
