// Addresses as .eh_frame writes them: DW_EH_PE_*, of the Linux Standard Base, 10.5.

struct PointerEncoding: Sendable {
    private let code: UInt8

    init(_ code: UInt8) { self.code = code }

    /// Nothing is written.
    var isOmitted: Bool { code == 0xff }

    /// The next address. - Parameter address: of the reader's next byte.
    /// - Returns: nil where it is relative to something that is not known here.
    func read(_ reader: inout ByteReader, at address: UInt64) -> UInt64? {
        guard !isOmitted, let value = readValue(&reader) else { return nil }
        switch code & 0x70 {
        case 0x00: return value
        case 0x10: return address &+ value
        default: return nil
        }
    }

    /// The number alone, as an address' length is written.
    func readValue(_ reader: inout ByteReader) -> UInt64? {
        switch code & 0x0f {
        case 0x00, 0x04, 0x0c: reader.u64()
        case 0x01: reader.unsignedLEB()
        case 0x02: UInt64(reader.u16())
        case 0x03: UInt64(reader.u32())
        case 0x09: UInt64(bitPattern: reader.signedLEB())
        case 0x0a: UInt64(bitPattern: Int64(Int16(bitPattern: reader.u16())))
        case 0x0b: UInt64(bitPattern: Int64(Int32(bitPattern: reader.u32())))
        default: nil
        }
    }
}
