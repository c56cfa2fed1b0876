// One table under check: the calls of both kinds, index and store, as one set, with keys and values
// as data. Whatever bytes a call gets lie at an address of their own and are spoiled when it is
// over, so that a table which keeps an address instead of a copy is found out.
import CTable

/// Threads share it where the table says that they may.
final class HostedTable: @unchecked Sendable {
    /// What a look-up found.
    enum Answer: Equatable, CustomStringConvertible {
        case nothing
        case value(Datum)
        /// Something that was not stored under that key; in words.
        case garbage(String)

        var description: String {
            switch self {
            case .nothing: "nothing"
            case .value(let value): value.text
            case .garbage(let words): words
            }
        }
    }

    private enum Kind {
        case index(hashmark_index)
        case store(hashmark_store)
    }

    let host: CheckHost
    let more: hashmark_optional
    let isIndex: Bool
    private let kind: Kind
    private let table: UnsafeMutableRawPointer
    private let hashes: HashMode

    /// - Throws: a finding `refused`, where `create` returns NULL.
    init(
        _ loaded: LoadedTable, options: String, hashes: HashMode, isPlain: Bool,
        giveUp: @escaping (TableFinding) -> Never
    ) throws(TableFinding) {
        let host = CheckHost(
            options: options, hashes: hashes, isPlain: isPlain, giveUp: giveUp)
        let made: UnsafeMutableRawPointer?
        if let index = loaded.index {
            kind = .index(index)
            isIndex = true
            made = index.create(host.face)
        } else if let store = loaded.store {
            kind = .store(store)
            isIndex = false
            made = store.create(host.face)
        } else {
            throw TableFinding("descriptor", "it is no index and no store")
        }
        guard let made else {
            host.requireNothing(after: "a refused create")
            if let finding = host.finding { throw finding }
            let reason = host.refusal ?? ""
            throw reason.isEmpty
                ? TableFinding(
                    "silent-refusal",
                    "create returns NULL and does not say why; call host->refuse with the reason")
                : TableFinding("refused", "create returns NULL: \(reason)")
        }
        self.host = host
        more = loaded.more
        table = made
        self.hashes = hashes
    }

    /// Gives the table up: then nothing may be held any more.
    func destroy() {
        switch kind {
        case .index(let index): index.destroy(table)
        case .store(let store): store.destroy(table)
        }
        host.requireNothing(after: "destroy")
    }

    var count: UInt64 {
        switch kind {
        case .index(let index): index.count(table)
        case .store(let store): store.count(table)
        }
    }

    // MARK: Single keys

    func get(_ key: Datum) -> Answer {
        let hash = hashes.hash(of: key)
        return withScratch(key) { bytes in
            switch kind {
            case .index(let index):
                return answer(index.find(table, hash, bytes.address, bytes.count), key)
            case .store(let store):
                var value = hashmark_bytes()
                guard store.get(table, hash, bytes.address, bytes.count, &value) != 0 else {
                    return .nothing
                }
                return answer(value)
            }
        }
    }

    /// Whether a key is found, without a look at what: while others write, that may be gone.
    func has(_ key: Datum) -> Bool {
        let hash = hashes.hash(of: key)
        return withScratch(key) { bytes in
            switch kind {
            case .index(let index):
                return index.find(table, hash, bytes.address, bytes.count) != nil
            case .store(let store):
                var value = hashmark_bytes()
                return store.get(table, hash, bytes.address, bytes.count, &value) != 0
            }
        }
    }

    /// - Returns: whether the key was new.
    func put(_ key: Datum, _ value: Datum) -> Bool {
        let hash = hashes.hash(of: key)
        return withScratch(key) { bytes in
            switch kind {
            case .index(let index):
                if let place = index.find(table, hash, bytes.address, bytes.count) {
                    let old = place.pointee
                    place.pointee = host.adopt(key, value, hash)
                    host.drop(old)
                    return false
                }
                index.insert(table, hash, host.adopt(key, value, hash))
                return true
            case .store(let store):
                return withScratch(value) { value in
                    store.put(
                        table, hash, bytes.address, bytes.count, value.address, value.count) != 0
                }
            }
        }
    }

    /// An entry that is made ahead, for threads; the index takes it with `insert`.
    func prepare(_ key: Datum, _ value: Datum) -> UInt64 {
        host.adopt(key, value, hashes.hash(of: key))
    }

    /// Stores a new key, of an index with an entry made ahead; any thread may call it.
    func insert(_ key: Datum, _ value: Datum, entry: UInt64) {
        switch kind {
        case .index(let index): index.insert(table, hashes.hash(of: key), entry)
        case .store: _ = put(key, value)
        }
    }

