// The table alone: keys and values are taken out of the requests before the clock starts, then it
// is asked as an engine asks it: in batches whose memory is asked for before the first look-up.
//
// Where replies are proved it writes them, as an engine would.
import Experiments
import Keyspaces
import LinuxSystem
import RESP
import ReferenceServer

/// A request as a table sees it; the bytes lie in its block.
struct TableOperation {
    enum Kind: UInt8 { case get, set, remove }

    let kind: Kind
    let key: Bytes
    /// What SET writes.
    let value: Bytes

    /// Nil for a request that no table can be asked.
    init?(_ arguments: borrowing ArgumentVector) {
        guard arguments.count > 1 else { return nil }
        let name = arguments[0]
        let isSet = arguments.count == 3 && name.isWord("set")
        let isGet = arguments.count == 2 && name.isWord("get")
        let isRemove = arguments.count == 2 && (name.isWord("del") || name.isWord("unlink"))
        guard isSet || isGet || isRemove else { return nil }
        kind = isSet ? .set : isGet ? .get : .remove
        key = arguments[1].bytes
        value = isSet ? arguments[2].bytes : Bytes(start: nil, count: 0)
    }
}

final class TableRung: Rung {
    private(set) var account = RungAccount()
    private let label: String
    private let table: any TableTurns

    init(_ label: String, _ configuration: ServerConfiguration) {
        self.label = label
        var maker = TableTurnsMaker(batch: configuration.batch)
        table = configuration.table.withKeyspace(configuration.keyspace, &maker)
    }

    func fill(_ fill: LadderFill, told: (Double) -> Void) throws(ExperimentFailure) {
        try fillHere(fill, label, told: told) { table.entries }
        account = RungAccount()
    }

    func run(
        _ block: RequestBlock, _ turns: Range<Int>, _ look: RungLook
    ) throws(ExperimentFailure) -> RungReading {
        let operations = try decode(block.bytes(turns))
        account.requests.add(UnsafeRawBufferPointer(block.bytes(turns)))
        let requests = block.count(of: turns)
        guard operations.count == requests else { throw unreadable() }
        if look == .proved {
            table.answer(operations) { account.replies.add($0) }
            return RungReading(operations: requests, cpuNanoseconds: nil)
        }
        let (sum, cpu) = operations.withUnsafeBufferPointer { operations in
            measuredHere(look) { table.execute(operations, depth: block.depth) }
        }
        account.sum &+= sum
        return RungReading(operations: requests, cpuNanoseconds: cpu)
    }

    func rest() { table.rest() }

    func stop() {}

    private func decode(
        _ bytes: UnsafeMutableRawBufferPointer
    ) throws(ExperimentFailure) -> [TableOperation] {
        guard let base = bytes.baseAddress else { return [] }
        var parser = RequestParser()
        var arguments = ArgumentVector()
        var operations: [TableOperation] = []
        var position = 0
        while position < bytes.count {
            let outcome = parser.next(base + position, bytes.count - position, into: &arguments)
            guard case .request(let length) = outcome, let operation = TableOperation(arguments)
            else { throw unreadable() }
            operations.append(operation)
            arguments.removeAll()
            position += length
        }
        return operations
    }

    private func unreadable() -> ExperimentFailure {
        ExperimentFailure(
            .invalid,
            "\(label)'s table was given a request that is no GET, SET or DEL of one key; use a "
                + "workload of these")
    }
}

/// What the rung sees of a keyspace: called once for many turns, so that the loop inside is the
/// keyspace's own.
private protocol TableTurns: AnyObject {
    var entries: Int { get }
    /// - Returns: a sum over what was read, so that nothing can be left out.
    func execute(_ operations: UnsafeBufferPointer<TableOperation>, depth: Int) -> UInt64
    /// The same, with the replies that a server would send.
    func answer(_ operations: [TableOperation], _ told: (UnsafeRawBufferPointer) -> Void)
    func rest()
}

private struct TableTurnsMaker: KeyspaceVisitor {
    typealias Failure = Never

    let batch: Int

    mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) -> any TableTurns {
        KeyspaceTurns(keyspace, batch: batch)
    }
}

