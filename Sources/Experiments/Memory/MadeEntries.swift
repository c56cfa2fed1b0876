// Entries of given shapes, made up: as many of each as were counted, all their keys different, in
// an order drawn from the seed, as a server's own order has nothing to do with sizes.
import Distributions
import LoadGenerator
import Traces

final class MadeEntries: SnapshotSource {
    private let shapes: [EntryShape]
    /// For each entry its place in `shapes`.
    private let order: [UInt32]
    private var place = 0
    /// Keys of each length that were made.
    private var keys: [Int: UInt64] = [:]
    private var text: [UInt8] = []
    private var other: [UInt8] = []

    /// - Precondition: fewer than 2³² different shapes.
    init(_ counts: [EntryShape: UInt64], seed: UInt64) {
        // A dictionary's order is another in each process.
        let rows = counts.sorted { Self.precedes($0.key, $1.key) }
        shapes = rows.map(\.key)
        var order: [UInt32] = []
        order.reserveCapacity(rows.reduce(0) { $0 + Int($1.value) })
        for (index, row) in rows.enumerated() {
            order.append(contentsOf: repeatElement(UInt32(index), count: Int(row.value)))
        }
        var random = Xoshiro256PlusPlus(seed: seed)
        order.shuffle(using: &random)
        self.order = order
    }

    private static func precedes(_ one: EntryShape, _ other: EntryShape) -> Bool {
        func rank(_ shape: EntryShape) -> [Int] {
            var numbers = [
                SnapshotEntry.Kind.allCases.firstIndex(of: shape.kind) ?? 0, shape.keyLength,
                shape.expires ? 1 : 0, Int(clamping: shape.elements),
            ]
            for element in shape.sample {
                numbers += [element.first.length, Int(element.first.form.rawValue)]
                if let second = element.second {
                    numbers += [second.length, Int(second.form.rawValue)]
                }
            }
            return numbers
        }
        return rank(one).lexicographicallyPrecedes(rank(other))
    }

    var entryCount: UInt64 { UInt64(place) }
    var damage: TraceError? { nil }
    var progress: Double? { order.isEmpty ? nil : Double(place) / Double(order.count) }

    func next(_ loader: inout SnapshotLoader) -> Bool {
        guard place < order.count else { return false }
        let shape = shapes[Int(order[place])]
        place += 1
        var entry = SnapshotEntry()
        entry.kind = shape.kind
        entry.keySize = shape.keyLength
        entry.elements = shape.elements
        entry.expiresAt = shape.expires ? 1 : nil
        let number = keys[shape.keyLength, default: 0]
        keys[shape.keyLength] = number + 1
        Self.make(TextShape(shape.keyLength), number, into: &text)
        text.withUnsafeBytes { loader.begin(entry, key: $0) }
        if !shape.sample.isEmpty {
            for index in 0..<shape.elements {
                let element = shape.sample[Int(index % UInt64(shape.sample.count))]
                Self.make(element.first, index, into: &text)
                guard let second = element.second else {
                    text.withUnsafeBytes { loader.element($0, nil) }
                    continue
                }
                Self.make(second, index, into: &other)
                text.withUnsafeBytes { first in
                    other.withUnsafeBytes { loader.element(first, $0) }
                }
            }
        }
        loader.end(entry)
        return true
    }

    /// A text of that shape, different for different numbers as far as its length allows.
    private static func make(_ shape: TextShape, _ number: UInt64, into text: inout [UInt8]) {
        let length = shape.length
        switch shape.form {
        case .letters:
            text = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
                if let start = buffer.baseAddress, length > 0 {
                    TraceSource.writeKey(number, length, to: start)
                }
                count = length
            }
        case .whole, .fraction:
            // 1…, so that no zero leads; of a fraction the last place but one is the point.
            text = [UInt8](repeating: UInt8(ascii: "0"), count: length)
            var rest = number
            for index in text.indices.dropFirst(length > 1 ? 1 : 0).reversed() {
                text[index] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            if length > 1 { text[0] = UInt8(ascii: "1") + UInt8(rest % 9) }
            if shape.form == .fraction, length > 2 {
                text[length - 2] = UInt8(ascii: ".")
                text[length - 1] = UInt8(ascii: "5")
            }
        }
    }
}