    /// - Returns: whether the key was there.
    func erase(_ key: Datum) -> Bool {
        let hash = hashes.hash(of: key)
        return withScratch(key) { bytes in
            switch kind {
            case .index(let index):
                guard let place = index.find(table, hash, bytes.address, bytes.count) else {
                    return false
                }
                let old = place.pointee
                index.erase(table, hash, place)
                host.drop(old)
                return true
            case .store(let store):
                return store.erase(table, hash, bytes.address, bytes.count) != 0
            }
        }
    }

    private func withScratch<R>(_ datum: Datum, _ body: (ScratchBytes) -> R) -> R {
        let bytes = ScratchBytes(datum.bytes)
        defer {
            bytes.spoil()
            bytes.free()
        }
        return body(bytes)
    }

    private func answer(_ place: UnsafeMutablePointer<UInt64>?, _ key: Datum) -> Answer {
        guard let place else { return .nothing }
        guard let contents = host.contents(of: place.pointee) else {
            let entry = String(place.pointee, radix: 16)
            return .garbage("0x\(entry), an entry that it does not hold")
        }
        guard contents.key == key else { return .garbage("the entry of \(contents.key.text)") }
        return .value(contents.value)
    }

    private func answer(_ value: hashmark_bytes) -> Answer {
        if let found = Datum(.value, bytes: UnsafeRawBufferPointer(value)) { return .value(found) }
        return .garbage("\(value.length) bytes that were never stored")
    }

    // MARK: Many keys

    /// All at once, each asked for ahead of it where that can be done.
    func many(_ keys: [Datum]) -> [Answer] {
        let scratch = keys.map { ScratchBytes($0.bytes) }
        defer { for bytes in scratch { bytes.free() } }
        let queries = zip(keys, scratch).map { key, bytes in
            hashmark_query(hash: hashes.hash(of: key), key: bytes.address, length: bytes.count)
        }
        if let prefetch = more.prefetch { for query in queries { prefetch(table, query.hash) } }
        switch kind {
        case .index(let index):
            guard let findMany = index.find_many else { return keys.map { get($0) } }
            var places = [UnsafeMutablePointer<UInt64>?](repeating: nil, count: keys.count)
            findMany(table, queries, keys.count, &places)
            return zip(places, keys).map { answer($0, $1) }
        case .store(let store):
            guard let getMany = store.get_many else { return keys.map { get($0) } }
            var values = [hashmark_bytes](repeating: hashmark_bytes(), count: keys.count)
            getMany(table, queries, keys.count, &values)
            return values.map { $0.bytes == nil ? Answer.nothing : answer($0) }
        }
    }

    // MARK: Walks

    func each() -> Visits {
        let visits = makeVisits()
        visits.collect { to in
            switch kind {
            case .index(let index): index.each(table, visitEntry, to)
            case .store(let store): store.each(table, visitPair, to)
            }
        }
        return visits
    }

    /// Nil where it cannot.
    func scan(_ cursor: UInt64) -> (next: UInt64, visits: Visits)? {
        guard let scan = more.scan else { return nil }
        let visits = makeVisits()
        let next = visits.collect { scan(table, cursor, visitAny, $0) }
        return (next, visits)
    }

    /// Nil where it cannot.
    func random(_ draw: UInt64) -> Visits? {
        guard let random = more.random else { return nil }
        let visits = makeVisits()
        visits.collect { random(table, draw, visitAny, $0) }
        return visits
    }

    private func makeVisits() -> Visits {
        // A call may meet each entry more than once: scan in a table that shrinks.
        let most = Int(clamping: count).multipliedReportingOverflow(by: 4).partialValue
        return Visits(host, isIndex: isIndex, most: min(max(most, 0), 1 << 24) + 4_096)
    }

    // MARK: What it says of itself

    /// Nonzero while a resize has more to do; nil where there are no steps.
    func step() -> Bool? {
        guard let step = more.resize_step else { return nil }
        return step(table) != 0
    }

    var capacity: UInt64? {
        guard let capacity = more.capacity else { return nil }
        return capacity(table)
    }

    var foreignBytes: UInt64? {
        guard let bytes = more.foreign_bytes else { return nil }
        return bytes(table)
    }

    var violation: String? {
        guard let violation = more.violation, let text = violation(table) else { return nil }
        return String(cString: text)
    }

    /// Entries by the steps that a look-up takes, all in one sum; nil where it does not count.
    var probedEntries: UInt64? {
        guard let probe = more.probe_lengths else { return nil }
        var lengths = [UInt64](repeating: 0, count: 64)
        probe(table, &lengths, lengths.count)
        return lengths.reduce(0) { $0 &+ $1 }
    }
}
