// Commands as servers record them (AOF, MONITOR), argument by argument, as records. Commands on
// several keys are as many records. Keys of different databases are different keys.
//
//     word ─► shape: which argument is key, value or time ─► records, as they become whole
//
// Times to live that are moments (PXAT, EXPIREAT) need a clock: without one they are none.

struct RecordedCommand {
    enum Outcome: Equatable {
        case nothing
        /// The record is whole.
        case record
        /// No request can stand for it.
        case passedOver(String)
    }

    /// ns since 1970, as far as the trace has told it.
    var now: UInt64?
    private(set) var database: UInt64 = 0
    private var shape = Shape.silent
    private var operation: UInt8 = 0
    private var place = 0
    private var draft = TraceRecord()
    private var hasKey = false
    private var option: Option?

    private enum Option {
        case life(unit: UInt64)
        case moment(unit: UInt64)
    }

    private enum Shape {
        /// Nothing of the data: connections, transactions, administration. What scripts do stands
        /// in lines of their own.
        case silent
        case select
        /// The first argument is the key, and the others do not matter.
        case key
        case keys
        case keyAndValue
        case pairs
        case set
        /// SETEX: key, seconds (or ms), value.
        case expiringSet(unit: UInt64)
        case expiry(unit: UInt64, isMoment: Bool)
        case other
    }

    private struct Word {
        let operation: UInt8
        let shape: Shape
    }

    private static let millisecond: UInt64 = 1_000_000

    private static let known: [(String, TraceVerb, Shape)] = [
        ("get", .get, .key), ("mget", .get, .keys), ("getex", .get, .key),
        ("getrange", .get, .key), ("substr", .get, .key), ("strlen", .get, .key),
        ("exists", .get, .keys), ("touch", .get, .keys), ("ttl", .get, .key),
        ("pttl", .get, .key), ("type", .get, .key), ("set", .set, .set),
        ("getset", .set, .keyAndValue), ("mset", .set, .pairs), ("msetnx", .set, .pairs),
        ("setex", .set, .expiringSet(unit: TraceRecord.second)),
        ("psetex", .set, .expiringSet(unit: millisecond)),
        ("setnx", .setIfAbsent, .keyAndValue), ("append", .append, .keyAndValue),
        ("del", .delete, .keys), ("unlink", .delete, .keys), ("getdel", .delete, .key),
        ("incr", .increment, .key), ("incrby", .increment, .key),
        ("incrbyfloat", .increment, .key), ("decr", .decrement, .key),
        ("decrby", .decrement, .key),
        ("expire", .expire, .expiry(unit: TraceRecord.second, isMoment: false)),
        ("pexpire", .expire, .expiry(unit: millisecond, isMoment: false)),
        ("expireat", .expire, .expiry(unit: TraceRecord.second, isMoment: true)),
        ("pexpireat", .expire, .expiry(unit: millisecond, isMoment: true)),
    ]

    static let operations = known.map { TraceOperation($0.0, $0.1) }

    private static let silent = [
        "multi", "exec", "discard", "watch", "unwatch", "ping", "echo", "auth", "hello", "client",
        "quit", "reset", "info", "command", "config", "replconf", "psync", "sync", "eval",
        "evalsha", "eval_ro", "evalsha_ro", "fcall", "fcall_ro", "script", "function", "cluster",
        "readonly", "readwrite", "asking", "subscribe", "psubscribe", "ssubscribe", "unsubscribe",
        "punsubscribe", "sunsubscribe", "publish", "spublish", "pubsub", "monitor", "slowlog",
        "latency", "memory", "time", "role", "dbsize", "wait", "waitaof", "debug", "lastsave",
        "bgsave", "save", "bgrewriteaof", "acl", "module", "object",
    ]

