// Bytes per entry as a curve over the number of entries: one server, filled further from point to
// point, read when it is settled. One number would hide the saw-tooth of a doubling table.
//
//     used_memory(N) − used_memory(0)          what the server says      reported
//     a walk over all entries of ref: servers  size classes, requests    class, requested
//     resident set(N) − resident set(0)        what the kernel says      rss
//
// Keys are zero-padded decimals of exactly the key size, values one repeated letter, so that no
// server can store them as integers.
import LinuxSystem
import LoadGenerator
import RunRecord
import Targets

public struct MemoryCurve {
    /// Bytes.
    public var keySize: Int
    public var valueSize: Int
    /// Counts at which memory is read.
    public var entries: [UInt64]
    /// Every entry gets this time to live, in s; 0 for none.
    public var ttlSeconds: Int

    public init(keySize: Int, valueSize: Int, entries: [UInt64], ttlSeconds: Int = 0) {
        self.keySize = keySize
        self.valueSize = valueSize
        self.entries = entries.sorted()
        self.ttlSeconds = ttlSeconds
    }

    /// Measures one target and adds a result per metric and count to the record.
    public func run(
        _ target: Target, _ launch: LaunchOptions, _ recorder: Recorder, allowFlush: Bool = false
    ) throws(ExperimentFailure) {
        let server = try Round.launch(target, launch, recorder)
        defer { server.stop() }
        var connection = try server.controlConnection()
        try Round.requireEmpty(server, &connection, allowFlush: allowFlush)
        let empty = try reading(server, &connection)
        var filled: UInt64 = 0
        for count in entries {
            recorder.progress("\(target.label): \(count) entries of (\(keySize), \(valueSize))")
            try measure(server, &connection, filled..<count, empty, recorder)
            filled = count
        }
    }

    private func measure(
        _ server: RunningServer, _ connection: inout ControlConnection,
        _ added: Range<UInt64>, _ empty: Reading, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        let count = added.upperBound
        try recorder.phase("fill", server.target.label) { () throws(ExperimentFailure) in
            try Fill.run(server, count: UInt64(added.count)) { place in
                PopulationSource(
                    added, keys: .decimal(bytes: keySize), valueBytes: valueSize,
                    expirySeconds: ttlSeconds > 0 ? ttlSeconds : nil, place)
            }
        }
        try recorder.phase("settle", server.target.label) { () throws(ExperimentFailure) in
            try Settling.wait(server, &connection, .memory)
        }
        try Fill.verify(server, &connection, count: count)
        let full = try reading(server, &connection)
        add(full.grown(since: empty), count, server, recorder)
    }

    private func reading(
        _ server: RunningServer, _ connection: inout ControlConnection
    ) throws(ExperimentFailure) -> Reading {
        do throws(ControlError) {
            return try Reading(server, &connection)
        } catch {
            throw ExperimentFailure(error, server)
        }
    }

    private func add(
        _ growth: Growth, _ count: UInt64, _ server: RunningServer, _ recorder: Recorder
    ) {
        let conditions: Conditions = [
            "entries": .number(Int(count)), "key_size": .number(keySize),
            "value_size": .number(valueSize), "ttl": .number(ttlSeconds),
        ]
        func add(_ metric: Metric, _ bytes: Int?, _ reason: String) {
            let label = server.target.label
            recorder.add(
                bytes.map {
                    RunRecord.Result(
                        metric, target: label, workload: Self.workload, conditions: conditions,
                        value: Double($0) / Double(count))
                }
                    ?? RunRecord.Result(
                        metric, target: label, workload: Self.workload, conditions: conditions,
                        unavailable: reason))
        }
        let notReference = "only ref: servers can walk their entries"
        recorder.add(workload: Self.workload, contentHash: nil)
        add(.memoryPerEntry(.reported), growth.reported, "the server does not report used_memory")
        add(.memoryPerEntry(.sizeClass), growth.sizeClass, notReference)
        add(.memoryPerEntry(.requested), growth.requested, notReference)
        add(.memoryPerEntry(.rss), growth.resident, "the server does not run on this machine")
        add(.allocationsPerEntry, growth.allocations, notReference)
    }

    /// The name under which results that come from sizes given as flags are kept.
    private static let workload = "memory"
}

/// Differences to the empty server, in bytes (allocations: a count).
private struct Growth {
    var reported: Int?
    var sizeClass: Int?
    var requested: Int?
    var allocations: Int?
    var resident: Int?
}

/// What the server and the kernel say at one moment.
private struct Reading {
    var reported: Int?
    var recount: [String: Int]?
    var resident: Int?

    init(
        _ server: RunningServer, _ connection: inout ControlConnection
    ) throws(ControlError) {
        reported = try connection.info("memory")["used_memory"].flatMap { Int($0) }
        resident = server.pid.flatMap { ProcessAccounting.residentBytes($0) }
        guard case .reference = server.target.kind else { return }
        let pairs = try connection.call(["HASHMARK", "RECOUNT"]).elements ?? []
        var counts: [String: Int] = [:]
        for index in stride(from: 0, to: pairs.count - 1, by: 2) {
            if let name = pairs[index].text, let value = pairs[index + 1].number {
                counts[name] = Int(value)
            }
        }
        recount = counts
    }

    func grown(since empty: Reading) -> Growth {
        func difference(_ path: (Reading) -> Int?) -> Int? {
            guard let now = path(self), let before = path(empty) else { return nil }
            return now - before
        }
        return Growth(
            reported: difference { $0.reported },
            sizeClass: difference { $0.recount?["allocated"] },
            requested: difference { $0.recount?["requested"] },
            allocations: difference { $0.recount?["allocations"] },
            resident: difference { $0.resident })
    }
}
