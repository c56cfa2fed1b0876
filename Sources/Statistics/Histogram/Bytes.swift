// The three encodings under the V2 form: big-endian integers, LEB128 numbers, zlib streams.
import CZlib

extension [UInt8] {
    mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}

/// Reads from the front of an array and throws where a crash would be.
struct HistogramReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func byte() throws(HistogramCodingError) -> UInt8 {
        guard position < bytes.count else { throw .truncated }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func bigEndian<T: FixedWidthInteger & UnsignedInteger>(
        _ type: T.Type
    ) throws(HistogramCodingError) -> T {
        var value: T = 0
        for _ in 0..<(T.bitWidth / 8) { value = value << 8 | T(try byte()) }
        return value
    }

    mutating func take(_ count: Int) throws(HistogramCodingError) -> [UInt8] {
        guard count <= bytes.count - position else { throw .truncated }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }
}

/// HdrHistogram's variant of ZigZag LEB128: seven bits a byte, lowest first, the top bit saying
/// that more follow; but the ninth byte carries eight bits, so that 64 bits never need a tenth.
/// Not the Protocol Buffers encoding.
enum LEB128 {
    static let maximumBytes = 9

    static func append(_ value: Int64, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: value << 1 ^ value >> 63)
        for _ in 0..<(maximumBytes - 1) {
            guard rest > 0x7f else { break }
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    static func read(_ reader: inout HistogramReader) throws(HistogramCodingError) -> Int64 {
        var value: UInt64 = 0
        for position in 0..<maximumBytes {
            let byte = UInt64(try reader.byte())
            if position == maximumBytes - 1 {
                value |= byte << 56
            } else {
                value |= (byte & 0x7f) << UInt64(7 * position)
                if byte & 0x80 == 0 { break }
            }
        }
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }
}

enum Zlib {
    static func compress(_ bytes: [UInt8]) -> [UInt8] {
        var count = compressBound(uLong(bytes.count))
        return [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, initialized in
            let code = compress2(
                buffer.baseAddress, &count, bytes, uLong(bytes.count), Z_DEFAULT_COMPRESSION)
            // Only memory can be short here: the room is what zlib asked for.
            precondition(code == Z_OK, "zlib compress2 returned \(code)")
            initialized = Int(count)
        }
    }

    /// Inflates one zlib stream; more than `limit` bytes is an error, whatever the input claims.
    static func decompress(
        _ bytes: [UInt8], atMost limit: Int
    ) throws(HistogramCodingError) -> [UInt8] {
        var count = uLong(limit)
        var code: Int32 = Z_OK
        let result = [UInt8](unsafeUninitializedCapacity: limit) { buffer, initialized in
            code = uncompress(buffer.baseAddress, &count, bytes, uLong(bytes.count))
            initialized = code == Z_OK ? Int(count) : 0
        }
        guard code == Z_OK else { throw .badCompression(code) }
        return result
    }
}
