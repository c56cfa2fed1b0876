// What was counted between two reads. Counts of a group are summed over threads and scaled by
// enabled / running, as perf stat does; what several events make is made of their sums.
import Glibc
import SystemPackage

extension PerfCounters {
    /// All counts up to now. Two of them bound a window.
    public struct Snapshot {
        fileprivate var groups: [PerfGroupRead]
        /// By group: why a thread's counts are missing in it.
        var failures: [ReadFailure?]
        fileprivate var threads: Set<pid_t>
    }

    enum ReadFailure {
        case empty
        case errno(Errno)

        func reason(_ event: String) -> Unavailability {
            switch self {
            case .empty: .doesNotFit(event: event)
            case .errno(let errno): .readFailed(event: event, errno)
            }
        }
    }

    /// - Complexity: one read(2) per thread and group.
    public func snapshot() -> Snapshot {
        var sums = groups.map {
            PerfGroupRead(
                enabled: 0, running: 0, values: [UInt64](repeating: 0, count: $0.events.count))
        }
        var failures = [ReadFailure?](repeating: nil, count: groups.count)
        for thread in attached {
            for (index, descriptors) in thread.groups.enumerated() {
                switch system.read(descriptors[0], events: descriptors.count) {
                case .success(let read?):
                    sums[index].enabled += read.enabled
                    sums[index].running += read.running
                    for (event, value) in read.values.enumerated() {
                        sums[index].values[event] += value
                    }
                case .success(nil): failures[index] = .empty
                case .failure(let errno): failures[index] = .errno(errno)
                }
            }
        }
        let threads = process.map { Set(system.threads(of: $0)) } ?? []
        return Snapshot(groups: sums, failures: failures, threads: threads)
    }

    /// What was counted between two snapshots.
    public func window(
        from start: Snapshot, to end: Snapshot, operations: UInt64
    ) -> CounterWindow {
        var entries: [CounterWindow.Entry] = []
        for (index, group) in groups.enumerated() {
            let failure = start.failures[index] ?? end.failures[index]
            let (before, after) = (start.groups[index], end.groups[index])
            let counts = PerfGroupRead(
                enabled: after.enabled &- before.enabled, running: after.running &- before.running,
                values: zip(after.values, before.values).map { $0 &- $1 })
            for measure in group.measures {
                let names = measure.events.map { name($0) }
                let reading: Reading =
                    failure.map { .unavailable($0.reason(names[0])) }
                    ?? self.reading(measure, counts, of: group)
                entries.append(
                    .init(
                        measure.counter, event: names.joined(separator: ", "), group: index,
                        reading))
            }
        }
        for (counter, event, reason) in refused {
            entries.append(.init(counter, event: event, group: nil, .unavailable(reason)))
        }
        entries += unnamed(besides: Set(entries.map(\.counter)))
        var coverage = coverage
        let known = Set(attached.map(\.thread))
        coverage.appeared = end.threads.subtracting(known).count
        coverage.ended = process == nil ? 0 : known.subtracting(end.threads).count
        var conditions = ["exclude_kernel": excludesKernel ? "yes" : "no"]
        conditions["events"] = planned.source
        return CounterWindow(
            operations: operations, entries: entries, conditions: conditions, coverage: coverage)
    }

    public func measure(_ load: () throws -> UInt64) throws -> CounterWindow {
        let start = snapshot()
        let operations = try load()
        return window(from: start, to: snapshot(), operations: operations)
    }

    private func reading(
        _ measure: PerfMeasure, _ counts: PerfGroupRead, of group: PerfGroup
    ) -> Reading {
        let (enabled, running) = (counts.enabled, counts.running)
        if running == 0 {
            let event = name(measure.events[0])
            return .unavailable(enabled == 0 ? .idle : .neverScheduled(event: event))
        }
        let share = min(1, Double(running) / Double(enabled))
        let quality: Reading.Quality = running >= enabled ? .exact : .scaled(running: share)
        // Of counts that were taken too little of the time, no share is made.
        if measure.counter.isShare && share < Unavailability.leastSampled {
            return .unavailable(.runningTooLittle(share, least: Unavailability.leastSampled))
        }
        var values: [Double] = []
        for event in measure.events {
            guard let position = group.events.firstIndex(of: event) else {
                preconditionFailure("\(event.name) is not in its group")
            }
            let count = counts.values[position]
            if count == 0 && event.isUnimplemented(afterCounting: running) {
                return .unavailable(.unimplemented(event: name(event)))
            }
            values.append(Double(count) / share)
        }
        guard let value = measure.formula(values) else {
            return .unavailable(.nothingToShare(measure.counter))
        }
        return .value(value, quality)
    }

    /// Counters of this kind that have no event here. Where there is no PMU at all, that is why.
    private func unnamed(besides known: Set<Counter>) -> [CounterWindow.Entry] {
        var noPMU: Unavailability?
        if groups.isEmpty {
            noPMU = refused.map(\.reason).first {
                if case .refused(_, .noSuchFileOrDirectory) = $0 { true } else { false }
            }
        }
        let named = planned.unnamed.map { counter, event, reason in
            CounterWindow.Entry(counter, event: event, group: nil, .unavailable(noPMU ?? reason))
        }
        let all = known.union(named.map(\.counter))
        let missing = Counter.all(kind).filter { !all.contains($0) }.map { counter in
            CounterWindow.Entry(
                counter, event: "none", group: nil,
                .unavailable(noPMU ?? .unknownOnThisCPU(counter, cpu: planned.cpu)))
        }
        return named + missing
    }
}

extension PerfCounters {
    /// The processor's counters of a running process.
    public static func hardware(process: pid_t) throws(CounterError) -> PerfCounters {
        try PerfCounters(.hardware, .hardware, process: process)
    }
}
