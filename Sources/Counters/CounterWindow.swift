// The counts of one measured window, and what may be derived from them.

/// A source of counts for one running process. Back ends: `PerfCounters` (hardware, and the seam
/// for recorded ones), `SoftwareCounters`, `SimulatedServer`.
public protocol CounterBackEnd: AnyObject {
    var kind: CounterKind { get }

    /// Counts while `load` runs.
    /// - Parameter load: drives the process and returns the operations that it confirmed.
    /// - Throws: what `load` throws, and the back end's own error (`CounterError`,
    ///   `SimulationError`) where nothing can be counted any more. A single counter that cannot be
    ///   read is no error but an unavailable reading.
    func measure(_ load: () throws -> UInt64) throws -> CounterWindow
}

/// What happened to the process's threads while it was counted.
public struct ThreadCoverage: Sendable, Equatable {
    /// Threads that were counted from the start.
    public var attached = 0
    /// Scans of /proc/PID/task until two agreed.
    public var scans = 0
    /// Threads that started meanwhile; those are counted by inheritance.
    public var appeared = 0
    /// Counted threads that ended; their counts are in the result.
    public var ended = 0
    /// Threads that may be missing: the list never held still, or the kernel refused them.
    public var uncertain = 0

    public init() {}
}

/// Counts of one window, with the operations that the server confirmed in it.
public struct CounterWindow: Sendable {
    public let operations: UInt64
    /// In the order of `Counter`.
    public let entries: [Entry]
    /// How it was measured: cache geometry, seed, whether the kernel is excluded …
    public let conditions: [String: String]
    /// Kernel counters only.
    public let coverage: ThreadCoverage?
    /// Simulated counters only: the same counts by function.
    public let profile: CallgrindProfile?
    /// What `profile` was read from, with calls and lines, as kcachegrind reads it.
    public let callgrindFile: [UInt8]?

    public struct Entry: Sendable, Equatable {
        public let counter: Counter
        /// The event that was really counted, or all of a share: `LLC-load-misses`.
        public let event: String
        /// Events of one group were counted at the same times.
        public let group: Int?
        /// The count over the whole window, or the share in it.
        public let reading: Reading

        public init(_ counter: Counter, event: String, group: Int?, _ reading: Reading) {
            self.counter = counter
            self.event = event
            self.group = group
            self.reading = reading
        }
    }

    public init(
        operations: UInt64, entries: [Entry], conditions: [String: String] = [:],
        coverage: ThreadCoverage? = nil, profile: CallgrindProfile? = nil,
        callgrindFile: [UInt8]? = nil
    ) {
        self.operations = operations
        let order = Dictionary(
            uniqueKeysWithValues: Counter.allCases.enumerated().map { ($1, $0) })
        self.entries = entries.sorted { order[$0.counter]! < order[$1.counter]! }
        self.conditions = conditions
        self.coverage = coverage
        self.profile = profile
        self.callgrindFile = callgrindFile
    }

    public func entry(_ counter: Counter) -> Entry? { entries.first { $0.counter == counter } }

    /// The count over the whole window.
    public subscript(_ counter: Counter) -> Reading {
        entry(counter)?.reading ?? .unavailable(.notCounted(counter))
    }

    /// The count divided by the operations that the server confirmed; a share as it is.
    public func perOperation(_ counter: Counter) -> Reading {
        if counter.isShare { return self[counter] }
        guard operations > 0 else { return .unavailable(.noOperations) }
        return self[counter].map { $0 / Double(operations) }
    }

    /// Per operation, less a PING of `ping`, which was measured in the same way: what is left is
    /// the command and its table, without the event loop and the sockets.
    public func perOperation(_ counter: Counter, above ping: CounterWindow) -> Reading {
        switch (perOperation(counter), ping.perOperation(counter)) {
        case (.value(let own, let quality), .value(let base, let other)):
            .value(own - base, quality.combined(with: other))
        case (.unavailable(let reason), _), (_, .unavailable(let reason)): .unavailable(reason)
        }
    }

    /// One counter over another, such as misses over reads.
    ///
    /// Counts of different groups were taken at different times, and scaled ones only part of the
    /// time: such a ratio is refused unless `force`.
    public func ratio(_ counter: Counter, over other: Counter, force: Bool = false) -> Reading {
        switch (self[counter], self[other]) {
        case (.value(let a, let qualityA), .value(let b, let qualityB)):
            let quality = qualityA.combined(with: qualityB)
            if case .scaled(let running) = quality, !force {
                if running < Unavailability.leastRunning {
                    return .unavailable(.runningTooLittle(running))
                }
                if entry(counter)?.group != entry(other)?.group {
                    return .unavailable(.differentGroups(counter, other))
                }
            }
            guard b != 0 else { return .unavailable(.zeroDenominator(other)) }
            return .value(a / b, quality)
        case (.unavailable(let reason), _), (_, .unavailable(let reason)):
            return .unavailable(reason)
        }
    }
}

/// How far repeated values lie apart.
public struct CounterSpread: Sendable, Equatable {
    public let values: [Double]

    /// The available ones of `readings`; nil when there is none.
    public init?(_ readings: [Reading]) {
        values = readings.compactMap(\.value)
        if values.isEmpty { return nil }
    }

    public var mean: Double { values.reduce(0, +) / Double(values.count) }

    public var median: Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

}
