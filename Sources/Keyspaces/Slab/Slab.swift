// The allocator behind every table: jemalloc's size classes with exact accounting, so that bytes
// per entry mean what they mean in the real servers, whatever malloc this process has.
//
//     bins   [8][16][24]…[1 MiB]     one per size class
//             │ free → ▢ → ▢ → ∅    objects given back, linked through their first word
//             │ bump ──────┐ limit ─┐
//             ▼            ▼        ▼
//     run    |▣▣▣▣▢▣▣▢▣▣▣▣|········|     carved from the front as needed; the rest is untouched
//
// Sizes above 1 MiB get a mapping of their own (`Extents`), returned to the system when freed.
//
// Frees are sized: the caller says how many bytes it asked for, which every entry layout knows, so
// objects carry no header and a million of them cost a million times their class and nothing more.
//
// Invariants (`violations`, tested against recounts): the three counters equal what a walk of bins
// and extents finds; every object of a class of a power of two is aligned to its class, up to a
// page.
//
// Non-goals: thread safety (one executing thread owns a keyspace and its slab); moving memory from
// one class to another (that comes back with `releaseAll`, as FLUSHALL does).
//
// Credits: size classes and the notion of runs are jemalloc's; intrusive per-class free lists are
// Bonwick's slab allocator (USENIX 1994).

public struct Slab: ~Copyable {
    public let quantum: SizeClasses.Quantum
    /// Bytes asked for, of the live allocations.
    public private(set) var requested = 0
    /// Bytes of their size classes.
    public private(set) var allocated = 0
    /// Live allocations.
    public private(set) var allocations = 0

    struct Bin {
        /// Most recently freed object, the head of a list through the objects' first words.
        var free: UnsafeMutableRawPointer?
        /// Next object never handed out yet, and the end of the run that it is in.
        var bump = 0
        var limit = 0
        /// Objects carved from runs so far, live or free: only the recount needs it.
        var carved = 0
        let size: Int
    }

    /// Classes up to 1 MiB: eight stepped ones and four for each of fourteen doublings.
    static let binCount = 64
    /// Largest size that a bin serves.
    static let binLimit = 1 << 20
    /// A run is at least this long, so that small objects of a class lie together.
    static let runBytes = 64 << 10

    private let bins: UnsafeMutablePointer<Bin>
    private var arena = Arena()
    private var extents = Extents()

    public init(quantum: SizeClasses.Quantum) {
        self.quantum = quantum
        bins = .allocate(capacity: Self.binCount)
        for i in 0..<Self.binCount {
            (bins + i).initialize(to: Bin(size: SizeClasses.size(at: i)))
        }
    }

    deinit {
        bins.deallocate()
    }

    /// Uninitialised memory for `bytes`, aligned to 8 and to its class up to a page if that is a
    /// power of two.
    /// - Allocations: none of malloc's; a mapping per 4 MiB of growth or per object above 1 MiB.
    public mutating func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
        let index = SizeClasses.index(of: bytes, quantum)
        requested &+= bytes
        allocations &+= 1
        guard index < Self.binCount else {
            let size = SizeClasses.size(at: index)
            allocated &+= size
            return extents.allocate(size, zeroed: false)
        }
        let bin = bins + index
        allocated &+= bin.pointee.size
        if let object = bin.pointee.free {
            bin.pointee.free = object.load(as: UnsafeMutableRawPointer?.self)
            return object
        }
        if bin.pointee.bump == bin.pointee.limit { addRun(bin) }
        let object = UnsafeMutableRawPointer(bitPattern: bin.pointee.bump).unsafelyUnwrapped
        bin.pointee.bump &+= bin.pointee.size
        bin.pointee.carved &+= 1
        return object
    }

    /// Zeroed memory for buckets. What was never handed out is fresh from the kernel and zero: its
    /// pages are touched as the table fills them and not all at once.
    public mutating func allocateZeroed(_ bytes: Int) -> UnsafeMutableRawPointer {
        guard bytes > Self.binLimit else {
            let isReused = bins[SizeClasses.index(of: bytes, quantum)].free != nil
            let object = allocate(bytes)
            if isReused { object.initializeMemory(as: UInt8.self, repeating: 0, count: bytes) }
            return object
        }
        let size = SizeClasses.size(for: bytes, quantum)
        requested &+= bytes
        allocations &+= 1
        allocated &+= size
        return extents.allocate(size, zeroed: true)
    }

    /// Gives back an allocation of exactly `bytes`.
    public mutating func free(_ object: UnsafeMutableRawPointer, _ bytes: Int) {
        free(object, bytes, keepsExtent: true)
    }

    /// As `free`, for a bucket array: a large one goes back to the system at once, because it is
    /// the largest single thing that a table ever gives up.
    public mutating func freeArray(_ object: UnsafeMutableRawPointer, _ bytes: Int) {
        free(object, bytes, keepsExtent: false)
    }

    private mutating func free(
        _ object: UnsafeMutableRawPointer, _ bytes: Int, keepsExtent: Bool
    ) {
        let index = SizeClasses.index(of: bytes, quantum)
        requested &-= bytes
        allocations &-= 1
        guard index < Self.binCount else {
            allocated &-= SizeClasses.size(at: index)
            return extents.free(object, SizeClasses.size(at: index), keep: keepsExtent)
        }
        let bin = bins + index
        allocated &-= bin.pointee.size
        object.storeBytes(of: bin.pointee.free, as: UnsafeMutableRawPointer?.self)
        bin.pointee.free = object
    }

    /// Accounts for an allocation of `old` bytes that now holds `new` of the same size class;
    /// false, and nothing changed, when the class differs.
    public mutating func resizeInPlace(from old: Int, to new: Int) -> Bool {
        guard SizeClasses.index(of: old, quantum) == SizeClasses.index(of: new, quantum) else {
            return false
        }
        requested &+= new &- old
        return true
    }

    /// Frees everything at once and returns its memory to the system.
    public mutating func releaseAll() {
        for i in 0..<Self.binCount { bins[i] = Bin(size: bins[i].size) }
        arena.releaseAll()
        extents.releaseAll()
        requested = 0
        allocated = 0
        allocations = 0
    }

    @inline(never)
    private mutating func addRun(_ bin: UnsafeMutablePointer<Bin>) {
        let size = bin.pointee.size
        let bytes = max(Self.runBytes, (size + Pages.size - 1) & ~(Pages.size - 1))
        let start = Int(bitPattern: arena.run(bytes))
        bin.pointee.bump = start
        bin.pointee.limit = start + bytes / size * size
    }
}

