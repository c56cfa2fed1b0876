// The caches that callgrind models. Always given, never detected: what valgrind finds on a host has
// once been a two-way cache of 512 MiB, and a result must mean the same everywhere.

/// Three caches: instructions, data, and one shared last level behind both.
public struct CacheGeometry: Sendable, Hashable {
    public var i1: Cache
    public var d1: Cache
    public var ll: Cache

    public struct Cache: Sendable, Hashable, CustomStringConvertible {
        public let bytes: Int
        /// Lines per set.
        public let ways: Int
        public let lineBytes: Int

        /// What valgrind accepts: whole sets, their number and the line's size powers of two, and
        /// lines of 16 bytes or more.
        public init(bytes: Int, ways: Int, lineBytes: Int) throws(SimulationError) {
            let sets = ways > 0 && lineBytes > 0 ? bytes / ways / lineBytes : 0
            guard lineBytes >= 16, lineBytes & (lineBytes - 1) == 0, sets > 0,
                sets & (sets - 1) == 0, sets * ways * lineBytes == bytes
            else { throw .geometry("\(bytes),\(ways),\(lineBytes)") }
            self.init(unchecked: bytes, ways, lineBytes)
        }

        fileprivate init(unchecked bytes: Int, _ ways: Int, _ lineBytes: Int) {
            self.bytes = bytes
            self.ways = ways
            self.lineBytes = lineBytes
        }

        /// Reads `SIZE,WAYS,LINE` as valgrind spells it: `49152,12,64`.
        public init(parsing text: String) throws(SimulationError) {
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
                .map { Int($0) }
            guard parts.count == 3, let bytes = parts[0], let ways = parts[1], let line = parts[2]
            else { throw .geometry(text) }
            try self.init(bytes: bytes, ways: ways, lineBytes: line)
        }

        public var description: String { "\(bytes),\(ways),\(lineBytes)" }
    }

    public init(i1: Cache, d1: Cache, ll: Cache) {
        self.i1 = i1
        self.d1 = d1
        self.ll = ll
    }

    /// One core's share of a current server: 32 KiB and 48 KiB first levels and a 2 MiB L2 as the
    /// last level, as on Intel's Golden Cove (the L3 is shared with whatever else runs, and a table
    /// that is worth measuring exceeds both).
    public static let standard = CacheGeometry(
        i1: Cache(unchecked: 32_768, 8, 64), d1: Cache(unchecked: 49_152, 12, 64),
        ll: Cache(unchecked: 2_097_152, 16, 64))

    /// The options that make callgrind model exactly these.
    public var arguments: [String] { ["--I1=\(i1)", "--D1=\(d1)", "--LL=\(ll)"] }
}
