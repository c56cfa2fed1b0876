// Commands by name, and the counters of each.
//
// Look-up: a name of at most 16 letters packs into two words and a length without a loop; letters
// differ from their other case by one bit, so `| 0x20` on every byte compares without case. A small
// open-addressed table over that is built once per engine. Names consist of letters, but for an
// underscore, which no other byte of a name becomes by that bit, and a module's dot, which one does
// that nobody types.

/// A command name as two words and a length, without case.
struct PackedName: Equatable {
    let low: UInt64
    let high: UInt64
    let count: Int

    static let maxLength = 16

    /// nil for the empty name and for one that is longer than any command's.
    @inline(__always)
    init?(_ base: UnsafeRawPointer, _ count: Int) {
        // Overlapping loads cover every length of a range without reading outside the name.
        switch count {
        case 4...7:
            let head = base.loadUnaligned(as: UInt32.self)
            let tail = base.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
            low = (UInt64(head) | UInt64(tail) << 32) | Self.caseBits
            high = 0
        case 1...3:
            let first = base.load(as: UInt8.self)
            let middle = base.load(fromByteOffset: count >> 1, as: UInt8.self)
            let last = base.load(fromByteOffset: count &- 1, as: UInt8.self)
            low = (UInt64(first) | UInt64(middle) << 8 | UInt64(last) << 16) | Self.caseBits
            high = 0
        case 8...Self.maxLength:
            low = base.loadUnaligned(as: UInt64.self) | Self.caseBits
            high = base.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self) | Self.caseBits
        default: return nil
        }
        self.count = count
    }

    private static let caseBits: UInt64 = 0x2020_2020_2020_2020

    /// Multiplicative hashing: the constant is 2⁶⁴ divided by the golden ratio.
    @inline(__always)
    func slot(bits: UInt64) -> Int {
        let mixed = (low ^ high &* 31 ^ UInt64(truncatingIfNeeded: count)) &* 0x9e37_79b9_7f4a_7c15
        return Int(truncatingIfNeeded: mixed &>> (64 &- bits))
    }
}

/// The names alone, which never change: I/O threads look them up too.
struct CommandNames: @unchecked Sendable {
    struct Entry {
        let name: PackedName
        let row: Int
    }

    /// 1,024 slots for two hundred names: short probes, 48 KiB, of which few lines are in use.
    private static let bits: UInt64 = 10
    static let slots = 1 << Int(bits)

    let entries: UnsafeMutablePointer<Entry?>

    init() {
        entries = .allocate(capacity: Self.slots)
        entries.initialize(repeating: nil, count: Self.slots)
    }

    func add(_ name: PackedName, row: Int) {
        var slot = name.slot(bits: Self.bits)
        while entries[slot] != nil { slot = (slot + 1) & (Self.slots - 1) }
        entries[slot] = Entry(name: name, row: row)
    }

    /// The row of the command called so, or −1.
    @inline(__always)
    func row(_ base: UnsafeRawPointer, _ count: Int) -> Int {
        guard let name = PackedName(base, count) else { return -1 }
        var slot = name.slot(bits: Self.bits)
        while let entry = entries[slot] {
            if entry.name == name { return entry.row }
            slot = (slot &+ 1) & (Self.slots &- 1)
        }
        return -1
    }
}

/// The table as the request path reads it, with the counters of each command.
struct CommandIndex: ~Copyable {
    /// What the request path needs of a row, without strings.
    struct Row {
        /// The handlers that are looked at before all others.
        enum Hot {
            case get, set, none

            init(_ handler: Handler) {
                switch handler {
                case .string(.get): self = .get
                case .string(.set): self = .set
                default: self = .none
                }
            }
        }

        let hot: Hot
        let handler: Handler
        let arity: Int
        let firstKey: Int
        /// Refuses keys that hold something else than a string.
        let needsStrings: Bool
        /// Refused when memory is full.
        let deniesOutOfMemory: Bool
        /// Allowed before AUTH.
        let needsNoPassword: Bool
        /// May name keys of several hash slots.
        let hasManyKeys: Bool
        /// Writes, and has one key.
        let changesOneKey: Bool
        var calls: UInt64 = 0
        var rejected: UInt64 = 0
        var failed: UInt64 = 0
        /// Calls whose time was taken, and their time.
        var timedCalls: UInt64 = 0
        var timedNanoseconds: UInt64 = 0
    }

    let names = CommandNames()
    let rows: UnsafeMutablePointer<Row>
    private let count: Int
    private let release: ServerRelease

    /// The commands that `release` has: others are unknown by name.
    init(_ release: ServerRelease) {
        self.release = release
        count = Command.all.count
        let handlers = Handler.allCases
        precondition(count == handlers.count && count * 4 <= CommandNames.slots)
        rows = .allocate(capacity: count)
        for (row, command) in Command.all.enumerated() {
            precondition(command.handler == handlers[row], "rows follow Handler's order")
            (rows + row).initialize(
                to: Row(
                    hot: Row.Hot(command.handler), handler: command.handler, arity: command.arity,
                    firstKey: command.keys.first, needsStrings: command.needsStrings,
                    deniesOutOfMemory: command.flags.contains(.denyoom),
                    needsNoPassword: command.flags.contains(.noAuth),
                    hasManyKeys: command.keys.last != command.keys.first
                        || command.flags.contains(.movableKeys),
                    changesOneKey: command.flags.contains(.write)
                        && command.keys.first == 1 && command.keys.last == 1))
            guard command.since <= release else { continue }
            var name = command.name
            let packed = name.withUTF8 { PackedName(UnsafeRawPointer($0.baseAddress!), $0.count)! }
            names.add(packed, row: row)
        }
    }

    deinit {
        names.entries.deallocate()
        rows.deallocate()
    }

    /// The row of the command called so, or −1.
    @inline(__always)
    func row(_ base: UnsafeRawPointer, _ count: Int) -> Int { names.row(base, count) }

    /// The rows of the commands that there are.
    var all: [Int] { Command.all.indices.filter { Command.all[$0].since <= release } }

    func resetStatistics() {
        for row in 0..<count {
            rows[row].calls = 0
            rows[row].rejected = 0
            rows[row].failed = 0
            rows[row].timedCalls = 0
            rows[row].timedNanoseconds = 0
        }
    }
}
