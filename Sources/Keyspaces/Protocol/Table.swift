// The tables there are: names, what each is put together from, and the one place that turns a name
// into a concrete type.
//
// A server, a benchmark or a test is generic over `Keyspace` and hands itself in as a visitor;
// `withKeyspace` makes one call per concrete type, so the compiler specialises the visitor for each
// index and nothing is an existential afterwards. Tables that share an index share its type and
// differ in its policy values.
//
// That a server is compiled once more for each type is what limits their number. The designs of
// others than the releases (rivals) are therefore one type to a server, `ErasedKeyspace`, whose
// calls cost a little more; `withConcreteKeyspace`, for loops that are small and that time single
// look-ups, has each as its own.
//
// To add a design:
//   1. a folder in Index/ with the table and its handle, a `KeyIndex` (an `ObjectIndex` if its
//      entries are keyed objects, which then are there already: `KeyedEntries`), and with its type,
//      of one line per member of `Keyspace` (as BucketTableKeyspace.swift, which says why). One by
//      open addressing has draws, samples and look-ahead from `OpenAddressedIndex`: F14/ is what
//      is left;
//   2. here a case of `Table`, and its row in TableDesign.swift;
//   3. for a new index a case of `TableDesign.Rival`, and what that asks for where it does not
//      compile without: `withConcreteKeyspace` and `ErasedKeyspace.init`.
// Only a new kind of entry needs more, an `EntryLayout` in Layouts/. Designs that own their records
// conform to `Keyspace` themselves (Compact/). The server and the tests of what tables do go by
// `builtIn`, what takes longer by `releases`, where a release's table has to be named besides, as
// in the server's Release.swift and, if its collections are others, in `CollectionTraits`. A table
// that is loaded instead, by hashmark_table.h, is in Foreign/.
import Spelling

/// A keyspace design: one that is built in, under the release that it is faithful to or its own
/// name, or one that was loaded; ``title`` says what it is.
public enum Table: Hashable, Sendable, CustomStringConvertible {
    case valkey72
    case valkey80
    case valkey81
    case valkey91
    case swiss
    case f14
    case dash
    case tsavorite
    case segcache
    case compact
    case foreign(ForeignTable)

    /// Those that are faithful to a release of Redis or Valkey, oldest first.
    public static let releases: [Table] = [.valkey72, .valkey80, .valkey81, .valkey91]
    public static let builtIn: [Table] = TableDesign.builtIn.map(\.table)

    /// What `parse` takes: `valkey-9.1`, `foreign:/home/me/mine.so?x=1`.
    public var name: String { design.name }

    /// What it is called in output: a loaded table's own name instead of its path.
    public var label: String {
        if case .foreign(let table) = self { table.label } else { name }
    }

    public var description: String { name }

    /// Release and design, in one line.
    public var title: String { design.title }

    /// What it cannot do.
    public var lacks: Set<Capability> { design.lacks }

    /// Whether a resize ends in the call that began it, and so is never under way.
    public var resizesAtOnce: Bool { design.resizesAtOnce }

    var design: TableDesign {
        if case .foreign(let table) = self { return TableDesign(table) }
        guard let row = TableDesign.builtIn.first(where: { $0.table == self }) else {
            preconditionFailure("a table without a row in TableDesign.swift")
        }
        return row
    }

    /// The table called `name`, loaded if it is a foreign one.
    /// - Throws: why there is none, with the name that was probably meant.
    public static func parse(_ name: String) throws(TableError) -> Table {
        if let table = builtIn.first(where: { $0.name == name }) { return table }
        guard name.hasPrefix(ForeignTable.scheme) else { throw .unknown(name) }
        return .foreign(try ForeignTable(name))
    }

    /// What is written for a table, in help and lists.
    public static let spellings = builtIn.map(\.name) + [ForeignTable.scheme + "PATH"]

    /// Whether the table has a choice in what `option` is about.
    public func has(_ option: TableOption) -> Bool {
        switch option {
        case .match: design.match != nil
        case .lookahead: design.lookAhead != nil
        }
    }

    /// Entries have the objects of small integers in common, where the entry holds the key.
    public var sharesIntegers: Bool {
        if case .entries = design.layout { true } else { false }
    }

    /// Makes the keyspace of this table and hands it to `visitor`: a release's and a loaded one as
    /// its concrete type, all others as one type. `options.table` need not be set.
    public func withKeyspace<Visitor: KeyspaceVisitor & ~Copyable>(
        _ options: KeyspaceOptions, _ visitor: inout Visitor
    ) throws(Visitor.Failure) -> Visitor.Output {
        var options = options
        options.table = self
        switch design.index {
        case .chainedDict: return try visitor.visit(ChainedDictKeyspace(options))
        case .bucketTable: return try visitor.visit(BucketTableKeyspace(options))
        case .rival: return try visitor.visit(ErasedKeyspace(options))
        case .compact: return try visitor.visit(CompactKeyspace(options))
        case .foreign(let table):
            if table.isStore { return try visitor.visit(ForeignStoreKeyspace(options)) }
            return try visitor.visit(ForeignIndexKeyspace(options))
        }
    }

    /// As `withKeyspace`, with every table as its concrete type: the visitor is compiled once for
    /// each.
    public func withConcreteKeyspace<Visitor: KeyspaceVisitor & ~Copyable>(
        _ options: KeyspaceOptions, _ visitor: inout Visitor
    ) throws(Visitor.Failure) -> Visitor.Output {
        guard case .rival(let rival) = design.index else {
            return try withKeyspace(options, &visitor)
        }
        var options = options
        options.table = self
        switch rival {
        case .swiss: return try visitor.visit(SwissKeyspace(options))
        case .f14: return try visitor.visit(F14Keyspace(options))
        case .dash: return try visitor.visit(DashKeyspace(options))
        case .tsavorite: return try visitor.visit(TsavoriteKeyspace(options))
        case .segcache: return try visitor.visit(SegcacheKeyspace(options))
        }
    }
}

/// Options of a keyspace that not every table has, by their names in a target's query.
public enum TableOption: String, Sendable, CaseIterable {
    /// `KeyspaceOptions.match`.
    case match
    /// `KeyspaceOptions.lookAhead`.
    case lookahead
}

/// Work that is generic over the table, called once with the concrete one.
public protocol KeyspaceVisitor: ~Copyable {
    associatedtype Output
    associatedtype Failure: Error = Never
    mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) throws(Failure) -> Output
}

/// A table that there is not, or that cannot be used: one line with cause and remedy.
public struct TableError: Error, Equatable, Sendable, CustomStringConvertible {
    public let cause: String
    public let remedy: String

    public var description: String { "\(cause); \(remedy)" }

    init(_ cause: String, remedy: String) {
        self.cause = cause
        self.remedy = remedy
    }

    static func unknown(_ name: String) -> TableError {
        TableError("there is no table '\(name)'", remedy: remedy(for: name))
    }

    private static func remedy(for name: String) -> String {
        let scheme = String(name.prefix { $0 != ":" }) + ":"
        let rest = name.dropFirst(scheme.count)
        if !rest.isEmpty, Spelling.closest(to: scheme, among: [ForeignTable.scheme]) != nil {
            return "did you mean `\(ForeignTable.scheme)\(rest)`?"
        }
        if name.contains("/") { return "did you mean `\(ForeignTable.scheme)\(name)`?" }
        return Spelling.remedy(for: name, among: Table.spellings)
    }
}
