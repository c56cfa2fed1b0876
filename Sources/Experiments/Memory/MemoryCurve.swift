// Bytes per entry as a curve over the number of entries. One number would hide the saw-tooth of a
// doubling table.
//
// Keys are zero-padded decimals of exactly the key size, values one repeated letter, so that no
// server can store them as integers.
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
    public var expectedSeconds: Double { seconds }

    /// Measures targets, one after the other: a result per metric and count.
    public func run(
        _ targets: [Target], _ launch: LaunchOptions, _ recorder: Recorder,
        allowFlush: Bool = false
    ) throws(ExperimentFailure) {
        try measure(targets, launch, recorder, allowFlush: allowFlush)
    }
}

extension MemoryCurve: GrowthCurve {
    var points: [UInt64] { entries }
    var unit: String { "entries" }
    var writesOfOne: Double { 1 }
    var most: (writes: Double, bytes: Double) {
        let writes = Double(entries.last ?? 0)
        return (writes, writes * Double(keySize + valueSize))
    }
    /// Strings are all that there is.
    var firstUses: [[String]] { [] }

    /// Every server has strings.
    func requireCommands(_ server: RunningServer, _ connection: ControlConnection) {}

    func fill(
        _ server: RunningServer, _ added: Range<UInt64>, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        try Fill.run(server, count: UInt64(added.count)) { place in
            PopulationSource(
                added, keys: .decimal(bytes: keySize), valueBytes: valueSize,
                expirySeconds: ttlSeconds > 0 ? ttlSeconds : nil, place)
        } told: {
            recorder.progress.advance(to: $0)
        }
    }

    func verify(
        _ server: RunningServer, _ connection: ControlConnection, _ count: UInt64
    ) throws(ExperimentFailure) {
        try Fill.verify(server, connection, count: count)
    }

    func add(
        _ growth: MemoryReading, _ count: UInt64, _ server: RunningServer,
        _ connection: ControlConnection, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        var conditions: Conditions = [
            "key_size": .number(keySize), "value_size": .number(valueSize),
            "ttl": .number(ttlSeconds),
        ]
        let label = server.target.label
        growth.addResults(
            entries: count, target: label, workload: name, conditions: conditions, recorder)
        guard readsProbeLength else { return }
        conditions["entries"] = .number(Int(count))
        try ProbeLength.take(server, connection).addResult(
            target: label, workload: name, conditions: conditions, recorder)
    }
}
