// What the check is to a table: `hashmark_host`, with a heap that watches every block, and for an
// index the entries, which are opaque numbers here: whatever an index takes for an entry and is
// none, is noticed instead of followed.
import CTable
import Glibc

/// Threads share it while a table is called from several: the heap has a lock, entries are all made
/// before.
final class CheckHost: @unchecked Sendable {
    /// Of an entry.
    private struct Record {
        let key: Datum
        let value: Datum
        let hash: UInt64
        /// A copy that is the entry's own, so that no address of a look-up is mistaken for it.
        let bytes: ScratchBytes
        var isHeld = true
    }

    let face: UnsafeMutablePointer<hashmark_host>
    /// Ends the process where there is no memory, after having said so.
    private let giveUp: (TableFinding) -> Never
    private var heap: CheckedHeap
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    /// Why `create` returned NULL; nil when it did not say.
    private(set) var refusal: String?
    private let options: UnsafeMutablePointer<CChar>
    private let hashes: HashMode
    private var records: [Record] = []
    /// How often the index asked for a key; roughly, where several threads do.
    private(set) var keyCalls = 0

    /// More than any of the sequences needs, and less than machines have.
    private static let mostBytes = 3 << 30

    init(
        options text: String, hashes: HashMode, isPlain: Bool,
        giveUp: @escaping (TableFinding) -> Never
    ) {
        self.hashes = hashes
        heap = CheckedHeap(isPlain: isPlain)
        lock = .allocate(capacity: 1)
        lock.initialize(to: pthread_mutex_t())
        pthread_mutex_init(lock, nil)
        options = strdup(text)
        self.giveUp = giveUp
        face = .allocate(capacity: 1)
        face.initialize(
            to: hashmark_host(
                context: nil,
                allocate: { CheckHost.at($0).allocate($1, $2) },
                release: { context, memory, bytes, alignment in
                    guard let memory else { return }
                    CheckHost.at(context).release(memory, bytes, alignment)
                },
                key: { CheckHost.at($0).key(of: $1) },
                hash: { CheckHost.at($0).hash(of: $1) },
                options: UnsafePointer(options),
                refuse: { context, reason in
                    CheckHost.at(context).refusal =
                        reason.map { TableFinding.oneLine(String(cString: $0)) } ?? ""
                },
                hash_key: { context, key, length in
                    let key = UnsafeRawBufferPointer(start: key, count: length)
                    return CheckHost.at(context).hash(of: key)
                }))
        face.pointee.context = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit {
        for record in records { record.bytes.free() }
        heap.clear()
        pthread_mutex_destroy(lock)
        lock.deallocate()
        face.deallocate()
        free(options)
    }

    private static func at(_ context: UnsafeMutableRawPointer?) -> CheckHost {
        Unmanaged<CheckHost>.fromOpaque(context!).takeUnretainedValue()
    }

    // MARK: Memory

    private func locked<R>(_ body: () -> R) -> R {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body()
    }

    private func allocate(_ bytes: Int, _ alignment: Int) -> UnsafeMutableRawPointer {
        let memory = locked { heap.allocate(bytes, alignment, most: Self.mostBytes) }
        if let memory { return memory }
        giveUp(
            TableFinding(
                "memory",
                "it asks for \(bytes) bytes and holds \(heldBytes) already; nothing here needs so "
                    + "much"))
    }

    private func release(_ memory: UnsafeMutableRawPointer, _ bytes: Int, _ alignment: Int) {
        locked { heap.release(memory, bytes, alignment) }
    }

    /// The first thing that was wrong; nil while nothing is.
    var finding: TableFinding? { locked { heap.finding } }
    var heldBytes: Int { locked { heap.heldBytes } }

    func verifyHeap() { locked { heap.verify() } }
    func requireNothing(after what: String) { locked { heap.requireNothing(after: what) } }

    private func note(_ name: String, _ text: String) { locked { heap.note(name, text) } }

    // MARK: Entries

    /// Entries are as addresses are: not 0, and their lowest bits are.
    private static let entryShift: UInt64 = 4

    /// An entry, held from now on.
    func adopt(_ key: Datum, _ value: Datum, _ hash: UInt64) -> UInt64 {
        records.append(
            Record(key: key, value: value, hash: hash, bytes: ScratchBytes(key.bytes)))
        return UInt64(records.count) << Self.entryShift
    }

    /// The index does not hold it any more.
    func drop(_ entry: UInt64) {
        guard let index = index(of: entry) else { return }
        records[index].isHeld = false
        records[index].bytes.spoil()
    }

    /// What an entry stands for; nil when there is no such entry, or the index gave it up.
    func contents(of entry: UInt64) -> (key: Datum, value: Datum)? {
        guard let index = index(of: entry) else { return nil }
        return (records[index].key, records[index].value)
    }

    private func index(of entry: UInt64) -> Int? {
        let number = entry >> Self.entryShift
        guard number > 0, number <= UInt64(records.count), number << Self.entryShift == entry
        else { return nil }
        let index = Int(number) - 1
        return records[index].isHeld ? index : nil
    }

    private func key(of entry: UInt64) -> hashmark_bytes {
        keyCalls &+= 1
        guard let index = index(of: entry) else {
            note("unknown-entry", Self.unknown("key", entry))
            return hashmark_bytes(bytes: UnsafeRawPointer(options), length: 0)
        }
        let bytes = records[index].bytes
        return hashmark_bytes(bytes: bytes.address, length: bytes.count)
    }

    private func hash(of entry: UInt64) -> UInt64 {
        guard let index = index(of: entry) else {
            note("unknown-entry", Self.unknown("hash", entry))
            return 0
        }
        return records[index].hash
    }

    private func hash(of key: UnsafeRawBufferPointer) -> UInt64 {
        guard let key = Datum(.key, bytes: key) else {
            note("unknown-key", "it asks the host for the hash of \(key.count) bytes of no key")
            return 0
        }
        return hashes.hash(of: key)
    }

    private static func unknown(_ what: String, _ entry: UInt64) -> String {
        "it asks the host for the \(what) of 0x" + String(entry, radix: 16)
            + ", an entry that it does not hold"
    }
}

/// Bytes at an address of their own, exactly as long as they are, never NULL.
struct ScratchBytes {
    let address: UnsafeMutableRawPointer
    let count: Int

    init(_ bytes: [UInt8]) {
        count = bytes.count
        address = malloc(max(count, 1))!
        bytes.withUnsafeBytes { source in
            if let start = source.baseAddress, count > 0 { memcpy(address, start, count) }
        }
    }

    /// Whoever kept the address instead of a copy has nothing of it.
    func spoil() { memset(address, 0x5a, count) }

    func free() { Glibc.free(address) }
}
