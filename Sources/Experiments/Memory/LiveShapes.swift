// The entries of a running server as shapes: what there is of each, and no key and no value.
// Nothing is written there.
//
//     SCAN ─► for each key      TYPE   PTTL   OBJECT ENCODING   STRLEN
//          ─► for collections   LLEN, SCARD, ZCARD, HLEN and some of their elements
//
// One pipeline is under way at a time. Equal shapes are counted: memory is needed for the different
// ones, and for a number per key.
import LinuxSystem
import Progress
import RESP
import Targets
import Traces

struct LiveShapes {
    private(set) var counts: [EntryShape: UInt64] = [:]
    /// Keys that were looked at and still there.
    private(set) var entries: UInt64 = 0

    /// Elements of a collection that are looked at: their mean is known to a few percent.
    private static let sampled = 64
    /// As long as servers let a string be (proto-max-bulk-len): what says more is not made again.
    private static let longestString: Int64 = 512 << 20

    /// Looks at every key of the selected database.
    init(
        _ connection: ControlConnection, _ progress: ProgressBar
    ) throws(TargetError) {
        let total = try connection.databaseSize()
        var scan = try KeyScan(connection)
        while !scan.isAtEnd && !Interruption.requested {
            let keys = try scan.next()
            for first in stride(from: 0, to: keys.count, by: KeyScan.batch) {
                try add(keys[first..<min(first + KeyScan.batch, keys.count)], connection)
            }
            progress.advance(to: Double(scan.count) / Double(max(total, 1)))
        }
    }

    private mutating func add(
        _ keys: ArraySlice<[UInt8]>, _ connection: ControlConnection
    ) throws(TargetError) {
        guard !keys.isEmpty else { return }
        var commands: [[[UInt8]]] = []
        for key in keys {
            commands.append([Array("TYPE".utf8), key])
            commands.append([Array("PTTL".utf8), key])
            commands.append([Array("OBJECT".utf8), Array("ENCODING".utf8), key])
            commands.append([Array("STRLEN".utf8), key])
        }
        let replies = try connection.pipeline(commands)
        var collections: [(key: [UInt8], shape: EntryShape)] = []
        for (index, key) in keys.enumerated() {
            let answers = replies[(4 * index)..<(4 * index + 4)].map { $0 }
            guard let type = answers[0].text, type != "none", let left = answers[1].number,
                left != -2
            else { continue }
            let kind = SnapshotEntry.Kind(rawValue: type) ?? .module
            var shape = EntryShape(
                kind: kind, keyLength: key.count, expires: left >= 0, elements: 1, sample: [])
            switch kind {
            case .string:
                guard let length = answers[3].number, (0...Self.longestString).contains(length)
                else { continue }
                let form: TextShape.Form = answers[2].text == "int" ? .whole : .letters
                shape.sample = [.init(first: TextShape(Int(length), form))]
                count(shape)
            case .list, .set, .zset, .hash: collections.append((key, shape))
            case .stream, .module: count(shape)
            }
        }
        try look(into: collections, connection)
    }

    private mutating func count(_ shape: EntryShape) {
        counts[shape, default: 0] += 1
        entries += 1
    }

    private mutating func look(
        into collections: [(key: [UInt8], shape: EntryShape)], _ connection: ControlConnection
    ) throws(TargetError) {
        guard !collections.isEmpty else { return }
        let commands = collections.flatMap { Self.questions($0.shape.kind, $0.key) }
        let replies = try connection.pipeline(commands)
        for (index, collection) in collections.enumerated() {
            var shape = collection.shape
            guard let elements = replies[2 * index].number, elements > 0 else { continue }
            shape.elements = UInt64(elements)
            shape.sample = Self.sample(replies[2 * index + 1], shape.kind)
            // Gone, or of another type by now.
            if !shape.sample.isEmpty { count(shape) }
        }
    }

    /// How many elements, and some of them.
    private static func questions(
        _ kind: SnapshotEntry.Kind, _ key: [UInt8]
    ) -> [[[UInt8]]] {
        func words(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }
        func scan(_ verb: String) -> [[UInt8]] {
            words(verb) + [key] + words("0", "COUNT", "\(sampled)")
        }
        switch kind {
        case .list:
            return [words("LLEN") + [key], words("LRANGE") + [key] + words("0", "\(sampled - 1)")]
        case .set: return [words("SCARD") + [key], scan("SSCAN")]
        case .zset: return [words("ZCARD") + [key], scan("ZSCAN")]
        case .hash: return [words("HLEN") + [key], scan("HSCAN")]
        case .string, .stream, .module: return []
        }
    }

    private static func sample(
        _ reply: RESPValue, _ kind: SnapshotEntry.Kind
    ) -> [EntryShape.Element] {
        guard var items = reply.elements else { return [] }
        if kind != .list {
            // A cursor, and what was found.
            guard items.count == 2, let found = items[1].elements else { return [] }
            items = found
        }
        let shapes = items.compactMap { item -> TextShape? in
            guard case .bytes(let text) = item else { return nil }
            return TextShape(of: text)
        }
        guard kind == .zset || kind == .hash else {
            return shapes.prefix(sampled).map { EntryShape.Element(first: $0) }
        }
        return stride(from: 0, to: shapes.count - 1, by: 2).prefix(sampled).map {
            let second = shapes[$0 + 1]
            return EntryShape.Element(
                first: shapes[$0], second: kind == .zset ? second.number : second)
        }
    }
}
