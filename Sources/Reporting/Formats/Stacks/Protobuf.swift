// Messages of Protocol Buffers, written field by field, and gzip around them.
//
// Source: protobuf.dev, "Encoding": a field is its number and its wire type, then a varint (type 0)
// or a length and so many bytes (type 2). Defaults (0, no bytes) are left out, as version 3 does.
import CZlib

struct Protobuf {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ field: Int, _ number: Int) {
        guard number != 0 else { return }
        key(field, 0)
        varint(number)
    }

    mutating func append(_ field: Int, _ message: Protobuf) { append(field, message.bytes) }
    mutating func append(_ field: Int, _ text: String) { append(field, Array(text.utf8)) }

    /// Zeros are numbers of the list.
    mutating func append(_ field: Int, packed numbers: [Int]) {
        var list = Protobuf()
        for number in numbers { list.varint(number) }
        append(field, list)
    }

    private mutating func append(_ field: Int, _ content: [UInt8]) {
        key(field, 2)
        varint(content.count)
        bytes += content
    }

    private mutating func key(_ field: Int, _ wireType: Int) { varint(field << 3 | wireType) }

    /// Seven bits a byte, the lowest first.
    private mutating func varint(_ number: Int) {
        var rest = UInt64(bitPattern: Int64(number))
        while rest > 0x7f {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

enum Gzip {
    /// A stream of 15 bits of window with a header of gzip, in zlib's words.
    private static let windowBits: Int32 = 15 + 16
    private static let memoryLevel: Int32 = 8

    /// The same bytes for the same input: there is no time in it.
    static func compress(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        var code = deflateInit2_(
            &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, windowBits, memoryLevel,
            Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        // Only memory can be short, here and below.
        precondition(code == Z_OK, "zlib deflateInit2 returned \(code)")
        defer { deflateEnd(&stream) }
        let room = Int(deflateBound(&stream, uLong(bytes.count)))
        var input = bytes
        var output = [UInt8](repeating: 0, count: room)
        let written = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = uInt(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = uInt(target.count)
                code = deflate(&stream, Z_FINISH)
                return Int(stream.total_out)
            }
        }
        precondition(code == Z_STREAM_END, "zlib deflate returned \(code)")
        return Array(output.prefix(written))
    }
}
