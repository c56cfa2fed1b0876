// One request (or a fixed sequence of them) repeated, with numbers patched in: the tests of
// redis-benchmark and valkey-benchmark.
//
// Every connection keeps the batch of its pipeline depth laid out; a batch costs its digits alone.
import Distributions
import RESP

/// Encoded bytes with the places of the twelve-digit placeholders in them.
public struct RequestTemplate: Sendable {
    public struct Field: Hashable, Sendable {
        public var offset: Int
        /// 0: a value of its own; 1 to 9: all fields of that number in a request are alike.
        public var group: Int
    }

    public let bytes: [UInt8]
    public let fields: [Field]
    /// Where the letters of each `{tag}` begin.
    let tags: [Int]
    /// The different commands inside `bytes`.
    public let commands: [CommandLabel]
    /// Which of them each request inside `bytes` is.
    public let order: [UInt8]
    /// What replies to each of `commands` must be; empty where nothing is known.
    var answerRules: [AnswerRule] = []
    /// Tags belong to numbers: `key:{tag}:N` is one key for every N. The first number of a request
    /// decides, and the others become some that have the same tag.
    var bindsTags = false

    /// Looks for `__rand_int__` and `__rand_1st__` … `__rand_9th__`, twelve characters each.
    /// - Parameter requests: the label of each request inside `bytes`; at most 256 different ones.
    public init(_ bytes: [UInt8], _ requests: [CommandLabel]) {
        self.bytes = bytes
        (commands, order) = CommandLabel.distinct(requests)
        fields = Self.placeholders(in: bytes)
        tags = Self.tags(in: bytes)
    }

    private static func tags(in bytes: [UInt8]) -> [Int] {
        let mark = SlotTags.placeholder
        guard bytes.count >= mark.count else { return [] }
        return (0...bytes.count - mark.count).filter { offset in
            bytes[offset] == mark[0] && bytes[offset...].starts(with: mark)
        }.map { $0 + 1 }
    }

    /// In the order of their groups, as they are filled in. - Complexity: one look at each byte.
    private static func placeholders(in bytes: [UInt8]) -> [Field] {
        let names = PlaceholderNumbers.names.map { Array($0.utf8) }
        let mark = UInt8(ascii: "_")
        var fields: [Field] = []
        bytes.withUnsafeBufferPointer { bytes in
            var offset = 0
            while offset + PlaceholderNumbers.length <= bytes.count {
                if bytes[offset] == mark, bytes[offset + 1] == mark {
                    let word = bytes[offset..<offset + PlaceholderNumbers.length]
                    if let group = names.firstIndex(where: { word.elementsEqual($0) }) {
                        fields.append(Field(offset: offset, group: group))
                        offset += PlaceholderNumbers.length
                        continue
                    }
                }
                offset += 1
            }
        }
        return fields.sorted { ($0.group, $0.offset) < ($1.group, $1.offset) }
    }

    public var hasPlaceholders: Bool { !fields.isEmpty }
}

public struct TemplateSource: RequestSource, ~Copyable {
    public let commands: [CommandLabel]
    public var answerRules: [AnswerRule] { template.answerRules }
    private let template: RequestTemplate
    private let fields: UnsafeMutablePointer<RequestTemplate.Field>
    private let fieldCount: Int
    private let hasGroups: Bool
    private let length: Int
    private let perTemplate: Int
    private var numbers: PlaceholderNumbers
    /// In a cluster, what tags are drawn with: those of one copy are alike.
    private let tagCount: Int
    private var tagNumbers: Xoshiro256PlusPlus
    private let range: UInt64
    /// Of tags that belong to numbers: how many different ones there are; 0: tags are drawn.
    private let tagClasses: UInt64
    /// Every client has a part of the range for itself, and counts up in it if numbers count up.
    private let hasOwnParts: Bool
    private let isSequential: Bool

    public var unit: Int { perTemplate }

