// The words that qualify a metric: its unit, its direction, its kind, its topic.

extension Metric {
    /// What a value is counted in. Open, so that an older reader accepts a newer unit.
    public struct Unit: RawRepresentable, Hashable, Codable, Sendable, CustomStringConvertible {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public var description: String { rawValue }

        public static let operationsPerSecond = Unit(rawValue: "ops/s")
        /// Operations per second of one fully used core.
        public static let operationsPerCoreSecond = Unit(rawValue: "ops/core-s")
        public static let nanoseconds = Unit(rawValue: "ns")
        public static let nanosecondsPerOperation = Unit(rawValue: "ns/op")
        public static let bytes = Unit(rawValue: "B")
        public static let bytesPerEntry = Unit(rawValue: "B/entry")
        /// Of a collection: a field, a member, an element of a list.
        public static let bytesPerElement = Unit(rawValue: "B/element")
        /// Of a collection: its key and all that it holds.
        public static let bytesPerKey = Unit(rawValue: "B/key")
        public static let bytesPerOperation = Unit(rawValue: "B/op")
        public static let perEntry = Unit(rawValue: "1/entry")
        /// Events per operation.
        public static let perOperation = Unit(rawValue: "1/op")
        /// Events per cycle of the processor.
        public static let perCycle = Unit(rawValue: "1/cycle")
        /// Entries per place of a table.
        public static let entriesPerPlace = Unit(rawValue: "entries/place")
        /// A number of things.
        public static let count = Unit(rawValue: "1")
        /// A share, 0 … 1.
        public static let ratio = Unit(rawValue: "ratio")
    }

    /// Which way is better.
    public enum Better: String, Codable, Sendable {
        case lower, higher
    }

    /// What it is about: reports put together what has one topic.
    public enum Topic: Sendable, CaseIterable {
        /// CPU time and the work that it does.
        case perCore
        case memory
        /// Misses of caches, and whatever else is counted per operation.
        case misses
        /// Latencies, stalls and pauses.
        case latency
        /// Whether the replies were right, parts of other metrics, the load generator's own costs.
        case other
    }

    /// How a value comes about, which decides what it may be compared with: kinds are never mixed.
    /// Open, so that an older reader accepts a newer kind.
    public struct Kind: RawRepresentable, Hashable, Codable, Sendable, CustomStringConvertible {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public var description: String { rawValue }

        /// By the clock: everything else that ran is in it.
        public static let wall = Kind(rawValue: "wall")
        /// CPU time that the scheduler accounted for.
        public static let cpu = Kind(rawValue: "cpu")
        /// Counted by Hashmark itself, and the same on every run with the same seed.
        public static let exact = Kind(rawValue: "exact")
        /// Counted by the processor's PMU.
        public static let hardware = Kind(rawValue: "hardware")
        /// Counted by software that does not repeat to the byte: the kernel, a server about itself
        /// (used_memory), replies to a load that is bounded by time (hits).
        public static let software = Kind(rawValue: "software")
        /// Counted by a model of the processor (callgrind).
        public static let simulated = Kind(rawValue: "simulated")

        /// Every kind of this version.
        public static let all: [Kind] = [.wall, .cpu, .exact, .hardware, .software, .simulated]
    }
}
