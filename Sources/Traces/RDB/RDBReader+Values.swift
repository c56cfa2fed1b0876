// Values of RDB files, by the type that stands before each key.
//
//     0 string   1 list   2 set   3, 5 sorted set   4 hash     n, and as many strings (pairs)
//     9 … 13, 16, 17, 20                                       one packed string
//     14, 18 quicklist                                         n packed strings
//     22 (Valkey), 22 … 25 (Redis)                             hashes whose fields expire
//     15, 19, 21 stream   7 module                             sizes alone
//
// Types above 21 mean different things in the two servers' files.

extension RDBReader {
    func value<Visitor: SnapshotVisitor>(
        _ type: UInt8, _ input: inout TraceInput, _ visitor: inout Visitor
    ) throws(DamagedRecord) {
        guard let (kind, encoding) = meaning(of: type) else {
            throw DamagedRecord(
                "type or opcode \(type) of version \(version) is not known, and nothing says where "
                    + "it ends")
        }
        entry.kind = kind
        entry.encoding = encoding
        try key(&input, &visitor)
        switch type {
        case 0: try text(&input, &visitor)
        case 1, 2: try strings(&input, &visitor)
        case 3, 5: try scores(&input, &visitor, isText: type == 3)
        case 4, 22, 24: try fields(type, &input, &visitor)
        case 7: entry.valueSize = try module(&input)
        case 14, 18: try quicklist(&input, &visitor, isSecond: type == 18)
        case 15, 19, 21: try stream(type, &input)
        case 23, 25:
            // The earliest expiry; 22 and 23, of release candidates of 7.4, lack it.
            if type == 25 { _ = try integer(Int64.self, &input) }
            try packed(RDBListpack.self, per: 3, &input, &visitor)
        case 9: try packed(Zipmap.self, per: 2, &input, &visitor)
        case 10: try packed(Ziplist.self, per: 1, &input, &visitor)
        case 11: try packed(Intset.self, per: 1, &input, &visitor)
        case 12, 13: try packed(Ziplist.self, per: 2, &input, &visitor)
        case 16, 17: try packed(RDBListpack.self, per: 2, &input, &visitor)
        default: try packed(RDBListpack.self, per: 1, &input, &visitor)
        }
        visitor.end(entry)
    }

    private func meaning(of type: UInt8) -> (SnapshotEntry.Kind, String)? {
        switch type {
        case 0: (.string, "raw")
        case 1: (.list, "linkedlist")
        case 2: (.set, "hashtable")
        case 3, 5: (.zset, "skiplist")
        case 4: (.hash, "hashtable")
        case 7: (.module, "module")
        case 9: (.hash, "zipmap")
        case 10: (.list, "ziplist")
        case 11: (.set, "intset")
        case 12: (.zset, "ziplist")
        case 13: (.hash, "ziplist")
        case 14, 18: (.list, "quicklist")
        case 15, 19, 21: (.stream, "stream")
        case 16: (.hash, "listpack")
        case 17: (.zset, "listpack")
        case 20: (.set, "listpack")
        case 22: (.hash, "hashtable")
        case 24 where !isValkey: (.hash, "hashtable")
        case 23 where !isValkey, 25 where !isValkey: (.hash, "listpack")
        default: nil
        }
    }

    // MARK: one string after the other

    private func text<Visitor: SnapshotVisitor>(
        _ input: inout TraceInput, _ visitor: inout Visitor
    ) throws(DamagedRecord) {
        let keeps = visitor.wantsContents
        entry.valueSize = UInt64(try string(&input, keeps: keeps))
        entry.elements = 1
        entry.encoding = spelling
        if keeps { visitor.element(contents, nil) }
    }

    private func strings<Visitor: SnapshotVisitor>(
        _ input: inout TraceInput, _ visitor: inout Visitor
    ) throws(DamagedRecord) {
        let keeps = visitor.wantsContents
        let count = try length(&input)
        // Sums are kept beside the entry, whose every change is checked.
        var (done, bytes): (UInt64, UInt64) = (0, 0)
        while done < count {
            bytes &+= UInt64(try string(&input, keeps: keeps))
            done &+= 1
            if keeps { visitor.element(contents, nil) }
        }
        entry.elements = done
        entry.valueSize = bytes
    }

