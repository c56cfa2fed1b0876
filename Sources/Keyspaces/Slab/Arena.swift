// Where slabs get their memory: chunks mapped from the system, handed out from the bottom up.
//
//     chunk   |run|run|   run   |run|            untouched             |
//             ^ start                ^ next                            ^ end
//
// A run is handed out once and returned only with its whole chunk (`releaseAll`), so the arena
// needs no free list of its own. Untouched pages cost address space, not memory. Huge pages and
// NUMA binding belong here: they are properties of a chunk's mapping, and nothing above sees them.
//
// Non-goals: giving single runs back (a slab's classes reuse what they free).

import Glibc

struct Arena: ~Copyable {
    /// Large enough that a million entries need few mappings, small enough that a table of a few
    /// entries does not look large in an address-space listing.
    static let chunkBytes = 4 << 20

    private var chunks: UnsafeMutablePointer<UnsafeMutableRawPointer>
    private var chunkCount = 0
    private var chunkRoom = 16
    private var next = 0
    private var end = 0

    init() {
        chunks = .allocate(capacity: chunkRoom)
    }

    deinit {
        for i in 0..<chunkCount { Pages.unmap(chunks[i], Self.chunkBytes) }
        chunks.deallocate()
    }

    /// `bytes` of zeroed memory, aligned to a page; `bytes` is a multiple of the page size and at
    /// most a chunk.
    mutating func run(_ bytes: Int) -> UnsafeMutableRawPointer {
        if end &- next < bytes { addChunk() }
        let run = UnsafeMutableRawPointer(bitPattern: next).unsafelyUnwrapped
        next &+= bytes
        return run
    }

    private mutating func addChunk() {
        if chunkCount == chunkRoom {
            let wider = UnsafeMutablePointer<UnsafeMutableRawPointer>
                .allocate(capacity: chunkRoom * 2)
            wider.update(from: chunks, count: chunkCount)
            chunks.deallocate()
            chunks = wider
            chunkRoom *= 2
        }
        let chunk = Pages.map(Self.chunkBytes)
        chunks[chunkCount] = chunk
        chunkCount += 1
        next = Int(bitPattern: chunk)
        end = next + Self.chunkBytes
    }

    mutating func releaseAll() {
        for i in 0..<chunkCount { Pages.unmap(chunks[i], Self.chunkBytes) }
        chunkCount = 0
        next = 0
        end = 0
    }

    /// Bytes of the chunks that are in memory. - Complexity: O(pages)
    var residentBytes: Int {
        (0..<chunkCount).reduce(0) { $0 + Pages.residentBytes(chunks[$1], Self.chunkBytes) }
    }
}

/// Anonymous mappings. Failure to map is not an error value: a table that cannot grow has no way
/// on, and the kernel's overcommit means that it is reached only at the end of address space.
enum Pages {
    static let size = 4096  // x86-64 and the usual arm64 kernels; runs are multiples of it

    static func map(_ bytes: Int) -> UnsafeMutableRawPointer {
        let address = mmap(
            nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let address, address != MAP_FAILED else {
            fatalError("mmap of \(bytes) bytes failed: \(String(cString: strerror(errno)))")
        }
        return address
    }

    static func unmap(_ address: UnsafeMutableRawPointer, _ bytes: Int) {
        munmap(address, bytes)
    }

    /// Bytes of a mapping that are in memory now (mincore).
    static func residentBytes(_ address: UnsafeMutableRawPointer, _ bytes: Int) -> Int {
        let pages = (bytes + size - 1) / size
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: pages) { present in
            guard mincore(address, bytes, present.baseAddress!) == 0 else { return 0 }
            return present.reduce(0) { $0 + Int($1 & 1) } * size
        }
    }
}