    /// - Parameters:
    ///   - range: placeholders become numbers from 0 up to, not including, this; nil leaves them
    ///     as they are spelt.
    ///   - seed: of the whole run; each worker's numbers derive from it and its place.
    ///   - isSequential: numbers count up instead of being drawn.
    ///   - fillsTags: `{tag}` becomes that of a slot, drawn anew for each copy of the template: its
    ///     keys lie in one slot, and all slots have their turn. Where tags belong to numbers it is
    ///     the number's.
    ///   - hasOwnParts: each client's numbers are of a part of the range that is its own; the range
    ///     has at least as many numbers as there are clients.
    public init(
        _ template: RequestTemplate, range: UInt64?, seed: UInt64, isSequential: Bool = false,
        fillsTags: Bool = false, hasOwnParts: Bool = false, _ place: WorkerPlace
    ) {
        self.template = template
        self.isSequential = isSequential
        commands = template.commands
        perTemplate = template.order.count
        length = template.bytes.count
        fieldCount = range == nil ? 0 : template.fields.count
        fields = .allocate(capacity: max(fieldCount, 1))
        for index in 0..<fieldCount {
            (fields + index).initialize(to: template.fields[index])
        }
        hasGroups = template.fields.contains { $0.group > 0 }
        numbers = PlaceholderNumbers(
            range: range ?? 1, seed: seed, isSequential: isSequential, place)
        self.range = range ?? 1
        self.hasOwnParts = hasOwnParts && fieldCount > 0
        tagCount = fillsTags ? template.tags.count : 0
        let isBound = fillsTags && template.bindsTags && fieldCount > 0
        tagClasses = isBound ? min(self.range, UInt64(HashSlot.count)) : 0
        // apart from the numbers
        var seeds = SplitMix64(seed: seed ^ 0x7461_6773)
        for _ in 0..<place.index { _ = seeds.next() }
        tagNumbers = Xoshiro256PlusPlus(seed: seeds.next())
    }

    deinit { fields.deallocate() }

    /// - Precondition: `count` is a multiple of `unit`.
    public mutating func fill(_ batch: inout RequestBatch, _ count: Int) {
        let copies = count / perTemplate
        if batch.prepared < copies { layOut(&batch, copies) }
        batch.length = copies &* length
        if tagClasses > 0 { return fillBound(batch.bytes, copies) }
        if tagCount > 0 { fillTags(batch.bytes, copies) }
        guard fieldCount > 0 else { return }
        if hasOwnParts { return fillOwnPart(&batch, copies) }
        var base = batch.bytes
        for _ in 0..<copies {
            if hasGroups { numbers.drawShared() }
            for index in 0..<fieldCount {
                let field = fields[index]
                FixedDigits.writeTwelve(numbers.number(field.group), to: base + field.offset)
            }
            base += length
        }
    }

    /// Numbers of the part of the range that the batch's client has. Counting up, all placeholders
    /// of a request that share their numbers have the same one.
    @inline(never)
    private mutating func fillOwnPart(_ batch: inout RequestBatch, _ copies: Int) {
        let part = batch.client.part(of: range)
        let count = part.upperBound - part.lowerBound
        var base = batch.bytes
        for _ in 0..<copies {
            if hasGroups { numbers.drawShared() }
            var shared: UInt64?
            for index in 0..<fieldCount {
                let field = fields[index]
                let drawn = numbers.number(field.group)
                var number = range.dividingFullWidth(drawn.multipliedFullWidth(by: count)).quotient
                if isSequential {
                    number = (field.group > 0 ? shared : nil) ?? batch.counted
                    if field.group == 0 || shared == nil {
                        batch.counted = number + 1 == count ? 0 : number + 1
                    }
                    if field.group > 0 { shared = number }
                }
                FixedDigits.writeTwelve(part.lowerBound + number, to: base + field.offset)
            }
            base += length
        }
    }

    @inline(never)
    private mutating func fillTags(_ bytes: UnsafeMutablePointer<UInt8>, _ copies: Int) {
        var base = bytes
        for _ in 0..<copies {
            writeTag(Int(truncatingIfNeeded: tagNumbers.next()) & (HashSlot.count - 1), base)
            base += length
        }
    }

    private func writeTag(_ slot: Int, _ base: UnsafeMutablePointer<UInt8>) {
        let tags = SlotTags.all
        for start in template.tags {
            for letter in 0..<SlotTags.length {
                base[start + letter] = tags[slot * SlotTags.length + letter]
            }
        }
    }

    /// Number N has tag N mod `tagClasses`; the tags are those of slots in equal steps.
    @inline(never)
    private mutating func fillBound(_ bytes: UnsafeMutablePointer<UInt8>, _ copies: Int) {
        var base = bytes
        for _ in 0..<copies {
            if hasGroups { numbers.drawShared() }
            var tag: UInt64 = 0
            for index in 0..<fieldCount {
                let field = fields[index]
                var number = numbers.number(field.group)
                if index == 0 {
                    tag = number % tagClasses
                } else {
                    let others = (range - 1 - tag) / tagClasses + 1
                    number = number / tagClasses % others * tagClasses + tag
                }
                FixedDigits.writeTwelve(number, to: base + field.offset)
            }
            writeTag(Int(tag * UInt64(HashSlot.count) / tagClasses), base)
            base += length
        }
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
