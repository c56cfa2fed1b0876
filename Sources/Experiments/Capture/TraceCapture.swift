// A trace as a workload file: sizes of its distinct keys, times to live of its writes, its mix and
// popularity, in one pass and bounded memory.
//
// Keys are sampled by their hash, all records of a key or none (spatial sampling, after Waldspurger
// et al., "Efficient MRC construction with SHARDS", FAST 2015): when a million keys are held, half
// of the hash space is given up, and its keys are forgotten.
import Distributions
import Foundation
import LinuxSystem
import LoadGenerator
import Progress
import Quantities
import Traces
import Workloads

public struct TraceCapture {
    /// The trace, where the path that is run is but its name.
    public var contents: [UInt8]?
    /// The stream that it comes from, where the path is but its name.
    var descriptor: CInt?
    public var format: (any TraceDecoder)?
    public var skipsDamaged = false
    /// Bytes of keys whose size the trace does not say; nil: `TraceOptions.usualKeySize`.
    public var keySize: Int?
    public var name: String?
    /// How far it is, for people.
    public var progress = ProgressBar(quiet: true)
    /// How many damaged records were left out, and the first.
    public var damaged: (UInt64, TraceError) -> Void = { _, _ in }

    public init() {}

    /// Reads a trace and makes a workload of its requests.
    /// - Throws: where the file cannot be read, is damaged or of no format that is known.
    public func run(_ path: String) throws(ExperimentFailure) -> CapturedWorkload {
        let reader: TraceReader
        do throws(TraceError) {
            reader = try TraceReader(
                path, contents: contents, descriptor: descriptor, format: format,
                skipsDamaged: skipsDamaged)
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
        try ExperimentFailure.check(keySize: keySize, of: reader)
        var tally = TraceTally(
            keySize: keySize ?? TraceOptions.usualKeySize, of: reader.format)
        do throws(TraceError) {
            let block = UnsafeMutableBufferPointer<TraceRecord>.allocate(capacity: 4_096)
            block.initialize(repeating: TraceRecord())
            defer { block.deallocate() }
            progress.start("capture")
            progress.begin("reading the trace", reader.progress == nil ? nil : 0...1)
            defer { progress.end() }
            while !Interruption.requested {
                let count = try reader.read(block)
                if count == 0 { break }
                tally.add(UnsafeBufferPointer(rebasing: block[..<count]))
                progress.say("\(Double(tally.records).shortText) records")
                if let (position, size) = reader.progress {
                    progress.advance(to: Double(position) / Double(size))
                }
            }
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
        if Interruption.requested { throw ExperimentFailure(.interrupted, "interrupted") }
        if let first = reader.firstDamage { damaged(reader.damagedCount, first) }
        let file = path.split(separator: "/").last.map { String($0) } ?? path
        var captured = try workload(tally, file, reader.format)
        captured.leftOut += reader.passedOver.prefix(10).map {
            "\($0.name), \($0.count) times: no request on strings"
        }
        return captured
    }

    private func workload(
        _ tally: TraceTally, _ file: String, _ format: any TraceDecoder
    ) throws(ExperimentFailure) -> CapturedWorkload {
        var sample = tally.sample
        var timesToLive = tally.timesToLive
        let cuts = [
            CapturedLimit.keySize.cut(&sample.keySizes),
            CapturedLimit.valueSize.cut(&sample.valueSizes),
            CapturedLimit.timeToLive.cut(&timesToLive),
        ].compactMap(\.self)
        // The prefill writes values, also where the trace never had any.
        if sample.valueSizes.isEmpty { sample.valueSizes = [0] }
        guard let keySize = FittedDistribution(sample.keySizes) else {
            throw ExperimentFailure(.setUp, "\(file) has no records; give a trace with some")
        }
        let sampled =
            tally.fraction < 1 ? ", sizes of \(sample.keySizes.count) keys by their hash" : ""
        var captured = CapturedWorkload(
            name: name ?? CapturedWorkload.label(String(file.prefix { $0 != "." })),
            cite: "hashmark capture of a \(format.name) trace of \(tally.records) records"
                + sampled,
            keys: UInt64(saturating: (Double(sample.keySizes.count) / tally.fraction).rounded()),
            keySize: keySize, operations: tally.operations)
        captured.valueSize = FittedDistribution(sample.valueSizes)
        captured.cuts += cuts
        if timesToLive.contains(where: { $0 > 0 }) {
            captured.ttl = FittedDistribution(timesToLive)
        }
        captured.popularity = FittedPopularity(counts: sample.counts, fraction: tally.fraction)
        captured.missShare = tally.missShare
        captured.leftOut = tally.leftOut
        return captured
    }
}

/// Counts of a trace, in memory that does not grow with it.
struct TraceTally {
    fileprivate struct Key {
        var keySize: UInt32
        /// The largest seen: a look-up that missed says 0.
        var valueSize: UInt32
        var count: UInt32
    }

    private(set) var records: UInt64 = 0
    private(set) var timesToLive: [Int] = []
    private var keys: [UInt64: Key] = [:]
    /// Keys whose hash lies below are held.
    private var threshold = UInt64.max
    /// What the trace has for requests, and how many of each.
    private let words: [TraceOperation]
    private var calls: [UInt64]
    private var lookUps: UInt64 = 0
    private var emptyLookUps: UInt64 = 0
    /// Of the trace's clock, in ns.
    private let tick: UInt64
    private var first: UInt64?
    private var last: UInt64 = 0
    private let keySize: Int
    private var knowsKeySizes = false
    private var writes: UInt64 = 0
    private var random = Xoshiro256PlusPlus(seed: 0)

    private static let mostKeys = 1 << 20
    /// Of times to live, as a reservoir.
    private static let mostTimes = 100_000

    init(keySize: Int, of format: any TraceDecoder) {
        self.keySize = keySize
        words = format.operations
        calls = [UInt64](repeating: 0, count: words.count)
        tick = format.tick
    }

    var fraction: Double {
        threshold == .max ? 1 : Double(threshold) / Double(UInt64.max)
    }

    mutating func add(_ block: UnsafeBufferPointer<TraceRecord>) {
        for record in block {
            records &+= 1
            if first == nil { first = record.time }
            last = max(last, record.time)
            calls[Int(record.operation)] &+= 1
            if record.keySize > 0 { knowsKeySizes = true }
            if record.verb.isRead {
                lookUps &+= 1
                if record.valueSize == 0 { emptyLookUps &+= 1 }
            }
            if record.verb.storesValue { addTime(Self.wholeSeconds(record.timeToLive)) }
            guard Self.hash(record.key) <= threshold else { continue }
            keys[record.key, default: Key(keySize: 0, valueSize: 0, count: 0)].add(record)
            if keys.count > Self.mostKeys { halve() }
        }
    }

    /// Of a time to live, rounded up: what lives at all lives for a second.
    private static func wholeSeconds(_ nanoseconds: UInt64) -> Int {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: TraceRecord.second)
        return Int(seconds) + (rest > 0 ? 1 : 0)
    }

    private static func hash(_ key: UInt64) -> UInt64 {
        var numbers = SplitMix64(seed: key)
        return numbers.next()
    }

    private mutating func halve() {
        let limit = threshold / 2
        threshold = limit
        keys = keys.filter { Self.hash($0.key) <= limit }
    }

    /// Each write's time to live has the same chance to be among those kept (Vitter's algorithm R).
    private mutating func addTime(_ seconds: Int) {
        writes &+= 1
        if timesToLive.count < Self.mostTimes {
            timesToLive.append(seconds)
        } else {
            let place = Int(random.next().multipliedFullWidth(by: writes).high)
            if place < Self.mostTimes { timesToLive[place] = seconds }
        }
    }

    /// Sizes of the keys held, each key once, and their requests.
    var sample: (keySizes: [Int], valueSizes: [Int], counts: [Int]) {
        var result: (keySizes: [Int], valueSizes: [Int], counts: [Int]) = ([], [], [])
        for key in keys.values {
            result.counts.append(Int(key.count))
            let size = key.keySize > 0 ? Int(key.keySize) : keySize
            result.keySizes.append(size)
            let value = Int(key.valueSize)
            if value > 0 { result.valueSizes.append(knowsKeySizes ? value : max(value - size, 0)) }
        }
        return result
    }

    /// A look-up in a trace that tells sizes apart has none where it found nothing.
    var missShare: Double {
        knowsKeySizes && lookUps > 0 && emptyLookUps < lookUps
            ? Double(emptyLookUps) / Double(lookUps) : 0
    }

    private var seconds: Double {
        Nanoseconds.value(Double(last - (first ?? last) + tick), in: .seconds)
    }

    var operations: [CapturedWorkload.Operation] {
        zip(words, calls).compactMap { word, count in
            guard count > 0, let command = Self.command(word.verb) else { return nil }
            return .init(
                word.name, command: command, perSecond: Double(count) / seconds,
                isLookUp: word.verb.isRead)
        }
    }

    var leftOut: [String] {
        zip(words, calls).compactMap { word, count in
            guard count > 0, Self.command(word.verb) == nil else { return nil }
            let share = decimalPercent(Double(count) / Double(records))
            let reason =
                word.verb == .expire
                ? "keys get their times to live when they are written"
                : "it needs values that are numbers"
            return "\(word.name), \(share) of the requests: \(reason)"
        }
    }

    /// As a workload file has it; nil for what such a file's values do not allow.
    private static func command(_ verb: TraceVerb) -> String? {
        switch verb {
        case .get: "GET {key}"
        case .set: "SET {key} {value} {expiry}"
        case .setIfAbsent: "SET {key} {value} {expiry} NX"
        case .setIfPresent: "SET {key} {value} {expiry} XX"
        case .append: "APPEND {key} {value}"
        case .delete: "DEL {key}"
        case .increment, .decrement, .expire: nil
        }
    }
}

extension TraceTally.Key {
    fileprivate mutating func add(_ record: TraceRecord) {
        keySize = max(keySize, record.keySize)
        valueSize = max(valueSize, record.valueSize)
        count &+= 1
    }
}