private final class KeyspaceTurns<K: Keyspace & ~Copyable>: TableTurns {
    private var keyspace: K
    /// Requests whose memory is asked for together; 1: none.
    private let batch: Int
    private let keys: UnsafeMutablePointer<Key>

    init(_ keyspace: consuming K, batch: Int) {
        self.keyspace = keyspace
        self.batch = max(batch, 1)
        keys = .allocate(capacity: max(batch, 1))
        rest()
    }

    deinit { keys.deallocate() }

    var entries: Int { keyspace.count }

    func rest() {
        keyspace.now = Clock.unixMilliseconds()
        while keyspace.maintain(budgetMicroseconds: 1_000) {}
    }

    func execute(_ operations: UnsafeBufferPointer<TableOperation>, depth: Int) -> UInt64 {
        guard let base = operations.baseAddress else { return 0 }
        return Self.run(&keyspace, base, operations.count, depth: depth, batch: batch, keys)
    }

    /// The keyspace is borrowed once: a class property that is checked for every operation would
    /// cost more than some operations do.
    private static func run(
        _ keyspace: inout K, _ operations: UnsafePointer<TableOperation>, _ count: Int, depth: Int,
        batch: Int, _ keys: UnsafeMutablePointer<Key>
    ) -> UInt64 {
        var sum: UInt64 = 0
        var first = 0
        while first < count {
            let end = min(first &+ depth, count)
            while first < end {
                let size = min(batch, end &- first)
                sum &+= step(&keyspace, operations + first, size, keys)
                first &+= size
            }
        }
        return sum
    }

    /// As an engine takes a batch: all keys are hashed, what they will touch is asked for, and then
    /// each command runs.
    @inline(__always)
    private static func step(
        _ keyspace: inout K, _ operations: UnsafePointer<TableOperation>, _ size: Int,
        _ keys: UnsafeMutablePointer<Key>
    ) -> UInt64 {
        for index in 0..<size {
            (keys + index).initialize(to: keyspace.key(operations[index].key))
        }
        if size > 1 {
            for index in 0..<size { keyspace.prefetchIndex(keys[index]) }
            for index in 0..<size { keyspace.prefetchEntry(keys[index]) }
            for index in 0..<size { keyspace.prefetchValue(keys[index]) }
            for index in 0..<size { keyspace.prefetchPayload(keys[index]) }
        }
        var sum: UInt64 = 0
        for index in 0..<size {
            switch operations[index].kind {
            case .get: sum &+= read(keyspace.find(keys[index]))
            case .set: keyspace.set(keys[index], operations[index].value, expiry: .never)
            case .remove: sum &+= keyspace.remove(keys[index]) ? 1 : 0
            }
        }
        return sum
    }

    /// What a GET needs of a value at least: its length and its first line.
    @inline(__always)
    private static func read(_ value: ValueView?) -> UInt64 {
        switch value {
        case nil: return 0
        case .integer(let number): return read(number)
        case .bytes(let bytes):
            let first = bytes.isEmpty ? 0 : UInt64(bytes[0])
            return UInt64(bytes.count) &<< 8 &+ first
        }
    }

    /// The same of a value that a table keeps as a number: another may keep its digits.
    @inline(never)
    private static func read(_ number: Int64) -> UInt64 {
        withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { digits in
            guard let start = digits.baseAddress else { return 0 }
            let count = Decimal.write(number, to: start)
            return UInt64(count) &<< 8 &+ UInt64(digits[0])
        }
    }

    func answer(_ operations: [TableOperation], _ told: (UnsafeRawBufferPointer) -> Void) {
        var reply = ReplyBuffer()
        for operation in operations {
            let key = keyspace.key(operation.key)
            switch operation.kind {
            case .get:
                switch keyspace.find(key) {
                case nil: reply.null()
                case .integer(let number): reply.bulk(decimal: number)
                case .bytes(let bytes): reply.bulk(bytes)
                }
            case .set:
                keyspace.set(key, operation.value, expiry: .never)
                reply.ok()
            case .remove: reply.integer(keyspace.remove(key) ? 1 : 0)
            }
            told(reply.bytes)
            reply.removeAll()
        }
    }
}
