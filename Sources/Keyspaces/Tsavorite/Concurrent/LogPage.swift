// A page of a log that threads share: one thread fills it, others kill records of it.
//
//     page   [live│used│full│capacity│mapping│place ··· 64][record][record, dead][record]…
//            └─ on a multiple of 64 KiB, so that a record's address says which page it is in
//
// A record that would fill more than half of a page has one of its own, as long as it needs.
// Invariant: while a page is full, `used` stays as it is and its records are whole.
import Synchronization

struct LogPage {
    private struct Header: ~Copyable {
        let live = Atomic<Int>(0)
        let used = Atomic<Int>(0)
        let isFull = Atomic<Bool>(false)
        let capacity: Int
        let mapping: Mapping?
        /// In the list of pages; under its lock.
        var place = 0
    }

    /// Memory of one page alone.
    struct Mapping {
        let base: UnsafeMutableRawPointer
        let bytes: Int
    }

    static let bytes = 64 << 10
    static let headerBytes = 64
    /// Of a record that shares a page with others.
    static let recordMax = (bytes - headerBytes) / 2

    private let header: UnsafeMutablePointer<Header>

    /// Makes a page of what is at `base`, a multiple of `bytes`.
    /// - Parameter capacity: bytes, the header's included.
    init(at base: UnsafeMutableRawPointer, capacity: Int, _ mapping: Mapping?) {
        header = base.bindMemory(to: Header.self, capacity: 1)
        header.initialize(to: Header(capacity: capacity, mapping: mapping))
    }

    /// The page of a record.
    init(of record: ConcurrentRecord) {
        let address = UInt(bitPattern: record.address) & ~UInt(Self.bytes - 1)
        header = UnsafeMutablePointer<Header>(bitPattern: address).unsafelyUnwrapped
    }

    var base: UnsafeMutableRawPointer { UnsafeMutableRawPointer(header) }
    var capacity: Int { header.pointee.capacity }
    var mapping: Mapping? { header.pointee.mapping }
    var place: Int {
        get { header.pointee.place }
        nonmutating set { header.pointee.place = newValue }
    }

    /// Bytes of all records.
    var used: Int { header.pointee.used.load(ordering: .relaxed) }
    /// Of those that are not dead.
    var live: Int { header.pointee.live.load(ordering: .relaxed) }
    /// Nobody appends to it any more; what was appended is visible.
    var isFull: Bool { header.pointee.isFull.load(ordering: .acquiring) }

    /// Room for a record, by the thread that fills it; nil: there is none.
    func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        let offset = used
        guard Self.headerBytes &+ offset &+ size <= capacity else { return nil }
        header.pointee.used.store(offset &+ size, ordering: .relaxed)
        _ = header.pointee.live.wrappingAdd(size, ordering: .relaxed)
        return base + (Self.headerBytes &+ offset)
    }

    /// A record of so many bytes died.
    func kill(_ room: Int) {
        _ = header.pointee.live.wrappingSubtract(room, ordering: .relaxed)
    }

    func fill() { header.pointee.isFull.store(true, ordering: .releasing) }

    /// Every record of a page that is full, dead ones too, from the front.
    func forEachRecord(_ body: (ConcurrentRecord) -> Void) {
        var offset = 0
        let end = used
        while offset < end {
            let record = ConcurrentRecord(address: base + (Self.headerBytes &+ offset))
            offset &+= record.room
            body(record)
        }
    }
}
