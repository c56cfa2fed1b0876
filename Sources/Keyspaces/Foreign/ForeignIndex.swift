// A foreign index as an index of keyed objects: entries are the addresses of objects that Hashmark
// owns, so expiry, eviction, slots and writing are `StringKeyspace`'s and come for free.
//
//     slot ──▶ Record ── table     what `create` returned
//                  │  ── count, isResizing, node     what a `TableStore` asks for often
//                  └──── previous, next              all tables of the host
//
// A handle is three words that point elsewhere. A look-up costs one call into the table, and one
// back for each key that the table wants to compare.
//
// A table with `resize_step` is moved on by a step with every insert, removal and, while there is
// more to do, look-up, as the built-in ones are.
import CTable

struct ForeignIndex {
    /// Where the table keeps an entry, until it is called again, and the hash it is there under.
    struct Position {
        let place: UnsafeMutablePointer<UInt64>
        let hash: UInt64
    }

    struct Traits {
        let api: UnsafePointer<hashmark_index>
        let host: ForeignHost.Pointer
    }

    /// What is kept of a table, in the keyspace's slab.
    struct Record {
        /// First, so that its address is the record's.
        var node: SlotDirectory.NodePointer?
        let table: UnsafeMutableRawPointer
        var count = 0
        /// The last step said that there is more to do.
        var isResizing = false
        /// The main table's, where there is one of it; its keyspace owns it.
        var batch: ForeignBatch<UnsafeMutablePointer<UInt64>?>.Pointer?
        var previous: UnsafeMutablePointer<Record>?
        var next: UnsafeMutablePointer<Record>?
    }

    let record: UnsafeMutablePointer<Record>
    let api: UnsafePointer<hashmark_index>
    let host: ForeignHost.Pointer

    init(_ table: SlotDirectory.Table, _ traits: Traits) {
        record = table.assumingMemoryBound(to: Record.self)
        api = traits.api
        host = traits.host
    }

    static func make(_ traits: Traits, _ slab: inout Slab) -> SlotDirectory.Table {
        let memory = slab.allocate(MemoryLayout<Record>.size)
        let record = memory.bindMemory(to: Record.self, capacity: 1)
        let first = traits.host.pointee.records
        record.initialize(to: Record(table: ForeignHost.makeTable(traits.host), next: first))
        first?.pointee.previous = record
        traits.host.pointee.records = record
        return memory
    }

    func free(_ slab: inout Slab) {
        ForeignHost.destroyTable(host, table)
        let (previous, next) = (record.pointee.previous, record.pointee.next)
        if let previous { previous.pointee.next = next } else { host.pointee.records = next }
        next?.pointee.previous = previous
        slab.free(record, MemoryLayout<Record>.size)
    }

    /// Destroys all tables of a host, whose records are going to be released with the rest.
    static func destroyAll(_ host: ForeignHost.Pointer) {
        var next = host.pointee.records
        while let record = next {
            next = record.pointee.next
            ForeignHost.destroyTable(host, record.pointee.table)
        }
        host.pointee.releaseAll()
    }

    @inline(__always)
    var table: UnsafeMutableRawPointer { record.pointee.table }
    var count: Int { record.pointee.count }
    var isRehashing: Bool { record.pointee.isResizing }

    /// The table's node in the list of those being resized.
    var node: UnsafeMutablePointer<SlotDirectory.NodePointer?> {
        UnsafeMutableRawPointer(record)
            .assumingMemoryBound(to: SlotDirectory.NodePointer?.self)
    }

    /// Before a call that makes the answers of a batch void.
    @inline(__always)
    func forgetBatch() { record.pointee.batch?.pointee.forget() }

    // MARK: Find

    /// Where `key` is; moves a resize on by a step.
    func find(_ key: Key, _: inout Slab) -> Position? {
        if let answer = answer(about: key) { return position(answer, key) }
        if isRehashing { step() }
        return look(key)
    }

    /// Where `key` is, nothing moved by us.
    @inline(__always)
    func peek(_ key: Key) -> Position? {
        if let answer = answer(about: key) { return position(answer, key) }
        return look(key)
    }

    @inline(__always)
    private func answer(about key: Key) -> UnsafeMutablePointer<UInt64>?? {
        guard let batch = record.pointee.batch else { return nil }
        return batch.pointee.take(key)
    }

    @inline(__always)
    private func position(_ place: UnsafeMutablePointer<UInt64>?, _ key: Key) -> Position? {
        guard let place else { return nil }
        return Position(place: place, hash: key.hash)
    }

    @inline(__always)
    private func look(_ key: Key) -> Position? {
        forgetBatch()
        let find = api.pointee.find.unsafelyUnwrapped
        return position(find(table, key.hash, key.bytes.address, key.bytes.count), key)
    }

    /// Makes the position that holds `old` hold `new`. The table compares keys, and that of `old`
    /// is read in `new`.
    func replace(_ old: KeyedObject, by new: KeyedObject, hash: UInt64) {
        host.pointee.moved = (old.address, new.address)
        let position = look(Key(bytes: new.key, hash: hash))
        host.pointee.moved = (nil, nil)
        assert(position?.place.pointee == old.entry, "an entry that is not there was replaced")
        position?.place.pointee = new.entry
    }

    @inline(__always)
    func prefetchIndex(_ hash: UInt64) {
        if let prefetch = api.pointee.more.prefetch { prefetch(table, hash) }
    }

    /// Looks a batch up, and asks for the entries that were found.
    func lookUp(_ batch: ForeignBatch<UnsafeMutablePointer<UInt64>?>.Pointer, _ count: Int) {
        guard let findMany = api.pointee.find_many else { return }
        findMany(table, UnsafePointer(batch.pointee.queries), count, batch.pointee.answers)
        batch.pointee.open()
        for index in 0..<count {
            guard let place = batch.pointee.answers[index] else { continue }
            let object = KeyedObject(entry: place.pointee).address
            // Objects with embedded values are up to two lines long.
            prefetch(object)
            prefetch(object + 64)
        }
    }

    // MARK: Insert and remove

    func insert(_ object: KeyedObject, hash: UInt64, _: inout Slab) {
        forgetBatch()
        api.pointee.insert.unsafelyUnwrapped(table, hash, object.entry)
        record.pointee.count &+= 1
        step()
    }

    func remove(_ position: Position, _: inout Slab) {
        forgetBatch()
        api.pointee.erase.unsafelyUnwrapped(table, position.hash, position.place)
        record.pointee.count &-= 1
        step()
    }

    // MARK: Resize

    /// A step of what is under way or due.
    func step() {
        guard let step = api.pointee.more.resize_step else { return }
        forgetBatch()
        record.pointee.isResizing = step(table) != 0
    }

    func rehash(until deadline: Deadline, _: inout Slab) {
        while isRehashing {
            // The clock costs as much as several steps.
            for _ in 0..<100 where isRehashing { step() }
            if deadline.hasPassed { return }
        }
    }
}
