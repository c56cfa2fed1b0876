// Allocations above 1 MiB: bucket arrays of large tables and very large values, one mapping each.
//
// A freed bucket array is unmapped at once. Of freed values, up to `cacheLimit` of at most
// `cachedBytesMax` each wait to be used again, so that rewriting large values does not cost two
// system calls and a fault per page.

import Glibc

struct Extents: ~Copyable {
    static let cacheLimit = 4
    /// Two doublings above the smallest extent: what is kept is bounded by four times this.
    static let cachedBytesMax = 4 << 20

    private var live: [UnsafeMutableRawPointer: Int] = [:]
    private var cache: [(address: UnsafeMutableRawPointer, bytes: Int)] = []
    /// Bytes of the live extents.
    private(set) var bytes = 0

    /// Live extents.
    var count: Int { live.count }

    deinit {
        for (address, bytes) in live { Pages.unmap(address, bytes) }
        for extent in cache { Pages.unmap(extent.address, extent.bytes) }
    }

    @inline(never)
    mutating func allocate(_ size: Int, zeroed: Bool) -> UnsafeMutableRawPointer {
        bytes += size
        let address: UnsafeMutableRawPointer
        if !zeroed, let hit = cache.firstIndex(where: { $0.bytes == size }) {
            address = cache.remove(at: hit).address
        } else {
            address = Pages.map(size)
        }
        live[address] = size
        return address
    }

    @inline(never)
    mutating func free(_ address: UnsafeMutableRawPointer, _ size: Int, keep: Bool) {
        let known = live.removeValue(forKey: address)
        precondition(known == size, "sized free of an extent with another size")
        bytes -= size
        guard keep, size <= Self.cachedBytesMax else { return Pages.unmap(address, size) }
        if cache.count == Self.cacheLimit {
            let oldest = cache.removeFirst()
            Pages.unmap(oldest.address, oldest.bytes)
        }
        cache.append((address, size))
    }

    mutating func releaseAll() {
        for (address, bytes) in live { Pages.unmap(address, bytes) }
        for extent in cache { Pages.unmap(extent.address, extent.bytes) }
        live = [:]
        cache = []
        bytes = 0
    }

    /// Bytes in memory, cached extents included.
    var residentBytes: Int {
        live.reduce(0) { $0 + Pages.residentBytes($1.key, $1.value) }
            + cache.reduce(0) { $0 + Pages.residentBytes($1.address, $1.bytes) }
    }
}
