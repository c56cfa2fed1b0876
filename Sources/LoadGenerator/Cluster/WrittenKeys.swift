// Keys whose writing a cluster has acknowledged, to be read back once it has settled: a replica
// that takes over from its primary lacks what had not reached it, and nobody is told.
//
// All keys are kept until they are many; from then on those of every other hash, of every fourth,
// and so on. So they are an even sample of all keys whenever they are looked at, each stands for
// 2^halvings of them, and memory stays bounded:
//
//     hash of the key  ...0110 1000   kept while halvings ≤ 3: it ends in so many zeros
import RESP

public struct WrittenKeys: Sendable, Codable {
    /// So many are kept at most: some tens of MB, and a second to read back.
    public static var most: Int { 1 << 18 }

    public private(set) var keys: Set<[UInt8]> = []
    /// A key that is kept stands for 2^halvings keys.
    public private(set) var halvings = 0
    /// Acknowledged writes, of whichever keys.
    public private(set) var acknowledged: UInt64 = 0

    public init() {}

    /// Keys that each of those that are kept stands for.
    public var weight: Double { Double(1 << halvings) }

    /// A write of `key` was acknowledged.
    public mutating func note(_ key: UnsafeRawBufferPointer) {
        acknowledged &+= 1
        guard Self.zeros(key) >= halvings else { return }
        keys.insert(Array(key))
        halve()
    }

    /// Adds what another worker, or another burst, wrote.
    mutating func merge(_ other: WrittenKeys) {
        acknowledged &+= other.acknowledged
        halvings = max(halvings, other.halvings)
        keys.formUnion(other.keys)
        keep()
        halve()
    }

    private mutating func halve() {
        while keys.count > Self.most {
            halvings += 1
            keep()
        }
    }

    /// Drops what is no longer of the sample.
    private mutating func keep() {
        let halvings = self.halvings
        keys = keys.filter { key in key.withUnsafeBytes { Self.zeros($0) } >= halvings }
    }

    /// Zeros at the end of the key's hash: FNV-1a, whose upper half its last step has mixed best.
    private static func zeros(_ key: UnsafeRawBufferPointer) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return (hash ^ hash >> 32).trailingZeroBitCount
    }
}

/// A GET for each of some keys, once.
public struct WrittenKeySource: RequestSource {
    public let commands = [CommandLabel("GET", nullIsMiss: true)]
    private let keys: [[UInt8]]
    private var next: Int

    /// - Parameter keys: of all workers together.
    public init(_ keys: [[UInt8]], _ place: WorkerPlace) {
        self.keys = keys
        next = Int(place.part(of: UInt64(keys.count)).lowerBound)
    }

    public mutating func fill(_ batch: inout RequestBatch, _ count: Int) {
        batch.length = 0
        for index in 0..<count {
            let request = RequestEncoder.encode([Array("GET".utf8), keys[next % keys.count]])
            batch.makeRoom(request.count)
            (batch.bytes + batch.length).update(from: request, count: request.count)
            batch.length += request.count
            batch.commands[index] = 0
            next += 1
        }
    }
}
