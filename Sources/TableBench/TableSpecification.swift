// A table as it is measured: a design under a label, with options of its own.
//
//     [LABEL=]TABLE[?key=value&…]            keys: quantum, match, lookahead, hash, seed
//     [LABEL=]foreign:PATH[?key=value&…]     the same; all others are the loaded table's own
//
// One run can so hold two variants of a design against each other. This is the only place that
// knows what stands behind a label and how it is made.

import Keyspaces
import Spelling

public struct TableSpecification: Sendable {
    /// The keys of a table's query, as a target's has them.
    public enum Option: String, Sendable, CaseIterable {
        case quantum, match, lookahead, hash, seed
    }

    /// Names the table in output.
    public let label: String
    /// The text behind the label.
    public let spelling: String
    private let table: Table
    private var options: KeyspaceOptions
    /// What was asked for by name, here or for all tables.
    private var given: [Option: String] = [:]

    /// The design as its release has it.
    public init(_ table: Table) {
        self.init(label: table.label, spelling: table.name, table)
    }

    private init(label: String, spelling: String, _ table: Table) {
        self.label = label
        self.spelling = spelling
        self.table = table
        options = KeyspaceOptions(table)
    }

    // MARK: Spelling

    /// Reads `[LABEL=]TABLE[?key=value&…]`. A loaded table is called by its own name where it has
    /// no label.
    public init(parsing text: String) throws(TableSpecificationError) {
        let label = try Self.label(of: text)
        let spelling = label.map { String(text.dropFirst($0.count + 1)) } ?? text
        let parts = spelling.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var name = String(parts[0])
        var items = try parts.count > 1 ? Self.items(parts[1], of: spelling, name) : []
        if name.hasPrefix(ForeignTable.scheme) {
            name = items.filter { Option(rawValue: $0.key) == nil }.appended(to: name)
            items.removeAll { Option(rawValue: $0.key) == nil }
        }
        let table: Table
        do throws(TableError) {
            table = try Table.parse(name)
        } catch {
            throw TableSpecificationError("\(error)")
        }
        self.init(
            label: label ?? items.appended(to: table.label), spelling: spelling, table)
        for item in items { try set(item) }
    }

    /// What stands before the first `=`, unless that is part of a path or of a query.
    private static func label(of text: String) throws(TableSpecificationError) -> String? {
        let head = text.prefix { $0 != "?" }
        guard !head.hasPrefix(ForeignTable.scheme), let end = head.firstIndex(of: "=") else {
            return nil
        }
        let label = String(head[..<end])
        guard !label.isEmpty, label.allSatisfy(Spelling.isLabelCharacter) else {
            throw TableSpecificationError(
                "'\(label)' in '\(text)' is no label; write letters, digits, '.', '_' and '-'")
        }
        return label
    }

    private static func items(
        _ query: Substring, of spelling: String, _ name: String
    ) throws(TableSpecificationError) -> [QueryItem] {
        var items: [QueryItem] = []
        for part in query.split(separator: "&", omittingEmptySubsequences: false) {
            guard let item = QueryItem(part) else {
                throw TableSpecificationError(
                    "'\(part)' in '\(spelling)' is no key=value; write \(name)?key=value")
            }
            items.append(item)
        }
        return items
    }

    private mutating func set(_ item: QueryItem) throws(TableSpecificationError) {
        guard let option = Option(rawValue: item.key) else {
            let known = Option.allCases.filter { has($0) }.map(\.rawValue)
            throw TableSpecificationError(
                "'\(spelling)': there is no option '\(item.key)'; "
                    + Spelling.remedy(for: item.key, among: known))
        }
        guard has(option) else {
            throw TableSpecificationError(
                "'\(spelling)': \(item.key) is about buckets, which \(table.label) has not; leave "
                    + "it out")
        }
        guard given[option] == nil else {
            throw TableSpecificationError("'\(spelling)' has '\(item.key)' twice; keep one")
        }
        guard assign(option, item.value) else {
            throw TableSpecificationError(
                "'\(spelling)': \(item.key) is '\(item.value)'; write \(Self.values(option))")
        }
    }

    /// The tables of a run: those that are named, else the releases', each with what is asked for
    /// all of them where it has that option and says nothing else.
    public static func list(
        _ spellings: [String], defaults: [(option: Option, value: String)]
    ) throws(TableSpecificationError) -> [TableSpecification] {
        var tables = spellings.isEmpty ? Table.releases.map { TableSpecification($0) } : []
        for text in spellings {
            let table = try TableSpecification(parsing: text)
            guard !tables.contains(where: { $0.label == table.label }) else {
                throw TableSpecificationError(
                    "two tables are called '\(table.label)'; name one, as LABEL=\(table.spelling)")
            }
            tables.append(table)
        }
        for (option, value) in defaults {
            let takers = tables.indices.filter {
                tables[$0].has(option) && tables[$0].given[option] == nil
            }
            guard !takers.isEmpty else {
                throw TableSpecificationError(
                    "--\(option.rawValue) has no effect: each of these tables says its own, or is "
                        + "without; leave it out")
            }
            for index in takers where !tables[index].assign(option, value) {
                throw TableSpecificationError(
                    "--\(option.rawValue) is '\(value)'; write \(values(option))")
            }
        }
        return tables
    }

    // MARK: Options

    /// Whether the design has a choice in what `option` is about.
    func has(_ option: Option) -> Bool {
        switch option {
        case .match: table.has(.match)
        case .lookahead: table.has(.lookahead)
        case .quantum, .hash, .seed: true
        }
    }

    private static func values(_ option: Option) -> String {
        switch option {
        case .quantum: "8 or 16"
        case .match: GroupMatch.allCases.map(\.rawValue).joined(separator: " or ")
        case .lookahead: "0 or 1"
        case .hash: "siphash or wide"
        case .seed: "an integer from 0 to \(UInt64.max)"
        }
    }

    /// False for a value that there is not.
    private mutating func assign(_ option: Option, _ value: String) -> Bool {
        switch option {
        case .quantum:
            guard let quantum = Int(value).flatMap({ SizeClasses.Quantum(rawValue: $0) }) else {
                return false
            }
            options.quantum = quantum
        case .match:
            guard let match = GroupMatch(value) else { return false }
            options.match = match
        case .lookahead:
            guard ["0", "1"].contains(value) else { return false }
            options.lookAhead = value == "1"
        case .hash:
            guard let hash = HashFunction(value) else { return false }
            options.hash = hash
        case .seed:
            guard let seed = UInt64(value) else { return false }
            options.seed = seed
        }
        given[option] = value
        return true
    }

    /// What was asked of the option; nil where the design's own choice stands, and where it has
    /// none.
    func asked(_ option: Option) -> String? { given[option] }

    var hash: String { options.hash == .wide ? "wide" : "siphash" }
    var quantum: Int { options.quantum.rawValue }

    // MARK: What it can do

    /// What it cannot.
    public var lacks: Set<Capability> { table.lacks }
    var resizesAtOnce: Bool { table.resizesAtOnce }

    func can(_ operation: Operation) -> Bool {
        operation.need.map { !lacks.contains($0) } ?? true
    }

    // MARK: Making

    /// - Parameter seed: of the hash, where the table has none of its own.
    func make(cluster: Bool, seed: UInt64, valueSize: Int) -> any MeasuredTable {
        var options = self.options
        options.cluster = cluster
        if given[.seed] == nil { options.seed = seed }
        var maker = TableMaker(name: label, valueSize: valueSize)
        return table.withConcreteKeyspace(options, &maker)
    }
}

public struct TableSpecificationError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