    private func fields<Visitor: SnapshotVisitor>(
        _ type: UInt8, _ input: inout TraceInput, _ visitor: inout Visitor
    ) throws(DamagedRecord) {
        let keeps = visitor.wantsContents
        if type == 24 { _ = try integer(Int64.self, &input) }
        let count = try length(&input)
        var (done, bytes): (UInt64, UInt64) = (0, 0)
        while done < count {
            if !isValkey, type != 4, try length(&input) > 0 { entry.expiringFields &+= 1 }
            bytes &+= UInt64(try string(&input, keeps: keeps))
            let field = keeps ? first.copy(contents) : contents
            bytes &+= UInt64(try string(&input, keeps: keeps))
            done &+= 1
            if isValkey, type == 22, try integer(Int64.self, &input) != -1 {
                entry.expiringFields &+= 1
            }
            if keeps { visitor.element(field, contents) }
        }
        entry.elements = done
        entry.valueSize = bytes
    }

    private func scores<Visitor: SnapshotVisitor>(
        _ input: inout TraceInput, _ visitor: inout Visitor, isText: Bool
    ) throws(DamagedRecord) {
        let keeps = visitor.wantsContents
        let count = try length(&input)
        var (done, bytes): (UInt64, UInt64) = (0, 0)
        while done < count {
            bytes &+= UInt64(try string(&input, keeps: keeps))
            done &+= 1
            let member = keeps ? first.copy(contents) : contents
            let score = try isText ? scoreText(&input) : binaryScore(&input, keeps: keeps)
            if keeps { visitor.element(member, score) }
        }
        entry.elements = done
        entry.valueSize = bytes
    }

    /// A score as version 1 spells it.
    private func scoreText(
        _ input: inout TraceInput
    ) throws(DamagedRecord) -> UnsafeRawBufferPointer {
        let count = try byte(&input)
        switch count {
        case 253: return spelled("nan")
        case 254: return spelled("inf")
        case 255: return spelled("-inf")
        default:
            try load(Int(count), &input)
            return contents
        }
    }

    private func binaryScore(
        _ input: inout TraceInput, keeps: Bool
    ) throws(DamagedRecord) -> UnsafeRawBufferPointer {
        let bits = try integer(UInt64.self, &input)
        return keeps ? spelled(Double(bitPattern: bits).description) : contents
    }

    private func spelled(_ text: String) -> UnsafeRawBufferPointer {
        var text = text
        return text.withUTF8 { second.copy(UnsafeRawBufferPointer($0)) }
    }

    // MARK: packed strings

    private func quicklist<Visitor: SnapshotVisitor>(
        _ input: inout TraceInput, _ visitor: inout Visitor, isSecond: Bool
    ) throws(DamagedRecord) {
        let nodes = try length(&input)
        var done: UInt64 = 0
        while done < nodes {
            done &+= 1
            guard isSecond else {
                try packed(Ziplist.self, per: 1, &input, &visitor)
                continue
            }
            let container = try length(&input)
            if container == 2 {
                try packed(RDBListpack.self, per: 1, &input, &visitor)
                continue
            }
            guard container == 1 else {
                throw DamagedRecord("there is no container \(container) of a quicklist")
            }
            // An item that is too large to be packed.
            let keeps = visitor.wantsContents
            entry.valueSize &+= UInt64(try string(&input, keeps: keeps))
            entry.elements &+= 1
            if keeps { visitor.element(contents, nil) }
        }
    }

