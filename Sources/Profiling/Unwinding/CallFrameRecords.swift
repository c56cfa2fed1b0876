// .eh_frame as it lies in a binary: common information entries and the functions that refer to
// them. Damaged ones are left out, and the rest is read on.
//
//     length u32 (0xffffffff: u64) | 0: an entry of common information
//                                  | distance back to one: a function's
//
// Source: the Linux Standard Base, 10.6; DWARF 5, section 6.4.1.

struct CallFrameRecords {
    /// What functions have in common.
    struct Common {
        var program: CallFrameProgram
        var encoding: PointerEncoding
        /// A length of more data stands before a function's instructions.
        var hasAugmentation: Bool
        /// A signal's return: its caller was interrupted, and called nothing.
        var isSignal: Bool
    }

    struct Function {
        var start: UInt64
        var size: UInt64
        var common: Int
        /// Of the section's bytes.
        var instructions: Range<Int>
    }

    private(set) var commons: [Common] = []
    private(set) var functions: [Function] = []
    private(set) var expressions: [[UInt8]] = []

    private let bytes: UnsafeRawBufferPointer
    private let address: UInt64
    private let architecture: Architecture
    /// Indices by where they lie; nil for those that could not be read.
    private var known: [UInt64: Int?] = [:]

    /// - Parameter address: of the section's first byte.
    init(_ bytes: UnsafeRawBufferPointer, at address: UInt64, _ architecture: Architecture) {
        self.bytes = bytes
        self.address = address
        self.architecture = architecture
        var reader = ByteReader(bytes)
        while !reader.isAtEnd, let record = Self.next(&reader) {
            if record.distance != 0, record.distance <= UInt64(record.link) {
                readFunction(record)
            }
        }
    }

    private struct Record {
        /// Where the distance to the common entry stands.
        var link: Int
        var distance: UInt64
        var end: Int
    }

    /// Nil at the end, which a length of 0 marks as well.
    private static func next(_ reader: inout ByteReader) -> Record? {
        var length = UInt64(reader.u32())
        if length == 0xffff_ffff { length = reader.u64() }
        let link = reader.position
        guard length >= 4, length <= reader.remaining, !reader.isDamaged else { return nil }
        let distance = UInt64(reader.u32())
        reader.skip(length - 4)
        return Record(link: link, distance: distance, end: reader.position)
    }

    private mutating func readFunction(_ record: Record) {
        guard let index = common(at: UInt64(record.link) - record.distance) else { return }
        let common = commons[index]
        let part = UnsafeRawBufferPointer(rebasing: bytes[..<record.end])
        var reader = ByteReader(part, at: UInt64(record.link + 4))
        guard
            let start = common.encoding.read(&reader, at: address &+ UInt64(reader.position)),
            let size = common.encoding.readValue(&reader)
        else { return }
        if common.hasAugmentation { reader.skip(reader.unsignedLEB()) }
        // 0: of a function that the linker has thrown away.
        guard !reader.isDamaged, start != 0, size != 0, start &+ size > start else { return }
        functions.append(
            Function(
                start: start, size: size, common: index,
                instructions: reader.position..<record.end))
    }

    private mutating func common(at offset: UInt64) -> Int? {
        if let index = known[offset] { return index }
        let index = readCommon(at: offset).map { common in
            commons.append(common)
            return commons.count - 1
        }
        known[offset] = .some(index)
        return index
    }

    private mutating func readCommon(at offset: UInt64) -> Common? {
        var reader = ByteReader(bytes, at: offset)
        guard let record = Self.next(&reader), record.distance == 0 else { return nil }
        reader = ByteReader(
            UnsafeRawBufferPointer(rebasing: bytes[..<record.end]), at: UInt64(record.link + 4))
        let version = reader.u8()
        guard version == 1 || version == 3 else { return nil }
        let augmentation = reader.string()
        let (code, data) = (reader.unsignedLEB(), reader.signedLEB())
        _ = version == 1 ? UInt64(reader.u8()) : reader.unsignedLEB()
        var common = Common(
            program: CallFrameProgram(architecture, codeAlignment: code, dataAlignment: data),
            encoding: PointerEncoding(0), hasAugmentation: augmentation.first == UInt8(ascii: "z"),
            isSignal: false)
        // Without z nobody says how long it is.
        guard common.hasAugmentation || augmentation.isEmpty else { return nil }
        var instructions = reader
        if common.hasAugmentation {
            instructions.skip(instructions.unsignedLEB())
            _ = reader.unsignedLEB()
            for letter in augmentation.dropFirst() {
                switch letter {
                case UInt8(ascii: "R"): common.encoding = PointerEncoding(reader.u8())
                case UInt8(ascii: "P"): _ = PointerEncoding(reader.u8()).readValue(&reader)
                case UInt8(ascii: "L"): _ = reader.u8()
                case UInt8(ascii: "S"): common.isSignal = true
                default: break
                }
            }
        }
        let start = address &+ UInt64(instructions.position)
        guard !reader.isDamaged, !instructions.isDamaged,
            common.program.run(
                instructions.take(instructions.remaining), common.encoding, at: start, &expressions,
                advance: { _, _ in true })
        else { return nil }
        common.program.begin()
        return common
    }

    /// Every stretch of a function with its rule, in order of addresses.
    mutating func forEachRule(
        of function: Function, _ body: (_ start: UInt64, UnwindRule) -> Void
    ) {
        var program = commons[function.common].program
        var location = function.start
        let end = function.start &+ function.size
        let instructions = UnsafeRawBufferPointer(rebasing: bytes[function.instructions])
        let understood = program.run(
            instructions, commons[function.common].encoding,
            at: address &+ UInt64(function.instructions.lowerBound), &expressions
        ) { rule, step in
            let next =
                switch step {
                case .by(let distance): location &+ distance
                case .to(let address): address
                }
            if next == location { return true }
            body(location, rule)
            // Backwards or out of the function: damaged.
            guard next > location, next < end else {
                location = end
                return false
            }
            location = next
            return true
        }
        if location < end { body(location, understood ? program.rule : UnwindRule()) }
    }
}
