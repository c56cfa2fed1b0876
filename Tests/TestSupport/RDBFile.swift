// RDB files made from the documented layout by code of their own: header, opcodes, entries, and a
// checksum that is computed bit by bit.

public struct RDBFile {
    public private(set) var bytes: [UInt8]

    public init(_ magic: String = "REDIS0011") { bytes = Array(magic.utf8) }

    public mutating func add(_ raw: [UInt8]) { bytes += raw }

    /// An entry: its type, key and value.
    public mutating func add(_ type: UInt8, _ key: String, _ value: [UInt8]) {
        bytes += [type] + Self.string(key) + value
    }

    /// What the file says of itself.
    public mutating func addField(_ name: String, _ value: String) {
        bytes += [0xfa] + Self.string(name) + Self.string(value)
    }

    /// With the end and the checksum.
    public func finished(checksum: Bool = true) -> [UInt8] {
        let all = bytes + [0xff]
        return all + TraceFiles.bytes(checksum ? Self.checksum(all) : 0)
    }

    /// In 6, 14, 32 or 64 bits.
    public static func length(_ count: Int) -> [UInt8] {
        switch count {
        case ..<64: [UInt8(count)]
        case ..<16_384: [0x40 | UInt8(count >> 8), UInt8(count & 0xff)]
        case ..<(1 << 32): [0x80] + TraceFiles.bytes(UInt32(count)).reversed()
        default: [0x81] + TraceFiles.bytes(UInt64(count)).reversed()
        }
    }

    public static func string(_ text: String) -> [UInt8] { string(Array(text.utf8)) }

    public static func string(_ bytes: [UInt8]) -> [UInt8] { length(bytes.count) + bytes }

    /// Their number, and one after the other.
    public static func strings(_ texts: [String], per: Int = 1) -> [UInt8] {
        length(texts.count / per) + texts.flatMap { string($0) }
    }

    /// A listpack of entries as they are encoded, without the length behind each.
    public static func listpack(_ entries: [[UInt8]]) -> [UInt8] {
        var body: [UInt8] = []
        for entry in entries {
            let count = entry.count
            body += entry
            if count < 128 {
                body.append(UInt8(count))
            } else {
                body += [UInt8(count >> 7), UInt8(count & 127) | 128]
            }
        }
        var all = TraceFiles.bytes(UInt32(6 + body.count + 1))
        all += TraceFiles.bytes(UInt16(entries.count))
        all += body
        return all + [0xff]
    }

    /// Text as a listpack has it.
    public static func packed(_ text: String) -> [UInt8] {
        let count = text.utf8.count
        let head: [UInt8] =
            count < 64 ? [0x80 | UInt8(count)] : [0xe0 | UInt8(count >> 8), UInt8(count & 255)]
        return head + Array(text.utf8)
    }

    /// A ziplist of entries as they are encoded, without the length before each.
    public static func ziplist(_ entries: [[UInt8]]) -> [UInt8] {
        let body = entries.flatMap { entry -> [UInt8] in [0] + entry }
        var all = TraceFiles.bytes(UInt32(10 + body.count + 1))
        all += TraceFiles.bytes(UInt32(0))
        all += TraceFiles.bytes(UInt16(entries.count))
        all += body
        return all + [0xff]
    }

    /// Short text as a ziplist has it.
    public static func zipped(_ text: String) -> [UInt8] {
        [UInt8(text.utf8.count)] + Array(text.utf8)
    }

    /// CRC-64 with Jones' polynomial, reflected.
    public static func checksum(_ bytes: [UInt8]) -> UInt64 {
        var sum: UInt64 = 0
        for byte in bytes {
            sum ^= UInt64(byte)
            for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 1 ? 0x95ac_9329_ac4b_c9b5 : 0) }
        }
        return sum
    }
}
