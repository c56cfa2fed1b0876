// SETs of distinct keys, each key once: how a server gets exactly N entries.
import RESP

/// How the number of an entry becomes its key.
public enum KeyFormat: Hashable, Sendable {
    /// `key:` and twelve digits, as valkey-benchmark spells them.
    case benchmark
    /// Zero-padded digits of exactly this many bytes, no prefix.
    case decimal(bytes: Int)

    var prefix: String { self == .benchmark ? "key:" : "" }

    var digits: Int {
        switch self {
        case .benchmark: 12
        case .decimal(let bytes): bytes
        }
    }

    /// Distinct keys there are, or nil when 64 bits do not count them.
    public var keyCount: UInt64? {
        digits > 19 ? nil : (0..<digits).reduce(1) { count, _ in count * 10 }
    }
}

public struct PopulationSource: RequestSource, ~Copyable {
    public let commands = [CommandLabel("SET")]
    private let template: [UInt8]
    private let offset: Int
    private let digits: Int
    private var next: UInt64

    /// Entries numbered `0 ..< total`, all workers together.
    public init(
        total: UInt64, keys: KeyFormat, valueBytes: Int, expirySeconds: Int? = nil,
        _ place: WorkerPlace
    ) {
        self.init(
            0..<total, keys: keys, valueBytes: valueBytes, expirySeconds: expirySeconds, place)
    }

    /// - Parameters:
    ///   - entries: numbers of the entries that all workers together write.
    ///   - expirySeconds: the entries' time to live.
    public init(
        _ entries: Range<UInt64>, keys: KeyFormat, valueBytes: Int, expirySeconds: Int? = nil,
        _ place: WorkerPlace
    ) {
        digits = keys.digits
        next = entries.lowerBound + place.part(of: UInt64(entries.count)).lowerBound
        let key = Array(keys.prefix.utf8) + [UInt8](repeating: UInt8(ascii: "#"), count: digits)
        var arguments = [Array("SET".utf8), key, BenchmarkData.bytes(valueBytes)]
        if let expirySeconds {
            arguments += [Array("EX".utf8), Array(String(expirySeconds).utf8)]
        }
        template = RequestEncoder.encode(arguments)
        // The digits end where the second argument does: before the CR LF of the key.
        let head = RequestEncoder.encode([Array("SET".utf8), key])
        offset = head.count - 2 - digits + template.headerBytes - head.headerBytes
    }

    public mutating func fill(_ batch: inout RequestBatch, _ count: Int) {
        let length = template.count
        if batch.prepared < count {
            batch.reserve(count * length)
            for copy in 0..<count {
                (batch.bytes + copy * length).update(from: template, count: length)
                batch.commands[copy] = 0
            }
            batch.prepared = count
        }
        batch.length = count &* length
        for copy in 0..<count {
            let target = batch.bytes + (copy &* length &+ offset)
            if digits == 12 {
                FixedDigits.writeTwelve(next, to: target)
            } else {
                FixedDigits.write(next, width: digits, to: target)
            }
            next &+= 1
        }
    }
}

extension [UInt8] {
    /// Length of the `*N` line a request starts with.
    fileprivate var headerBytes: Int { (firstIndex(of: UInt8(ascii: "\n")) ?? -1) + 1 }
}

/// The payload of the benchmark tests.
public enum BenchmarkData {
    /// The bytes that valkey-benchmark puts in values: printable, starting with "VXK", and so never
    /// a number. From its generator, so that both tools store the same.
    public static func bytes(_ count: Int) -> [UInt8] {
        var state: UInt32 = 1234
        return (0..<count).map { _ in
            state = state &* 1_103_515_245 &+ 12_345
            return UInt8(ascii: "0") + UInt8((state >> 16) & 63)
        }
    }
}
