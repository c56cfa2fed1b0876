// The frame of RDB files: header, opcodes and end, and each entry's key and type.

extension RDBReader {
    enum Step {
        case entry
        case end
    }

    /// Whether bytes begin as such a file does.
    static func begins(_ start: UnsafeRawBufferPointer) -> Bool {
        header(start) != nil
    }

    private static let headerBytes = 9

    private static func header(
        _ start: UnsafeRawBufferPointer
    ) -> (version: Int, isValkey: Bool)? {
        let isValkey = start.starts(with: "VALKEY".utf8)
        guard start.count >= headerBytes, isValkey || start.starts(with: "REDIS".utf8) else {
            return nil
        }
        var version = 0
        for digit in start[(isValkey ? 6 : 5)..<headerBytes] {
            guard digit >= 0x30, digit <= 0x39 else { return nil }
            version = version * 10 + Int(digit - 0x30)
        }
        return version > 0 ? (version, isValkey) : nil
    }

    func begin(_ input: inout TraceInput) throws(DamagedRecord) {
        entryStart = input.origin + UInt64(input.taken)
        try load(Self.headerBytes, &input)
        guard let header = Self.header(contents) else {
            throw DamagedRecord("no header of an RDB file (REDIS0011, VALKEY080)")
        }
        (version, isValkey) = header
    }

    /// Reads up to the end of the next entry, or of the file.
    func next<Visitor: SnapshotVisitor>(
        _ input: inout TraceInput, _ visitor: inout Visitor
    ) throws(DamagedRecord) -> Step {
        let database = entry.database
        entry = SnapshotEntry()
        entry.database = database
        entryStart = input.origin + UInt64(input.taken)
        while true {
            let code = try byte(&input)
            switch code {
            case 255:
                try end(&input)
                return .end
            case 254: entry.database = try length(&input)
            case 253: entry.expiresAt = Int64(try integer(Int32.self, &input)) * 1_000
            case 252: entry.expiresAt = try integer(Int64.self, &input)
            case 251:
                _ = try length(&input)
                _ = try length(&input)
            case 250: try field(&input)
            case 249: _ = try byte(&input)
            case 248: entry.idleSeconds = try length(&input)
            case 247:
                _ = try length(&input)
                _ = try module(&input)
            case 245: _ = try string(&input, keeps: false)
            case 244:
                for _ in 0..<3 { _ = try length(&input) }
            case 243 where isValkey: try slotImport(&input)
            default:
                try value(code, &input, &visitor)
                entries &+= 1
                return .entry
            }
        }
    }

    private func end(_ input: inout TraceInput) throws(DamagedRecord) {
        // The first versions had no checksum; 0 says that it was switched off.
        guard isValkey || version >= 5 else { return sum(input) }
        sum(input)
        let computed = checksum.value
        let stored = try integer(UInt64.self, &input)
        guard stored == 0 || stored == computed else {
            throw DamagedRecord(
                "its checksum is \(String(stored, radix: 16)), its contents' "
                    + String(computed, radix: 16))
        }
    }

    /// `fa`: what the file says of itself.
    private func field(_ input: inout TraceInput) throws(DamagedRecord) {
        _ = try string(&input, keeps: true)
        let name = text
        _ = try string(&input, keeps: true)
        switch name {
        case "ctime": writtenAt = UInt64(text)
        case "redis-ver": software = "redis " + text
        case "valkey-ver": software = "valkey " + text
        default: break
        }
    }

    /// Of `contents`, as far as it can stand in a line.
    private var text: String {
        String(
            decoding: contents.prefix(32).filter { $0 > 0x20 && $0 < 0x7f }, as: UTF8.self)
    }

    /// A migration of slots that was under way.
    private func slotImport(_ input: inout TraceInput) throws(DamagedRecord) {
        _ = try string(&input, keeps: false)
        let ranges = try length(&input)
        var done: UInt64 = 0
        while done < ranges {
            _ = try length(&input)
            _ = try length(&input)
            done += 1
        }
    }

    /// The key that follows, hashed; kept where somebody looks at it.
    func key<Visitor: SnapshotVisitor>(
        _ input: inout TraceInput, _ visitor: inout Visitor
    ) throws(DamagedRecord) {
        entry.keySize = try string(&input, keeps: true)
        let bytes = contents.assumingMemoryBound(to: UInt8.self)
        if let start = bytes.baseAddress {
            entry.key = RecordedCommand.identity(start, bytes.count, entry.database)
        }
        visitor.begin(entry, key: contents)
    }
}
