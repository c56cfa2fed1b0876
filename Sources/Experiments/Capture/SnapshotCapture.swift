// An RDB file as a workload file: how many keys there are, how long they and their values are, and
// how long they live, without a server. The types that a workload cannot have are counted, with
// their elements, at the head of the file. One pass; a million strings are kept, each with the same
// chance.
import Distributions
import LinuxSystem
import Progress
import Quantities
import Traces

public struct SnapshotCapture {
    public var skipsDamaged = false
    public var name: String?
    /// How far it is, for people.
    public var progress = ProgressBar(quiet: true)
    /// What ended the reading too early, where that is no failure.
    public var damaged: (TraceError) -> Void = { _ in }

    public init() {}

    /// Reads a snapshot and makes a workload of its keys.
    /// - Throws: where the file cannot be read or is damaged.
    public func run(_ path: String) throws(ExperimentFailure) -> CapturedWorkload {
        var tally = SnapshotTally()
        let reader: SnapshotReader
        do throws(TraceError) {
            reader = try SnapshotReader(path, skipsDamaged: skipsDamaged)
            progress.start("capture")
            progress.begin("reading the snapshot", reader.progress == nil ? nil : 0...1)
            defer { progress.end() }
            while !Interruption.requested, try reader.next(&tally) {
                if reader.entryCount.isMultiple(of: 65_536), let share = reader.progress {
                    progress.advance(to: share)
                }
            }
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
        if Interruption.requested { throw ExperimentFailure(.interrupted, "interrupted") }
        if let damage = reader.damage { damaged(damage) }
        return try workload(tally, reader)
    }

    private func workload(
        _ tally: SnapshotTally, _ reader: SnapshotReader
    ) throws(ExperimentFailure) -> CapturedWorkload {
        let file = reader.path.split(separator: "/").last.map { String($0) } ?? reader.path
        var sample = tally.sample
        let strings = tally.classes[.string]?.keys ?? 0
        if let written = reader.writtenAt { sample.livesAsOf(written) }
        let cuts = sample.cut()
        guard let keySize = FittedDistribution(sample.keySizes) else {
            guard reader.entryCount > 0 else {
                throw ExperimentFailure(
                    .setUp, "\(file) holds no keys; give a snapshot of a server that has some")
            }
            let others = tally.otherTypes.joined(separator: "; ")
            throw ExperimentFailure(
                .setUp,
                "\(file) holds no strings\(others.isEmpty ? "" : " (\(others))"), and those alone "
                    + "are what a workload file describes; give a snapshot with some")
        }
        let sampled = sample.keySizes.count < Int(strings) ? ", sizes of a sample" : ""
        var captured = CapturedWorkload(
            name: name ?? CapturedWorkload.label(String(file.prefix { $0 != "." })),
            cite: "hashmark capture of a snapshot of \(reader.software ?? "a server"): "
                + "\(reader.entryCount) keys\(sampled)",
            keys: strings, keySize: keySize,
            operations: [.init("get", command: "GET {key}", perSecond: 1, isLookUp: false)])
        captured.valueSize = FittedDistribution(sample.valueSizes)
        captured.cuts += cuts
        if sample.timesToLive.contains(where: { $0 > 0 }) {
            captured.ttl = FittedDistribution(KeySample.joined(sample.timesToLive))
            captured.ttlNote =
                tally.hasIdleTimes
                ? "what was left and the time since the last touch" : "what was left"
        }
        captured.leftOut = ["the mix: a snapshot does not tell it; GET is assumed"]
        captured.leftOut += tally.otherTypes
        if reader.writtenAt == nil, sample.expiring > 0 {
            captured.leftOut.append(
                "times to live of \(sample.expiring) keys: the file does not say when it was "
                    + "written")
        }
        return captured
    }
}

/// Sizes of strings and counts of everything, as a snapshot tells them.
struct SnapshotTally: SnapshotVisitor {
    struct Class {
        var keys: UInt64 = 0
        var elements: UInt64 = 0
        var bytes: UInt64 = 0
        /// A handful: looked through faster than hashed.
        var encodings: [(name: String, keys: UInt64)] = []
    }