// MARK: - Alignment

extension Slab {
    /// As `allocate`, on a multiple of `alignment`, a power of two up to a page: served by the
    /// first class whose objects all lie so. What was asked for is accounted for as it was.
    public mutating func allocate(_ bytes: Int, alignment: Int) -> UnsafeMutableRawPointer {
        let served = served(bytes, alignment)
        let object = allocate(served)
        requested &-= served &- bytes
        return object
    }

    /// Gives back what `allocate` with the same two numbers gave; large ones go back to the system.
    public mutating func free(_ object: UnsafeMutableRawPointer, _ bytes: Int, alignment: Int) {
        let served = served(bytes, alignment)
        requested &+= served &- bytes
        freeArray(object, served)
    }

    /// Runs begin with a page, and so do extents: an object lies on a multiple of `alignment` where
    /// the size of its class is one.
    private func served(_ bytes: Int, _ alignment: Int) -> Int {
        precondition(
            bytes > 0 && alignment > 0 && alignment <= Pages.size && alignment.nonzeroBitCount == 1,
            "\(bytes) bytes aligned to \(alignment) were asked for")
        if alignment <= 8 { return bytes }
        let first = SizeClasses.index(of: bytes, quantum)
        var index = first
        while index < Self.binCount, SizeClasses.size(at: index) % alignment != 0 { index += 1 }
        return index == first ? bytes : SizeClasses.size(at: index)
    }
}

// MARK: - Proof

extension Slab {
    /// Bytes in memory, of runs and extents (mincore). - Complexity: O(pages)
    public var residentBytes: Int { arena.residentBytes + extents.residentBytes }

    /// Live allocations and class bytes, counted by walking free lists and extents.
    /// - Complexity: O(objects freed and not reused)
    public func recount() -> (allocated: Int, allocations: Int) {
        var result = (allocated: extents.bytes, allocations: extents.count)
        for i in 0..<Self.binCount {
            var free = 0
            var object = bins[i].free
            while let this = object {
                free += 1
                object = this.load(as: UnsafeMutableRawPointer?.self)
            }
            result.allocations += bins[i].carved - free
            result.allocated += (bins[i].carved - free) * bins[i].size
        }
        return result
    }

    /// What the counters claim and the bins do not bear out.
    public func violations() -> [String] {
        let counted = recount()
        var found: [String] = []
        if counted.allocated != allocated {
            found.append("slab: \(allocated) class bytes accounted, \(counted.allocated) found")
        }
        if counted.allocations != allocations {
            found.append("slab: \(allocations) allocations accounted, \(counted.allocations) found")
        }
        if requested > allocated {
            found.append("slab: \(requested) bytes requested, only \(allocated) allocated")
        }
        return found
    }
}
