// Single inserts across a doubling, timed one by one.
//
// All tables get the same inserts: as many into as many entries, in passes of which each takes them
// in another order. Tables are deterministic, so the i-th insert does the same work in every pass,
// and the fastest of its times is the table's own: preemption and steal rarely hit the same insert
// twice. One more pass counts page faults around the slowest inserts of each phase (a system call
// before and after each insert would drown all the others). Nothing is subtracted from a time; what
// the clock itself costs is told beside.
//
// Which inserts grow the table its capacity tells, or what it allocates where it does not tell its
// capacity, so that one that moves all its entries at once is told like one that moves them bit by
// bit. The rest of the split is as fine as can be told from
// outside: which insert moved a chain, which gave the old array back, and how many page faults the
// slowest took. What those cost is their number times the cost of a fault that does nothing else.

import Distributions
import Glibc
import Keyspaces
import LinuxSystem
import Statistics

/// Per insert: time, phase, and page faults where they were asked for.
final class InsertRecord {
    let times: UnsafeMutableBufferPointer<UInt32>
    let phases: UnsafeMutableBufferPointer<UInt8>
    /// Inserts around which page faults are counted, and the counts.
    var watched: [Int: Int] = [:]
    private(set) var longestRaw: UInt64 = 0
    private var isWatching = false
    private var faultsBefore = 0

    init(_ count: Int) {
        times = .allocate(capacity: count)
        times.initialize(repeating: .max)
        phases = .allocate(capacity: count)
        phases.initialize(repeating: 0)
    }

    deinit {
        times.deallocate()
        phases.deallocate()
    }

    @inline(__always)
    func begin(_ i: Int) {
        guard isWatching, watched[i] != nil else { return }
        faultsBefore = Self.faults()
    }

    @inline(__always)
    func end(_ i: Int, _ nanoseconds: UInt64, _ phase: GrowthPhase) {
        if isWatching {
            if watched[i] != nil { watched[i] = Self.faults() - faultsBefore }
            return
        }
        longestRaw = max(longestRaw, nanoseconds)
        times[i] = min(times[i], UInt32(truncatingIfNeeded: min(nanoseconds, UInt64(UInt32.max))))
        phases[i] = UInt8(phase.rawValue)
    }

    /// The insert is known to be of another phase than was told from outside.
    func mark(_ i: Int, _ phase: GrowthPhase) { phases[i] = UInt8(phase.rawValue) }

    /// From now on, only page faults of the `perPhase` slowest inserts of each phase are counted.
    func watchSlowest(_ perPhase: Int) {
        for phase in GrowthPhase.allCases {
            let inserts = times.indices.filter { phases[$0] == UInt8(phase.rawValue) }
            for i in inserts.sorted(by: { times[$0] > times[$1] }).prefix(perPhase) {
                watched[i] = 0
            }
        }
        isWatching = true
    }

    /// RUSAGE_THREAD, which Glibc's module hides behind _GNU_SOURCE (bits/resource.h).
    private static let thread = __rusage_who_t(1)

    /// Minor and major faults of this thread so far.
    static func faults() -> Int {
        var usage = rusage()
        getrusage(thread, &usage)
        return Int(usage.ru_minflt + usage.ru_majflt)
    }
}

struct GrowthBench {
    private static let repeats = 3
    /// With that of the page faults.
    static let passes = repeats + 1
    private static let watchedPerPhase = 16
    /// Readings of a clock, or first touches of pages, of which the median counts.
    private static let costSamples = 1_024

    private let plan: BenchPlan
    private let keySize: Int
    private let feed: KeyFeed

    init(_ plan: BenchPlan, keySize: Int) {
        self.plan = plan
        self.keySize = keySize
        feed = KeyFeed(width: keySize, count: 4_096)
    }

    /// Doubles tables of `plan.growthEntries`; what was not seen to its end when it is cancelled
    /// is left out.
    /// - Parameter progress: told whose turn is over, and how much of all is done.
    func run(
        _ tables: [TableSpecification], _ random: inout Xoshiro256PlusPlus,
        isCancelled: () -> Bool, progress: (String, Double) -> Void
    ) -> [GrowthResult] {
        let entries = plan.growthEntries
        let records = tables.map { _ in InsertRecord(entries) }
        var faults = [Int](repeating: 0, count: tables.count)
        let turns = Double(Self.passes * tables.count)
        var done = 0.0
        for pass in 0..<Self.passes {
            for i in tables.indices.shuffled(using: &random) {
                if isCancelled() { return [] }
                if pass == Self.repeats {
                    markGrowths(tables[i], records[i])
                    records[i].watchSlowest(Self.watchedPerPhase)
                }
                let measured = plan.make(tables[i])
                Self.fill(measured, entries, feed)
                let before = InsertRecord.faults()
                measured.timedInserts(entries..<(entries * 2), records[i], feed)
                faults[i] = InsertRecord.faults() - before
                done += 1
                progress(tables[i].label, done / turns)
            }
        }
        let costs = (fault: Self.faultNanoseconds(), clock: Self.clockNanoseconds())
        return tables.indices.map { result(tables[$0], records[$0], faults[$0], costs) }
    }