    private(set) var classes: [SnapshotEntry.Kind: Class] = [:]
    private(set) var hasIdleTimes = false
    private(set) var sample = SnapshotSample()
    private var random = Xoshiro256PlusPlus(seed: 0)

    private static let mostSampled = 1 << 20

    mutating func end(_ entry: SnapshotEntry) {
        classes[entry.kind, default: Class()].add(entry)
        guard entry.kind == .string else { return }
        if entry.idleSeconds != nil { hasIdleTimes = true }
        let strings = classes[.string]?.keys ?? 1
        if sample.keySizes.count < Self.mostSampled {
            sample.append(entry)
        } else {
            let place = Int(random.next().multipliedFullWidth(by: strings).high)
            if place < Self.mostSampled { sample.replace(place, by: entry) }
        }
    }

    /// A line for each type that holds no strings.
    var otherTypes: [String] {
        SnapshotEntry.Kind.allCases.compactMap { kind in
            guard kind != .string, let all = classes[kind], all.keys > 0 else { return nil }
            let encodings = all.encodings.sorted { ($1.keys, $0.name) < ($0.keys, $1.name) }
                .map { "\($0.keys) \($0.name)" }.joined(separator: ", ")
            let elements = (Double(all.elements) / Double(all.keys)).significant(3)
            let bytes = (Double(all.bytes) / Double(all.keys)).significant(3)
            return "\(all.keys) keys of type \(kind.rawValue) (\(encodings)), on average "
                + "\(elements) elements and \(bytes) bytes"
        }
    }
}

extension SnapshotTally.Class {
    fileprivate mutating func add(_ entry: SnapshotEntry) {
        keys &+= 1
        elements &+= entry.elements
        bytes &+= entry.valueSize
        if let place = encodings.firstIndex(where: { $0.name == entry.encoding }) {
            encodings[place].keys &+= 1
        } else {
            encodings.append((name: entry.encoding, keys: 1))
        }
    }
}

/// Sizes and times to live of strings.
struct SnapshotSample {
    private(set) var keySizes: [Int] = []
    private(set) var valueSizes: [Int] = []
    /// Seconds, 0 for none; of moments, once it is known which one is now.
    private(set) var timesToLive: [Int] = []
    private var moments: [Int64] = []
    private var idle: [Int] = []
    /// Keys that expire.
    var expiring: Int { moments.count { $0 > 0 } }

    mutating func append(_ entry: SnapshotEntry) {
        keySizes.append(entry.keySize)
        valueSizes.append(Int(clamping: entry.valueSize))
        moments.append(max(entry.expiresAt ?? 0, 0))
        idle.append(Int(clamping: entry.idleSeconds ?? 0))
    }

    mutating func replace(_ place: Int, by entry: SnapshotEntry) {
        keySizes[place] = entry.keySize
        valueSizes[place] = Int(clamping: entry.valueSize)
        moments[place] = max(entry.expiresAt ?? 0, 0)
        idle[place] = Int(clamping: entry.idleSeconds ?? 0)
    }

    /// Makes moments times to live. What is over lives for a second.
    mutating func livesAsOf(_ seconds: UInt64) {
        let now = Double(seconds)
        timesToLive = zip(moments, idle).map { moment, idle in
            guard moment > 0 else { return 0 }
            let left = (Double(moment) / 1_000 - now).rounded(.up)
            return Int(min(max(left, 1) + Double(idle), 1e15))
        }
    }

    /// Cuts what the format has no room for.
    /// - Returns: a line for each kind of it.
    mutating func cut() -> [String] {
        [
            CapturedLimit.keySize.cut(&keySizes), CapturedLimit.valueSize.cut(&valueSizes),
            CapturedLimit.timeToLive.cut(&timesToLive),
        ].compactMap(\.self)
    }
}
