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
    /// Commands inside `bytes`, each with its label.
    public let commands: [CommandLabel]

    /// Looks for `__rand_int__` and `__rand_1st__` … `__rand_9th__`, twelve characters each.
    public init(_ bytes: [UInt8], _ commands: [CommandLabel]) {
        self.bytes = bytes
        self.commands = commands
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
    private var random: Xoshiro256PlusPlus

    /// - Parameters:
    ///   - range: placeholders become numbers from 0 up to, not including, this; nil leaves them
    ///     as they are spelt.
    ///   - seed: of the whole run; each worker's numbers derive from it and its place.
    public init(_ template: RequestTemplate, range: UInt64?, seed: UInt64, _ place: WorkerPlace) {
        self.template = template
        commands = template.commands
        perTemplate = template.commands.count
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
    }

    /// A whole number of templates is sent: `count` is rounded up to one by the caller.
    public mutating func fill(_ batch: inout RequestBatch, _ count: Int) {
        let copies = count / perTemplate
        if batch.prepared < copies { layOut(&batch, copies) }
        batch.length = copies &* length
        guard fieldCount > 0 else { return }
        var base = batch.bytes
        for _ in 0..<copies {
            if hasGroups { for group in 1...9 { shared[group] = draw() } }
            for index in 0..<fieldCount {
                let field = fields[index]
                FixedDigits.writeTwelve(
                    field.group == 0 ? draw() : shared[field.group], to: base + field.offset)
            }
            base += length
        }
    }

    /// Uniform in 0..<range, by the upper half of a product (bias below range / 2^64).
    @inline(__always)
    private mutating func draw() -> UInt64 {
        random.next().multipliedFullWidth(by: range).high
    }

    private func layOut(_ batch: inout RequestBatch, _ copies: Int) {
        batch.reserve(copies * length)
        for copy in 0..<copies {
            (batch.bytes + copy * length).update(from: template.bytes, count: length)
            for command in 0..<perTemplate {
                batch.commands[copy * perTemplate + command] = UInt8(command)
            }
        }
        batch.prepared = copies
    }
}