    static func fill(_ table: any MeasuredTable, _ entries: Int, _ feed: KeyFeed) {
        var done = table.entries
        while done < entries {
            let used = min(feed.count, entries - done)
            feed.fill(done..<(done + used))
            _ = table.insert(feed, used)
            done += used
        }
        table.settle()
    }

    // MARK: Capacities

    /// Tables per slot grow one by one, a thousand times in a doubling: those are told from outside
    /// alone.
    private func markGrowths(_ table: TableSpecification, _ record: InsertRecord) {
        guard !plan.cluster else { return }
        let entries = plan.growthEntries
        let measured = plan.make(table)
        Self.fill(measured, entries, feed)
        for growth in measured.growths(entries..<(entries * 2), most: .max, feed) {
            record.mark(growth - entries, .starts)
        }
    }

    /// The most entries, `from` or more, that `table` holds at rest before it grows; nil where it
    /// does not grow on its way to `most`.
    func fullCount(_ table: TableSpecification, from entries: Int, to most: Int) -> Int? {
        let measured = plan.make(table)
        Self.fill(measured, entries, feed)
        let growth = measured.growths(entries..<most, most: 1, feed).first
        guard let growth else { return nil }
        // One that is just full may grow by itself when nothing happens to it; without a capacity
        // nobody would know.
        let full = plan.make(table)
        Self.fill(full, growth - 1, feed)
        let capacity = full.statistics.capacity
        Self.fill(full, growth, feed)
        return capacity > 0 && full.statistics.capacity > capacity ? growth - 1 : growth
    }

    // MARK: What things cost by themselves

    /// A first touch of a fresh page, in ns: the median over pages of a mapping.
    private static func faultNanoseconds() -> Double {
        let (page, pages) = (4_096, costSamples)
        let memory = mmap(
            nil, page * pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory, memory != MAP_FAILED else { return 0 }
        defer { munmap(memory, page * pages) }
        let times = (0..<pages).map { index in
            let start = Clock.monotonicNanoseconds()
            memory.storeBytes(of: 1, toByteOffset: index * page, as: UInt8.self)
            return Clock.monotonicNanoseconds() - start
        }
        return Double(times.sorted()[pages / 2])
    }

    /// Two readings of the clock with nothing in between, in ns: the median.
    private static func clockNanoseconds() -> Double {
        let times = (0..<costSamples).map { _ in
            let start = Clock.monotonicNanoseconds()
            return Clock.monotonicNanoseconds() - start
        }
        return Double(times.sorted()[costSamples / 2])
    }

    // MARK: Results

    private func result(
        _ table: TableSpecification, _ record: InsertRecord, _ faults: Int,
        _ costs: (fault: Double, clock: Double)
    ) -> GrowthResult {
        let sorted = record.times.sorted()
        func quantile(_ share: Double) -> Double {
            Double(sorted[min(Int(Double(sorted.count) * share), sorted.count - 1)])
        }
        func carried(_ percent: Double) -> Double? {
            sorted.count >= LatencyHistogram.samplesNeeded(percent) ? quantile(percent / 100) : nil
        }
        return GrowthResult(
            table: table.label, keySize: keySize, inserts: sorted.count, p50: quantile(0.5),
            p99: carried(99), p9999: carried(99.99), longest: Double(sorted.last ?? 0),
            longestRaw: Double(record.longestRaw),
            phases: GrowthPhase.allCases.compactMap { Self.phase($0, record) },
            nanosecondsPerFault: costs.fault, clockNanoseconds: costs.clock,
            faultsPerInsert: Double(faults) / Double(sorted.count))
    }

    /// Nil where no insert was in that phase.
    private static func phase(
        _ phase: GrowthPhase, _ record: InsertRecord
    ) -> GrowthResult.Phase? {
        let inserts = record.times.indices.filter { record.phases[$0] == phase.rawValue }
        guard let slowest = inserts.max(by: { record.times[$0] < record.times[$1] }) else {
            return nil
        }
        let sum = inserts.reduce(0.0) { $0 + Double(record.times[$1]) }
        return GrowthResult.Phase(
            phase: phase, inserts: inserts.count, mean: sum / Double(inserts.count),
            longest: Double(record.times[slowest]), faultsOfLongest: record.watched[slowest])
    }
}