    /// By the hash of their names, so that no text is made of a command that is known.
    private static let words: [UInt64: Word] = {
        var words: [UInt64: Word] = [:]
        func add(_ name: String, _ word: Word) {
            let bytes = Array(name.utf8)
            words[bytes.withUnsafeBufferPointer { hash($0) }] = word
        }
        add("select", Word(operation: 0, shape: .select))
        for (index, entry) in known.enumerated() {
            add(entry.0, Word(operation: UInt8(index), shape: entry.2))
        }
        for name in silent { add(name, Word(operation: 0, shape: .silent)) }
        return words
    }()

    /// FNV-1a of a name in lower case.
    private static func hash(_ name: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var sum: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name { sum = (sum ^ UInt64(lowered(byte))) &* 0x100_0000_01b3 }
        return sum
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
    }

    /// What a snapshot's entry becomes, and what a key is known by.
    static let setOperation = UInt8(known.firstIndex { $0.0 == "set" }!)

    static func identity(_ key: UnsafePointer<UInt8>, _ count: Int, _ database: UInt64) -> UInt64 {
        TwitterLine.hash(key, count) ^ database &* 0x9e37_79b9_7f4a_7c15
    }

    /// A command begins: its word is the first argument.
    mutating func begin() {
        place = 0
        shape = .silent
        hasKey = false
        option = nil
    }

    /// Says which database the next commands are about.
    mutating func selects(_ number: UInt64) { database = number }

    /// What a string of a snapshot becomes: it comes before every command.
    static func record(of entry: SnapshotEntry, now: UInt64?) -> TraceRecord {
        var record = TraceRecord()
        record.key = entry.key
        record.keySize = UInt32(clamping: entry.keySize)
        record.valueSize = UInt32(clamping: entry.valueSize)
        record.verb = .set
        record.operation = setOperation
        if let expiry = entry.expiresAt, expiry > 0, let now {
            record.timeToLive = Self.left(UInt64(expiry), unit: millisecond, now)
        }
        return record
    }

    /// Takes the next argument.
    /// - Parameters:
    ///   - bytes: the argument, or the beginning of a long one.
    ///   - length: of all of it.
    ///   - record: what becomes whole with it.
    mutating func take(
        _ bytes: UnsafeBufferPointer<UInt8>, length: Int, into record: inout TraceRecord
    ) -> Outcome {
        defer { place &+= 1 }
        if place == 0 { return start(bytes) }
        switch shape {
        case .silent, .other: return .nothing
        case .select:
            if place == 1, let number = Self.number(bytes) { selects(number) }
        case .key:
            if place == 1 { key(bytes, length) }
        case .keys:
            key(bytes, length)
            return emit(&record)
        case .keyAndValue:
            if place == 1 { key(bytes, length) } else { draft.valueSize = UInt32(clamping: length) }
        case .pairs:
            if place % 2 == 1 {
                key(bytes, length)
            } else {
                draft.valueSize = UInt32(clamping: length)
                return emit(&record)
            }
        case .set:
            switch place {
            case 1: key(bytes, length)
            case 2: draft.valueSize = UInt32(clamping: length)
            default: takeOption(bytes)
            }
        case .expiringSet(let unit):
            switch place {
            case 1: key(bytes, length)
            case 2: lives(Self.number(bytes), unit)
            default: draft.valueSize = UInt32(clamping: length)
            }
        case .expiry(let unit, let isMoment):
            if place == 1 { key(bytes, length) }
            if place == 2 { expires(Self.number(bytes), unit, isMoment) }
        }
        return .nothing
    }

    /// The command is whole.
    mutating func finish(into record: inout TraceRecord) -> Outcome {
        switch shape {
        case .key, .keyAndValue, .set, .expiringSet:
            return hasKey ? emit(&record) : .nothing
        case .expiry:
            // At once, or at a moment that no clock says how far off it is.
            guard hasKey, draft.timeToLive > 0 else {
                return .passedOver(Self.operations[Int(operation)].name)
            }
            return emit(&record)
        case .silent, .select, .keys, .pairs, .other: return .nothing
        }
    }

