// Single inserts across a doubling, timed one by one.
//
// The same inserts run several times into fresh tables. Tables are deterministic, so the i-th
// insert does the same work every time, and the fastest of its times is the table's own: preemption
// and steal rarely hit the same insert twice. One more run counts page faults around the slowest
// inserts of each phase (a system call before and after each insert would drown all the others).
//
// The split is as fine as can be told from outside the table: which insert allocated the new array,
// which moved a chain, which gave the old array back, and how many page faults the slowest took.
// What those cost is their number times the cost of a fault that does nothing else, measured here.

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

enum GrowthBench {
    static let repeats = 3
    static let watchedPerPhase = 16

    /// Doubles a table of `plan.growthEntries`.
    static func run(_ table: Table, _ plan: BenchPlan) -> GrowthResult {
        let entries = plan.growthEntries
        let record = InsertRecord(entries)
        let feed = KeyFeed(width: plan.keySize, count: 4_096)
        var faults = 0
        for pass in 0...repeats {
            if pass == repeats { record.watchSlowest(watchedPerPhase) }
            let measured = TableMaker.make(table, plan)
            fill(measured, entries, feed)
            let before = InsertRecord.faults()
            measured.timedInserts(entries..<(entries * 2), record, feed)
            faults = InsertRecord.faults() - before
        }
        return result(table, record, faults)
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

    /// What a first touch of a fresh page costs, in ns: the median over pages of a mapping.
    static func faultNanoseconds() -> Double {
        let (page, pages) = (4_096, 1_024)
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

    private static func result(
        _ table: Table, _ record: InsertRecord, _ faults: Int
    ) -> GrowthResult {
        let sorted = record.times.sorted()
        func quantile(_ share: Double) -> Double {
            Double(sorted[min(Int(Double(sorted.count) * share), sorted.count - 1)])
        }
        func carried(_ percent: Double) -> Double? {
            sorted.count >= LatencyHistogram.samplesNeeded(percent) ? quantile(percent / 100) : nil
        }
        let phases = GrowthPhase.allCases.compactMap { phase -> GrowthResult.Phase? in
            let inserts = record.times.indices.filter { record.phases[$0] == phase.rawValue }
            guard let slowest = inserts.max(by: { record.times[$0] < record.times[$1] }) else {
                return nil
            }
            let sum = inserts.reduce(0.0) { $0 + Double(record.times[$1]) }
            return GrowthResult.Phase(
                phase: phase, inserts: inserts.count, mean: sum / Double(inserts.count),
                longest: Double(record.times[slowest]), faultsOfLongest: record.watched[slowest])
        }
        return GrowthResult(
            table: table.label, inserts: sorted.count, p50: quantile(0.5), p99: carried(99),
            p9999: carried(99.99), longest: Double(sorted.last ?? 0),
            longestRaw: Double(record.longestRaw), phases: phases,
            nanosecondsPerFault: faultNanoseconds(),
            faultsPerInsert: Double(faults) / Double(sorted.count))
    }
}
