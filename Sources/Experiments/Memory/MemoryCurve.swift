// Bytes per entry as a curve over the number of entries: one server, filled further from point to
// point, read when it is settled. One number would hide the saw-tooth of a doubling table.
//
// Keys are zero-padded decimals of exactly the key size, values one repeated letter, so that no
// server can store them as integers.
import LinuxSystem
import LoadGenerator
import Progress
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
    /// The workload under whose name results are kept: sizes given as flags have no file.
    public var name = RunRecord.Workload.memoryCurve
    /// Whether reference servers are asked in how many steps their tables find an entry, too.
    var readsProbeLength = false

    public init(keySize: Int, valueSize: Int, entries: [UInt64], ttlSeconds: Int = 0) {
        self.keySize = keySize
        self.valueSize = valueSize
        self.entries = entries.sorted()
        self.ttlSeconds = ttlSeconds
    }

    /// What cannot work about it, with the remedy; nil when it can.
    public var problem: String? {
        guard (1...512).contains(keySize) else {
            return "keys of \(keySize) bytes are not decimals; use a key size from 1 to 512"
        }
        guard valueSize >= 0 else { return "values of \(valueSize) bytes; use 0 or more" }
        guard ttlSeconds >= 0 else { return "a time to live of \(ttlSeconds) s; use 0 or more" }
        guard let most = entries.last else { return "no counts of entries; give at least one" }
        if let keys = KeyFormat.decimal(bytes: keySize).keyCount, most > keys {
            return "\(keySize) digits make only \(keys) keys; use longer keys or fewer entries"
        }
        return nil
    }

    /// How long one target will probably take, in s.
    public var expectedSeconds: Double { weights.reduce(0.5, +) }

    /// Seconds for each count, probably: the fill, and some waiting until it is settled.
    private var weights: [Double] {
        let before: [UInt64] = [0] + entries
        return zip(entries, before).map { count, before in
            1 + Double(count - before) / Fill.expectedPerSecond
        }
    }

    /// Measures targets, one after the other.
    public func run(
        _ targets: [Target], _ launch: LaunchOptions, _ recorder: Recorder,
        allowFlush: Bool = false
    ) throws(ExperimentFailure) {
        let most = Double(entries.last ?? 0)
        try MemoryNeeds.check(
            entries: most, bytes: most * Double(keySize + valueSize),
            servers: targets.contains(where: \.isOwned) ? 1 : 0, recorder.placement)
        for (index, target) in targets.enumerated() {
            recorder.progress.begin("", Course.part(index, of: targets.count))
            defer { recorder.progress.end() }
            try run(target, launch, recorder, allowFlush: allowFlush)
        }
    }

    /// Measures one target and adds a result per metric and count to the record.
    private func run(
        _ target: Target, _ launch: LaunchOptions, _ recorder: Recorder, allowFlush: Bool
    ) throws(ExperimentFailure) {
        let server = try Launching.launch(target, launch, recorder)
        defer {
            recorder.notePages(of: server)
            server.stop()
        }
        let connection = try server.controlConnection()
        try Launching.requireEmpty(server, connection, allowFlush: allowFlush)
        let empty = try MemoryReading.takeEmpty(server, connection)
        var filled: UInt64 = 0
        for (count, span) in zip(entries, Course.spans(weights)) {
            recorder.progress.begin("\(target.label): \(count) entries", span)
            defer { recorder.progress.end() }
            try measure(server, connection, filled..<count, empty, recorder)
            filled = count
        }
    }

    private func measure(
        _ server: RunningServer, _ connection: ControlConnection,
        _ added: Range<UInt64>, _ empty: MemoryReading, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        let count = added.upperBound
        try recorder.phase("fill", server.target.label) { () throws(ExperimentFailure) in
            try Fill.run(server, count: UInt64(added.count)) { place in
                PopulationSource(
                    added, keys: .decimal(bytes: keySize), valueBytes: valueSize,
                    expirySeconds: ttlSeconds > 0 ? ttlSeconds : nil, place)
            } told: {
                recorder.progress.advance(to: $0)
            }
        }
        recorder.progress.say("settling")
        try recorder.phase("settle", server.target.label) { () throws(ExperimentFailure) in
            try Settling.wait(server, connection, .memory)
        }
        try Fill.verify(server, connection, count: count)
        let full = try MemoryReading.take(server, connection)
        recorder.add(workload: name, contentHash: nil)
        var conditions: Conditions = [
            "key_size": .number(keySize), "value_size": .number(valueSize),
            "ttl": .number(ttlSeconds),
        ]
        let label = server.target.label
        full.grown(since: empty).addResults(
            entries: count, target: label, workload: name, conditions: conditions, recorder)
        guard readsProbeLength else { return }
        conditions["entries"] = .number(Int(count))
        try ProbeLength.take(server, connection).addResult(
            target: label, workload: name, conditions: conditions, recorder)
    }
}
