// What a server takes for its entries: the difference between two readings, per entry.
//
//     used_memory(N) − used_memory(0)          what the server says      reported
//     its peak until then − used_memory(0)     both arrays of a rehash   peak
//     a walk over all entries of ref: servers  size classes, requests    class, requested
//     resident set(N) − resident set(0)        what the kernel says      rss
import LinuxSystem
import RunRecord
import Targets

/// Bytes (and allocations, a count) at one moment, or between two; nil where nothing tells.
struct MemoryReading {
    var reported: Int?
    /// The most that the server ever reported.
    var peak: Int?
    var sizeClass: Int?
    var requested: Int?
    var allocations: Int?
    /// What a foreign table says it took elsewhere: in none of the above.
    var foreign: Int?
    var resident: Int?

    /// Asks the server and the kernel.
    static func take(
        _ server: RunningServer, _ connection: ControlConnection
    ) throws(ExperimentFailure) -> MemoryReading {
        do throws(TargetError) {
            return try MemoryReading(server, connection)
        } catch {
            throw ExperimentFailure(error, server)
        }
    }

    /// The same of a server that is empty and was used before.
    ///
    /// Redis and Valkey keep a histogram of some 16 KiB for each command from its first use on
    /// (latency-tracking), which would count as bytes of the entries: over 1 % of small pairs up to
    /// a hundred thousand of them. So everything that a fill and its checks use is used once
    /// before.
    /// - Parameter uses: commands that a fill uses besides, on the key `hashmark:first-use`.
    static func takeEmpty(
        _ server: RunningServer, _ connection: ControlConnection, with uses: [[String]] = []
    ) throws(ExperimentFailure) -> MemoryReading {
        if server.target.isReference { return try take(server, connection) }
        do throws(TargetError) {
            let key = "hashmark:first-use"
            let strings = [["SET", key, "1"], ["GET", key], ["DEL", key], ["DBSIZE"]]
            for command in strings + uses + [["DEL", key]] {
                _ = try connection.call(command)
            }
        } catch {
            throw ExperimentFailure(error, server)
        }
        try Settling.wait(server, connection, .timing)
        return try take(server, connection)
    }

    private init(
        _ server: RunningServer, _ connection: ControlConnection
    ) throws(TargetError) {
        let info = try connection.info("memory")
        // From 0, so that differences fit.
        reported = info["used_memory"].flatMap { Int($0) }.map { max($0, 0) }
        peak = info["used_memory_peak"].flatMap { Int($0) }.map { max($0, 0) }
        if server.target.isReference {
            let pairs = try connection.call(["HASHMARK", "RECOUNT"]).elements ?? []
            for index in stride(from: 0, to: pairs.count - 1, by: 2) {
                let value = pairs[index + 1].number.map { Int(max($0, 0)) }
                switch pairs[index].text {
                case "allocated": sizeClass = value
                case "requested": requested = value
                case "allocations": allocations = value
                case "foreign": foreign = value
                default: break
                }
            }
        }
        let parts = (server.pids ?? []).map { ProcessAccounting.residentBytes($0) }
        let known = parts.compactMap(\.self)
        resident =
            known.isEmpty || known.count < parts.count ? nil : known.reduce(0, +)
    }

    private init() {}

    func grown(since empty: MemoryReading) -> MemoryReading {
        func difference(_ path: KeyPath<MemoryReading, Int?>) -> Int? {
            guard let now = self[keyPath: path], let before = empty[keyPath: path] else {
                return nil
            }
            return now - before
        }
        var growth = MemoryReading()
        growth.reported = difference(\.reported)
        // Against the empty server's use, not its peak: how high the fill went.
        if let most = peak, let before = empty.reported { growth.peak = most - before }
        growth.sizeClass = difference(\.sizeClass)
        growth.requested = difference(\.requested)
        growth.allocations = difference(\.allocations)
        growth.foreign = difference(\.foreign)
        growth.resident = difference(\.resident)
        return growth
    }

    /// Adds one result per metric for a growth by `entries`.
    func addResults(
        entries: UInt64, target: String, workload: String, conditions: Conditions,
        _ recorder: Recorder
    ) {
        var conditions = conditions
        conditions["entries"] = .number(Int(entries))
        func add(_ metric: Metric, _ amount: Int?, _ reason: String) {
            recorder.add(
                amount.map {
                    RunRecord.Result(
                        metric, target: target, workload: workload, conditions: conditions,
                        value: Double($0) / Double(entries))
                }
                    ?? RunRecord.Result(
                        metric, target: target, workload: workload, conditions: conditions,
                        unavailable: reason))
        }
        let notReference = "only ref: servers can walk their entries"
        add(.memoryPerEntry(.reported), reported, "the server does not report used_memory")
        add(.memoryPerEntry(.peak), peak, "the server does not report used_memory_peak")
        add(.memoryPerEntry(.sizeClass), sizeClass, notReference)
        add(.memoryPerEntry(.requested), requested, notReference)
        add(.memoryPerEntry(.rss), resident, "the server does not run on this machine")
        add(.allocationsPerEntry, allocations, notReference)
        if let foreign, foreign > 0 {
            add(.memoryElsewhere, foreign, "")
            recorder.warn(
                "its table took \(UInt64(foreign) / entries) bytes per entry elsewhere "
                    + "(foreign_bytes), which only the resident set has in it",
                remedy: "allocate by the host, or compare resident sets", target: target)
        }
    }
}
