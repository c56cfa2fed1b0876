// A command sequence with a dataset's cells in it, row after row. Cells differ in length, so every
// request is written anew:
//
//     HSET p:__rand_int__ n __field:name__
//     → *4 HSET  [p:][group 0]  n  [cell of field "name"]       parts of each argument
//
// Every sequence takes the next row, and after the last the first again. Worker i of n begins at
// i/n of the rows, so as many sequences as there are rows send each row once.
import RESP

/// Commands with cells of a dataset in them.
public struct DatasetPlan: Sendable {
    enum Part: Sendable {
        case literal([UInt8])
        case number(group: Int)
        case cell(field: Int)
    }

    public let dataset: Dataset
    public let title: String
    public let labels: [CommandLabel]
    /// Which label each command has.
    let order: [UInt8]
    public var commandCount: Int { order.count }
    /// Commands, their arguments, their parts.
    private(set) var commands: [[[Part]]]

    /// - Throws: when no command names a field, or one names a field that there is not.
    public init(
        _ sequence: CommandSequence, title: String, _ dataset: Dataset
    ) throws(DatasetProblem) {
        self.dataset = dataset
        self.title = title
        var commands: [[[Part]]] = []
        for command in sequence.commands {
            var arguments: [[Part]] = []
            for argument in command { arguments.append(try Self.parts(argument, dataset)) }
            commands.append(arguments)
        }
        let namesField = commands.joined().joined().contains {
            if case .cell = $0 { true } else { false }
        }
        guard namesField else {
            throw DatasetProblem(
                "no command names a field of the dataset",
                "write __field:NAME__, with a name out of \(dataset.fields.joined(separator: ", "))"
            )
        }
        self.commands = commands
        (labels, order) = CommandLabel.distinct(
            sequence.commands.map { CommandLabel(command: $0[0]) })
    }

    public var hasPlaceholders: Bool {
        commands.joined().joined().contains { if case .number = $0 { true } else { false } }
    }

    /// Without `-r` nothing but cells is put in.
    func spellingNumbersOut() -> DatasetPlan {
        var plan = self
        plan.commands = commands.map { command in
            command.map { parts in
                parts.map { part in
                    guard case .number(let group) = part else { return part }
                    return .literal(Array(PlaceholderNumbers.names[group].utf8))
                }
            }
        }
        return plan
    }

    private static func parts(
        _ argument: [UInt8], _ dataset: Dataset
    ) throws(DatasetProblem) -> [Part] {
        var parts: [Part] = []
        var literal: [UInt8] = []
        func end() {
            if !literal.isEmpty { parts.append(.literal(literal)) }
            literal = []
        }
        let mark = Array("__field:".utf8)
        var rest = argument[...]
        while let first = rest.first {
            let group = PlaceholderNumbers.names.firstIndex { rest.starts(with: $0.utf8) }
            if let group {
                end()
                parts.append(.number(group: group))
                rest = rest.dropFirst(PlaceholderNumbers.length)
            } else if rest.starts(with: mark), let name = fieldName(rest.dropFirst(mark.count)) {
                guard let field = dataset.fields.firstIndex(of: name) else {
                    throw DatasetProblem(
                        "the dataset has no field '\(name)'",
                        "it has \(dataset.fields.joined(separator: ", "))")
                }
                end()
                parts.append(.cell(field: field))
                rest = rest.dropFirst(mark.count + name.utf8.count + 2)
            } else {
                literal.append(first)
                rest = rest.dropFirst()
            }
        }
        end()
        return parts
    }

    /// What stands before the two underscores that end a placeholder.
    private static func fieldName(_ text: ArraySlice<UInt8>) -> String? {
        let underscore = UInt8(ascii: "_")
        let end = text.indices.first {
            text[$0] == underscore && $0 + 1 < text.endIndex && text[$0 + 1] == underscore
        }
        return end.map { String(decoding: text[..<$0], as: UTF8.self) }
    }
}

public struct DatasetSource: RequestSource, ~Copyable {
    public var commands: [CommandLabel] { plan.labels }
    public var unit: Int { plan.order.count }
    private let plan: DatasetPlan
    private var numbers: PlaceholderNumbers
    private var row: Int

    /// - Parameters:
    ///   - range: placeholders become numbers below this; nil leaves them as they are spelt.
    ///   - seed: of the whole run; each worker's numbers derive from it and its place.
    public init(
        _ plan: DatasetPlan, range: UInt64?, seed: UInt64, isSequential: Bool = false,
        _ place: WorkerPlace
    ) {
        self.plan = range == nil ? plan.spellingNumbersOut() : plan
        numbers = PlaceholderNumbers(
            range: range ?? 1, seed: seed, isSequential: isSequential, place)
        row = Int(place.part(of: UInt64(plan.dataset.rowCount)).lowerBound)
    }

    /// - Precondition: `count` is a multiple of `unit`.
    public mutating func fill(_ batch: inout RequestBatch, _ count: Int) {
        batch.length = 0
        for copy in 0..<count / unit {
            numbers.drawShared()
            for (index, arguments) in plan.commands.enumerated() {
                batch.commands[copy * unit + index] = plan.order[index]
                batch.makeRoom(RequestWriter.bulkOverhead)
                var writer = RequestWriter(batch.bytes + batch.length)
                writer.arguments(arguments.count)
                batch.length = writer.target - batch.bytes
                for parts in arguments { append(parts, to: &batch) }
            }
            row = row + 1 == plan.dataset.rowCount ? 0 : row + 1
        }
    }

    private mutating func append(_ parts: [DatasetPlan.Part], to batch: inout RequestBatch) {
        let size = parts.reduce(0) { sum, part in
            switch part {
            case .literal(let bytes): sum + bytes.count
            case .number: sum + PlaceholderNumbers.length
            case .cell(let field): sum + plan.dataset.size(row: row, field: field)
            }
        }
        batch.makeRoom(size + RequestWriter.bulkOverhead)
        var writer = RequestWriter(batch.bytes + batch.length)
        writer.bulk(size) { start in
            var target = start
            for part in parts {
                switch part {
                case .literal(let bytes):
                    target.update(from: bytes, count: bytes.count)
                    target += bytes.count
                case .number(let group):
                    FixedDigits.writeTwelve(numbers.number(group), to: target)
                    target += PlaceholderNumbers.length
                case .cell(let field):
                    plan.dataset.write(row: row, field: field, to: target)
                    target += plan.dataset.size(row: row, field: field)
                }
            }
        }
        batch.length = writer.target - batch.bytes
    }
}
