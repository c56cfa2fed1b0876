// One request (or a fixed sequence of them) repeated, with numbers patched in: the tests of
// redis-benchmark and valkey-benchmark.
//
// Every connection keeps the batch of its pipeline depth laid out; a batch costs its digits alone.
import Statistics

/// Encoded bytes with the places of the twelve-digit placeholders in them.
public struct RequestTemplate: Sendable {
    public struct Field: Hashable, Sendable {
        public var offset: Int
        /// 0: a value of its own; 1 to 9: all fields of that number in a request are alike.
        public var group: Int
    }

    public let bytes: [UInt8]
    public let fields: [Field]
    /// The different commands inside `bytes`.
    public let commands: [CommandLabel]
    /// Which of them each request inside `bytes` is.
    public let order: [UInt8]

    /// Looks for `__rand_int__` and `__rand_1st__` … `__rand_9th__`, twelve characters each.
    /// - Parameter requests: the label of each request inside `bytes`; at most 256 different ones.
    public init(_ bytes: [UInt8], _ requests: [CommandLabel]) {
        self.bytes = bytes
        var labels: [CommandLabel] = []
        order = requests.map { label in
            if let index = labels.firstIndex(of: label) { return UInt8(index) }
            labels.append(label)
            return UInt8(labels.count - 1)
        }
        commands = labels
        var fields: [Field] = []
        let names =
            ["__rand_int__", "__rand_1st__", "__rand_2nd__", "__rand_3rd__"]
            + (4...9).map { "__rand_\($0)th__" }
        for (group, name) in names.enumerated() {
            let pattern = Array(name.utf8)
            var offset = 0
            while offset + pattern.count <= bytes.count {
                if bytes[offset..<offset + pattern.count].elementsEqual(pattern) {
                    fields.append(Field(offset: offset, group: group))
                    offset += pattern.count
                } else {
                    offset += 1
                }
            }
        }
        self.fields = fields
    }

    public var hasPlaceholders: Bool { !fields.isEmpty }
}

public struct TemplateSource: RequestSource, ~Copyable {
    public let commands: [CommandLabel]
    private let template: RequestTemplate
    private let fields: UnsafeMutablePointer<RequestTemplate.Field>
    private let fieldCount: Int
    /// Values drawn for groups 1 to 9 of the request being patched.
    private let shared: UnsafeMutablePointer<UInt64>
    private let hasGroups: Bool
    private let range: UInt64
    private let length: Int
    private let perTemplate: Int
    private let isSequential: Bool
    /// Sequential numbers: the next one of each group.
    private let counters: UnsafeMutablePointer<UInt64>
    private var random: Xoshiro256PlusPlus

    public var unit: Int { perTemplate }

    /// - Parameters:
    ///   - range: placeholders become numbers from 0 up to, not including, this; nil leaves them
    ///     as they are spelt.
    ///   - seed: of the whole run; each worker's numbers derive from it and its place.
    ///   - isSequential: numbers count up, each group on its own, instead of being drawn. Worker
    ///     `i` of `n` begins at `i/n` of the range, so `range` requests meet every number once.
    public init(
        _ template: RequestTemplate, range: UInt64?, seed: UInt64, isSequential: Bool = false,
        _ place: WorkerPlace
    ) {
        self.template = template
        commands = template.commands
        perTemplate = template.order.count
        self.isSequential = isSequential
        counters = .allocate(capacity: 10)
        counters.initialize(repeating: place.part(of: range ?? 1).lowerBound, count: 10)
        length = template.bytes.count
        fieldCount = range == nil ? 0 : template.fields.count
        fields = .allocate(capacity: max(fieldCount, 1))
        for index in 0..<fieldCount {
            (fields + index).initialize(to: template.fields[index])
        }
        shared = .allocate(capacity: 10)
        shared.initialize(repeating: 0, count: 10)
        hasGroups = template.fields.contains { $0.group > 0 }
        self.range = range ?? 1
        var seeds = SplitMix64(seed: seed)
        for _ in 0..<place.index { _ = seeds.next() }
        random = Xoshiro256PlusPlus(seed: seeds.next())
    }

    deinit {
        fields.deallocate()
        shared.deallocate()
        counters.deallocate()
    }

    /// - Precondition: `count` is a multiple of `unit`.
    public mutating func fill(_ batch: inout RequestBatch, _ count: Int) {
        let copies = count / perTemplate
        if batch.prepared < copies { layOut(&batch, copies) }
        batch.length = copies &* length
        guard fieldCount > 0 else { return }
        var base = batch.bytes
        for _ in 0..<copies {
            if hasGroups { for group in 1...9 { shared[group] = draw(group) } }
            for index in 0..<fieldCount {
                let field = fields[index]
                FixedDigits.writeTwelve(
                    field.group == 0 ? draw(0) : shared[field.group], to: base + field.offset)
            }
            base += length
        }
    }

    /// Uniform in 0..<range, by the upper half of a product (bias below range / 2^64).
    @inline(__always)
    private mutating func draw(_ group: Int) -> UInt64 {
        if isSequential {
            let value = counters[group]
            counters[group] = value &+ 1 == range ? 0 : value &+ 1
            return value
        }
        return random.next().multipliedFullWidth(by: range).high
    }

    private func layOut(_ batch: inout RequestBatch, _ copies: Int) {
        batch.reserve(copies * length)
        for copy in 0..<copies {
            (batch.bytes + copy * length).update(from: template.bytes, count: length)
            for command in 0..<perTemplate {
                batch.commands[copy * perTemplate + command] = template.order[command]
            }
        }
        batch.prepared = copies
    }
}
