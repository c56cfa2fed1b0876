// Where a store that threads share has its memory: the index's lines from a slab, the log's pages
// from mappings of their own; and pages that were given up, until nobody looks at them.
//
//     pages     [page][page][page] …        all that have records
//     retired   [page, epoch][page, epoch]  everything in them is dead
//     spare     [page] …                    taken first
//
// A page is retired with the epoch at that time, and the epoch moves on. Who came in at that epoch
// or before may have the address of a record in the page; who comes in later cannot. It is free as
// soon as nobody is in whose epoch is that or an earlier one. (Kung and Lehman, 1980; FASTER's
// epoch protection.)
//
// All of it is under one lock, taken for a page or a line and not for a record. What it takes may
// be asked for without it: the three figures are exact whenever no thread is about to change them.
import LinuxSystem
import Synchronization

final class ConcurrentMemory: @unchecked Sendable {
    private struct Retired {
        let page: LogPage
        let epoch: UInt64
    }

    private static let chunkBytes = 4 << 20

    let quantum: SizeClasses.Quantum
    private let lock = TicketLock()
    private let requested = Atomic<Int>(0)
    private let allocated = Atomic<Int>(0)
    private let allocations = Atomic<Int>(0)

    // Under the lock:
    private var slab: Slab
    private var pages: [LogPage] = []
    private var retired: [Retired] = []
    private var spare: [UnsafeMutableRawPointer] = []
    private var chunks: [UnsafeMutableRawPointer] = []
    private var pageReport = MemoryReport()
    /// Where the search for pages to give up goes on.
    private var hand = 0

    init(_ quantum: SizeClasses.Quantum) {
        self.quantum = quantum
        slab = Slab(quantum: quantum)
    }

    deinit { unmapAll() }

    /// `body` under the lock, and the figures as it leaves them.
    private func locked<R>(_ body: () -> R) -> R {
        lock.acquire()
        let result = body()
        let report = MemoryReport(slab) + pageReport
        requested.store(report.requested, ordering: .relaxed)
        allocated.store(report.allocated, ordering: .relaxed)
        allocations.store(report.allocations, ordering: .relaxed)
        lock.release()
        return result
    }

    var report: MemoryReport {
        MemoryReport(
            requested: requested.load(ordering: .relaxed),
            allocated: allocated.load(ordering: .relaxed),
            allocations: allocations.load(ordering: .relaxed))
    }

    // MARK: Index

    /// So many lines of free entries, one behind the other.
    func makeLines(_ count: Int) -> ConcurrentIndex.Word {
        locked {
            slab.allocateZeroed(count * ConcurrentIndex.lineBytes)
                .bindMemory(to: Atomic<UInt64>.self, capacity: count * ConcurrentIndex.words)
        }
    }

    /// Gives back an index, overflow lines included, that nobody looks at.
    func free(_ index: ConcurrentIndex) {
        locked {
            for bucket in 0..<index.size {
                var next = ConcurrentIndex.overflow(index.bucket(bucket))
                while let line = next {
                    next = ConcurrentIndex.overflow(line)
                    slab.free(UnsafeMutableRawPointer(line), ConcurrentIndex.lineBytes)
                }
            }
            slab.freeArray(
                UnsafeMutableRawPointer(index.lines), index.size * ConcurrentIndex.lineBytes)
        }
    }

    // MARK: Pages

    /// A page with room for a record of `size` bytes.
    func makePage(for size: Int) -> LogPage {
        locked { () -> LogPage in
            let isShared = size <= LogPage.recordMax
            let page = isShared ? sharedPage() : ownPage(LogPage.headerBytes + size)
            page.place = pages.count
            pages.append(page)
            account(page, 1)
            return page
        }
    }

    private func sharedPage() -> LogPage {
        if spare.isEmpty { addChunk() }
        return LogPage(at: spare.removeLast(), capacity: LogPage.bytes, nil)
    }

    /// Its memory goes back to the system with it.
    private func ownPage(_ capacity: Int) -> LogPage {
        let bytes = (capacity + LogPage.bytes + Pages.size - 1) & ~(Pages.size - 1)
        let base = Pages.map(bytes)
        return LogPage(
            at: Self.aligned(base), capacity: capacity, LogPage.Mapping(base: base, bytes: bytes))
    }

    private func addChunk() {
        let chunk = Pages.map(Self.chunkBytes)
        chunks.append(chunk)
        let first = Self.aligned(chunk)
        let room = Self.chunkBytes - (first - chunk)
        // The lowest is taken first.
        for number in (0..<(room / LogPage.bytes)).reversed() {
            spare.append(first + number * LogPage.bytes)
        }
    }

    private static func aligned(_ address: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        address.alignedUp(toMultipleOf: LogPage.bytes)
    }

    private func account(_ page: LogPage, _ sign: Int) {
        pageReport.requested += sign * page.capacity
        pageReport.allocated += sign * SizeClasses.size(for: page.capacity, quantum)
        pageReport.allocations += sign
    }

    /// The next page, going round, of which one part in `parts` is dead; nil: there is none.
    func nextPage(deadParts parts: Int) -> LogPage? {
        locked { () -> LogPage? in
            for _ in pages.indices {
                hand = hand + 1 < pages.count ? hand + 1 : 0
                let page = pages[hand]
                guard page.isFull else { continue }
                let used = page.used
                if (used - page.live) * parts >= used { return page }
            }
            return nil
        }
    }

    /// Takes a page off the list; all of its records are dead, and in no chain.
    /// - Parameter epoch: the last one in which somebody may have come to one of them.
    func retire(_ page: LogPage, _ epoch: UInt64) {
        locked {
            let last = pages.removeLast()
            if page.place < pages.count {
                pages[page.place] = last
                last.place = page.place
            }
            retired.append(Retired(page: page, epoch: epoch))
        }
    }

    /// Frees the pages that were retired before `epoch`, the earliest one in which somebody is.
    /// - Returns: whether others wait on.
    func reclaim(before epoch: () -> UInt64) -> Bool {
        locked { () -> Bool in
            guard !retired.isEmpty else { return false }
            let first = epoch()
            for entry in retired where entry.epoch < first { release(entry.page) }
            retired.removeAll { $0.epoch < first }
            return !retired.isEmpty
        }
    }

    private func release(_ page: LogPage) {
        account(page, -1)
        if let mapping = page.mapping {
            Pages.unmap(mapping.base, mapping.bytes)
        } else {
            spare.append(page.base)
        }
    }

    /// Gives everything back to the system, while all threads stand still.
    func releaseAll() {
        locked {
            slab.releaseAll()
            unmapAll()
            pages = []
            retired = []
            spare = []
            chunks = []
            pageReport = MemoryReport()
            hand = 0
        }
    }

    private func unmapAll() {
        let all = pages + retired.map(\.page)
        for case let mapping? in all.map(\.mapping) { Pages.unmap(mapping.base, mapping.bytes) }
        for chunk in chunks { Pages.unmap(chunk, Self.chunkBytes) }
    }

    // MARK: Proof

    /// Pages with records, and those that were given up. `body` asks for no memory.
    func forEachPage(_ body: (_ page: LogPage, _ isRetired: Bool) -> Void) {
        locked {
            for page in pages { body(page, false) }
            for entry in retired { body(entry.page, true) }
        }
    }

    func violations() -> [String] { locked { slab.violations() } }
}