    /// - Parameter per: values that belong together: an item, a field and its value, a member and
    ///   its score, or a field, its value and its expiry.
    private func packed<Elements: PackedElements, Visitor: SnapshotVisitor>(
        _ type: Elements.Type, per: Int, _ input: inout TraceInput, _ visitor: inout Visitor
    ) throws(DamagedRecord) {
        _ = try string(&input, keeps: true)
        let keeps = visitor.wantsContents
        let isHash = entry.kind == .hash
        var elements = try Elements(contents)
        var (done, bytes): (UInt64, UInt64) = (0, 0)
        while let value = try elements.next() {
            done &+= 1
            bytes &+= size(value)
            guard per > 1 else {
                if keeps { visitor.element(spelled(value, &first), nil) }
                continue
            }
            guard let partner = try elements.next() else {
                throw DamagedRecord("a packed \(entry.kind.rawValue) of an odd number of values")
            }
            // A score is no part of what is stored under its member.
            if isHash { bytes &+= size(partner) }
            if keeps { visitor.element(spelled(value, &first), spelled(partner, &second)) }
            guard per > 2 else { continue }
            guard case .number(let expiry)? = try elements.next() else {
                throw DamagedRecord("a field of a hash without its expiry")
            }
            if expiry != 0 { entry.expiringFields &+= 1 }
        }
        // Of a quicklist this is one node.
        entry.elements &+= done
        entry.valueSize &+= bytes
    }

    private func size(_ value: PackedValue) -> UInt64 {
        switch value {
        case .text(let bytes): UInt64(bytes.count)
        case .number(let number): UInt64(Self.digits(number))
        }
    }

    private func spelled(
        _ value: PackedValue, _ bytes: inout GrowingBytes
    ) -> UnsafeRawBufferPointer {
        switch value {
        case .text(let text): text
        case .number(let number): bytes.spell(number)
        }
    }

    // MARK: sizes alone

    private func stream(_ type: UInt8, _ input: inout TraceInput) throws(DamagedRecord) {
        try times(length(&input), &input) { (input: inout TraceInput) throws(DamagedRecord) in
            _ = try self.string(&input, keeps: false)
            self.entry.valueSize &+= UInt64(try self.string(&input, keeps: false))
        }
        entry.elements = try length(&input)
        // Of the last entry, then those of the first, of the last deleted, and how many there were.
        for _ in 0..<(type == 15 ? 2 : 7) { _ = try length(&input) }
        try times(length(&input), &input) { (input: inout TraceInput) throws(DamagedRecord) in
            try self.consumerGroup(type, &input)
        }
    }

    private func consumerGroup(_ type: UInt8, _ input: inout TraceInput) throws(DamagedRecord) {
        _ = try string(&input, keeps: false)
        for _ in 0..<(type == 15 ? 2 : 3) { _ = try length(&input) }
        // What was delivered and not acknowledged: an id, when, and how often.
        try times(length(&input), &input) { (input: inout TraceInput) throws(DamagedRecord) in
            try self.skip(16 + 8, &input)
            _ = try self.length(&input)
        }
        try times(length(&input), &input) { (input: inout TraceInput) throws(DamagedRecord) in
            _ = try self.string(&input, keeps: false)
            try self.skip(type == 21 ? 16 : 8, &input)
            try self.times(self.length(&input), &input) {
                (input: inout TraceInput) throws(DamagedRecord) in
                try self.skip(16, &input)
            }
        }
    }

    private func times(
        _ count: UInt64, _ input: inout TraceInput,
        _ body: (inout TraceInput) throws(DamagedRecord) -> Void
    ) throws(DamagedRecord) {
        var done: UInt64 = 0
        while done < count {
            try body(&input)
            done &+= 1
        }
    }

    /// What a module stored: numbers and strings, each with what it is, up to a 0.
    /// - Returns: bytes of its strings.
    func module(_ input: inout TraceInput) throws(DamagedRecord) -> UInt64 {
        if entry.kind == .module { _ = try length(&input) }
        var bytes: UInt64 = 0
        while true {
            let code = try length(&input)
            switch code {
            case 0: return bytes
            case 1, 2: _ = try length(&input)
            case 3: try skip(4, &input)
            case 4: try skip(8, &input)
            case 5: bytes &+= UInt64(try string(&input, keeps: false))
            default: throw DamagedRecord("a module's data has no part \(code)")
            }
        }
    }
}
