// A table as it is measured: a design under a label, with options of its own.
//
//     [LABEL=]TABLE[?key=value&…]        keys: quantum, match, lookahead, hash, seed
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
        self.init(label: table.rawValue, spelling: table.rawValue, table)
    }

    private init(label: String, spelling: String, _ table: Table) {
        self.label = label
        self.spelling = spelling
        self.table = table
        options = KeyspaceOptions(table)
    }

    // MARK: Spelling

    /// Reads `[LABEL=]TABLE[?key=value&…]`.
    public init(parsing text: String) throws(TableSpecificationError) {
        let head = text.prefix { $0 != "?" }
        let label = head.firstIndex(of: "=").map { String(head[..<$0]) }
        let spelling = label.map { String(text.dropFirst($0.count + 1)) } ?? text
        if let label, label.isEmpty || !label.allSatisfy(Self.isLabelCharacter) {
            throw TableSpecificationError(
                "'\(label)' in '\(text)' is no label; write letters, digits, '.', '_' and '-'")
        }
        let parts = spelling.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let table: Table
        do throws(UnknownTable) {
            table = try Table.parse(String(parts[0]))
        } catch {
            throw TableSpecificationError("\(error)")
        }
        self.init(label: label ?? spelling, spelling: spelling, table)
        guard parts.count > 1 else { return }
        for item in parts[1].split(separator: "&", omittingEmptySubsequences: false) {
            try set(item: item)
        }
    }

    private static func isLabelCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
    }

    private mutating func set(item: Substring) throws(TableSpecificationError) {
        let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard pair.count == 2, !pair[0].isEmpty, !pair[1].isEmpty else {
            throw TableSpecificationError(
                "'\(item)' in '\(spelling)' is no key=value; write \(table.rawValue)?key=value")
        }
        let key = String(pair[0])
        guard let option = Option(rawValue: key) else {
            let known = Option.allCases.filter { has($0) }.map(\.rawValue)
            throw TableSpecificationError(
                "'\(spelling)': there is no option '\(key)'; "
                    + Spelling.remedy(for: key, among: known))
        }
        guard has(option) else {
            throw TableSpecificationError(
                "'\(spelling)': \(key) is about buckets, which \(table.rawValue) has not; leave it "
                    + "out")
        }
        guard given[option] == nil else {
            throw TableSpecificationError("'\(spelling)' has '\(key)' twice; keep one")
        }
        guard assign(option, String(pair[1])) else {
            throw TableSpecificationError(
                "'\(spelling)': \(key) is '\(pair[1])'; write \(Self.values(option))")
        }
    }

    /// The tables of a run: those that are named, else all, each with what is asked for all of them
    /// where it has that option and says nothing else.
    public static func list(
        _ spellings: [String], defaults: [(option: Option, value: String)]
    ) throws(TableSpecificationError) -> [TableSpecification] {
        var tables = spellings.isEmpty ? Table.allCases.map { TableSpecification($0) } : []
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
            guard let match = GroupMatch(rawValue: value) else { return false }
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

    // MARK: Making

    /// - Parameter seed: of the hash, where the table has none of its own.
    func make(cluster: Bool, seed: UInt64, valueSize: Int) -> any MeasuredTable {
        var options = self.options
        options.cluster = cluster
        if given[.seed] == nil { options.seed = seed }
        var maker = TableMaker(name: label, valueSize: valueSize)
        return table.withKeyspace(options, &maker)
    }
}

public struct TableSpecificationError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
