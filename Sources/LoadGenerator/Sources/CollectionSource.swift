// Collections of distinct elements, each element written once: how a server gets exactly so many
// containers with exactly so many members.
//
//     HSET 00000001 m0000000 xxxxxxxx m0000001 xxxxxxxx …      20 elements a command
//     SADD / RPUSH / ZADD alike
//     BF.INSERT 00000001 CAPACITY 1000 ERROR 0.01 NONSCALING ITEMS m0000000 m0000001 …
//
// A container's members are written in ascending order, one container after the other.
import Distributions
import RESP

/// The types of collections, by the servers' names.
public enum CollectionKind: String, CaseIterable, Sendable {
    case hash, list, set, zset, bloom

    var command: StaticString {
        switch self {
        case .hash: "HSET"
        case .list: "RPUSH"
        case .set: "SADD"
        case .zset: "ZADD"
        case .bloom: "BF.INSERT"
        }
    }

    /// What a server does not have without a module: the command, and the module's name.
    public var module: (command: String, name: String)? {
        self == .bloom ? ("\(command)", "valkey-bloom") : nil
    }

    /// Asks for a container's length.
    public var lengthCommand: String {
        switch self {
        case .hash: "HLEN"
        case .list: "LLEN"
        case .set: "SCARD"
        case .zset: "ZCARD"
        case .bloom: "BF.CARD"
        }
    }
}

/// What collections consist of.
public struct CollectionShape: Sendable, Equatable {
    public var kind: CollectionKind
    /// Bytes of a field, member or element: `m` and a zero-padded decimal.
    public var memberBytes: Int
    /// Bytes of a hash's values: one repeated letter.
    public var valueBytes: Int
    /// Members that a Bloom filter is reserved for, without growing beyond them.
    public var capacity: UInt64 = 0

    public init(kind: CollectionKind, memberBytes: Int, valueBytes: Int) {
        self.kind = kind
        self.memberBytes = memberBytes
        self.valueBytes = valueBytes
    }

    /// What a Bloom filter may take for a member that is none, as a fraction.
    public static let errorRate = 0.01
    /// Bytes of a container's key, a zero-padded decimal.
    public static let keyBytes = 8
    /// Elements that one command adds.
    static let elementsPerCommand: UInt64 = 20

    /// Distinct members there are; nil when 64 bits do not count them.
    public var memberCount: UInt64? { KeyFormat.decimal(bytes: memberBytes - 1).keyCount }

    /// Commands that add so many members to a container.
    static func commands(_ members: UInt64) -> UInt64 {
        (members + elementsPerCommand - 1) / elementsPerCommand
    }

    /// Requests that add `members` to each of `containers`.
    public static func requests(containers: UInt64, members: Range<UInt64>) -> UInt64 {
        containers * commands(members.upperBound - members.lowerBound)
    }
}

public struct CollectionSource: RequestSource, ~Copyable {
    public let commands: [CommandLabel]
    private let shape: CollectionShape
    private let members: Range<UInt64>
    private let seed: UInt64
    private let value: [UInt8]
    private var next: UInt64

    /// - Parameters:
    ///   - members: numbers of the members that each container gets.
    ///   - seed: of the scores of sorted sets, doubles from 0 to 1.
    public init(
        _ shape: CollectionShape, containers: UInt64, members: Range<UInt64>, seed: UInt64,
        _ place: WorkerPlace
    ) {
        self.shape = shape
        self.members = members
        self.seed = seed
        commands = [CommandLabel("\(shape.kind.command)")]
        value = [UInt8](repeating: UInt8(ascii: "x"), count: shape.valueBytes)
        let requests = CollectionShape.requests(containers: containers, members: members)
        next = place.part(of: requests).lowerBound
    }

    public mutating func fill(_ batch: inout RequestBatch, _ count: Int) {
        batch.length = 0
        for index in 0..<count {
            append(next, to: &batch)
            batch.commands[index] = 0
            next &+= 1
        }
    }

    /// Arguments that reserve a Bloom filter, and more bytes than they take.
    private static let reservation = (arguments: 6, bytes: 256)
    /// Longest text of a score.
    private static let scoreBytes = 32

    private func append(_ request: UInt64, to batch: inout RequestBatch) {
        let perContainer = CollectionShape.commands(members.upperBound - members.lowerBound)
        let container = request / perContainer
        let first =
            members.lowerBound
            + request % perContainer * CollectionShape.elementsPerCommand
        let end = min(first + CollectionShape.elementsPerCommand, members.upperBound)
        let elements = Int(end - first)
        let hasTwo = shape.kind == .hash || shape.kind == .zset
        let element =
            shape.memberBytes + max(shape.valueBytes, Self.scoreBytes)
            + 2 * RequestWriter.bulkOverhead
        batch.makeRoom(
            (elements + 2) * element + CollectionShape.keyBytes + Self.reservation.bytes)
        let (memberBytes, value) = (shape.memberBytes, self.value)
        var writer = RequestWriter(batch.bytes + batch.length)
        let options = shape.kind == .bloom ? Self.reservation.arguments : 0
        writer.arguments(2 + options + elements * (hasTwo ? 2 : 1))
        writer.bulk(shape.kind.command)
        writer.bulk(CollectionShape.keyBytes) {
            FixedDigits.write(container, width: CollectionShape.keyBytes, to: $0)
        }
        if shape.kind == .bloom { appendReservation(&writer) }
        for member in first..<end {
            if shape.kind == .zset { appendScore(container, member, &writer) }
            writer.bulk(memberBytes) {
                $0.pointee = UInt8(ascii: "m")
                FixedDigits.write(member, width: memberBytes - 1, to: $0 + 1)
            }
            if shape.kind == .hash {
                writer.bulk(value.count) { $0.update(from: value, count: value.count) }
            }
        }
        batch.length = writer.target - batch.bytes
    }

    /// A filter that is there keeps what it was made with.
    private func appendReservation(_ writer: inout RequestWriter) {
        writer.bulk("CAPACITY")
        writer.bulk(number: shape.capacity)
        writer.bulk("ERROR")
        let text = Array(CollectionShape.errorRate.description.utf8)
        writer.bulk(text.count) { $0.update(from: text, count: text.count) }
        writer.bulk("NONSCALING")
        writer.bulk("ITEMS")
    }

    private func appendScore(
        _ container: UInt64, _ member: UInt64, _ writer: inout RequestWriter
    ) {
        var random = SplitMix64(seed: seed ^ container << 32 ^ member)
        let score = Double.random(in: 0..<1, using: &random)
        let text = Array(score.description.utf8)
        writer.bulk(text.count) { $0.update(from: text, count: text.count) }
    }
}