    private mutating func start(_ bytes: UnsafeBufferPointer<UInt8>) -> Outcome {
        draft = TraceRecord()
        guard bytes.count <= Self.longestWord, let word = Self.words[Self.hash(bytes)] else {
            shape = .other
            return .passedOver(Self.name(bytes))
        }
        shape = word.shape
        operation = word.operation
        draft.operation = word.operation
        draft.verb = Self.operations[Int(word.operation)].verb
        return .nothing
    }

    /// No command's name has more.
    private static let longestWord = 32

    /// Of a command that is not known, if it looks like one.
    private static func name(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        let isName = bytes.allSatisfy { byte in
            switch lowered(byte) {
            case 0x61...0x7a, 0x30...0x39, 0x2e, 0x5f: true
            default: false
            }
        }
        guard isName, !bytes.isEmpty, bytes.count <= longestWord else { return "others" }
        // Without an array: files of such commands have one in every record.
        return String(unsafeUninitializedCapacity: bytes.count) { text in
            for index in bytes.indices { text[index] = lowered(bytes[index]) }
            return bytes.count
        }
    }

    private mutating func key(_ bytes: UnsafeBufferPointer<UInt8>, _ length: Int) {
        draft.key = bytes.baseAddress.map { Self.identity($0, bytes.count, database) } ?? 0
        draft.keySize = UInt32(clamping: length)
        hasKey = true
    }

    private mutating func emit(_ record: inout TraceRecord) -> Outcome {
        let time = record.time
        record = draft
        record.time = time
        return .record
    }

    // MARK: times to live

    private mutating func takeOption(_ bytes: UnsafeBufferPointer<UInt8>) {
        if let option {
            self.option = nil
            switch option {
            case .life(let unit): lives(Self.number(bytes), unit)
            case .moment(let unit): expires(Self.number(bytes), unit, true)
            }
            return
        }
        func spells(_ word: StaticString) -> Bool {
            bytes.count == word.utf8CodeUnitCount
                && bytes.indices.allSatisfy { bytes[$0] | 0x20 == word.utf8Start[$0] }
        }
        if spells("ex") {
            option = .life(unit: TraceRecord.second)
        } else if spells("px") {
            option = .life(unit: Self.millisecond)
        } else if spells("exat") {
            option = .moment(unit: TraceRecord.second)
        } else if spells("pxat") {
            option = .moment(unit: Self.millisecond)
        } else if spells("nx") {
            draft.verb = .setIfAbsent
        } else if spells("xx") {
            draft.verb = .setIfPresent
        }
    }

    private mutating func lives(_ count: UInt64?, _ unit: UInt64) {
        let (time, isTooLong) = (count ?? 0).multipliedReportingOverflow(by: unit)
        draft.timeToLive = isTooLong ? Self.longestLife : min(time, Self.longestLife)
    }

    private mutating func expires(_ count: UInt64?, _ unit: UInt64, _ isMoment: Bool) {
        guard isMoment else { return lives(count, unit) }
        guard let count, let now else { return }
        draft.timeToLive = Self.left(count, unit: unit, now)
    }

    /// A century, in ns: far from where times overflow.
    private static let longestLife: UInt64 = 3_155_760_000 * TraceRecord.second

    /// From `now` to a moment; what is over has a millisecond left.
    private static func left(_ moment: UInt64, unit: UInt64, _ now: UInt64) -> UInt64 {
        let (time, isTooLate) = moment.multipliedReportingOverflow(by: unit)
        guard !isTooLate else { return longestLife }
        return time > now ? min(time - now, longestLife) : millisecond
    }

    /// Digits, and nothing else.
    static func number(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64? {
        guard bytes.count > 0, bytes.count <= 19 else { return nil }
        var value: UInt64 = 0
        for byte in bytes {
            let digit = byte &- 0x30
            guard digit <= 9 else { return nil }
            value = value &* 10 &+ UInt64(digit)
        }
        return value
    }
}
