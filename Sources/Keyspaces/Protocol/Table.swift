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
//   2. here a case of `Table`, its name, its place in `builtIn`, its row in `design` and, for a new
//      index, its case in `Index`, `withKeyspace`, `withConcreteKeyspace` and `ErasedKeyspace`.
// Only a new kind of entry needs more, an `EntryLayout` in Layouts/. Designs that own their records
// conform to `Keyspace` themselves (Compact/). The server and the tests of what tables do go by
// `builtIn`, what takes longer by `releases`. A table that is loaded instead, by hashmark_table.h,
// is in Foreign/.
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
    public static let builtIn: [Table] =
        releases + [.swiss, .f14, .dash, .tsavorite, .segcache, .compact]

    /// What `parse` takes: `valkey-9.1`, `foreign:/home/me/mine.so?x=1`.
    public var name: String {
        switch self {
        case .valkey72: "valkey-7.2"
        case .valkey80: "valkey-8.0"
        case .valkey81: "valkey-8.1"
        case .valkey91: "valkey-9.1"
        case .swiss: "swiss"
        case .f14: "f14"
        case .dash: "dash"
        case .tsavorite: "tsavorite"
        case .segcache: "segcache"
        case .compact: "compact"
        case .foreign(let table): table.name
        }
    }

    /// What it is called in output: a loaded table's own name instead of its path.
    public var label: String {
        if case .foreign(let table) = self { table.label } else { name }
    }

    public var description: String { name }

    /// Release and design, in one line.
    public var title: String { design.title }

    /// What it cannot do.
    public var lacks: Set<Capability> {
        switch self {
        case .valkey72, .valkey80, .valkey81, .valkey91: []
        case .swiss, .f14, .dash, .tsavorite, .compact: [.collections]
        // It counts uses for its merges, in a way that no server tells.
        case .segcache: [.collections, .usage]
        case .foreign(let table): table.lacks
        }
    }

    /// Whether a resize ends in the call that began it, and so is never under way.
    public var resizesAtOnce: Bool {
        switch self {
        case .valkey72, .valkey80, .valkey81, .valkey91, .compact: false
        case .swiss, .f14, .dash, .tsavorite, .segcache: true
        case .foreign(let table): table.resizesAtOnce
        }
    }

    var design: TableDesign {
        switch self {
        case .valkey72:
            TableDesign(
                title: "Redis 7.2 and Valkey 7.2: chained dict, separate key, object and string",
                index: .chainedDict(.valkey72), layout: .entries(.separateKey), perSlot: .list)
        case .valkey80:
            TableDesign(
                title: "Valkey 8.0: chained dict per hash slot, key embedded in the entry",
                index: .chainedDict(.valkey80), layout: .entries(.embeddedKey), perSlot: .table)
        case .valkey81:
            TableDesign(
                title: "Valkey 8.1 and 9.0: buckets of seven, key and small values embedded",
                index: .bucketTable(.valkey81), layout: .objects(.valkey81), perSlot: .table,
                match: .scalar, lookAhead: false)
        case .valkey91:
            TableDesign(
                title: "Valkey 9.1: buckets of seven, key and value embedded in the object",
                index: .bucketTable(.valkey91), layout: .objects(.valkey91), perSlot: .table,
                match: .sse2, lookAhead: true)
        case .swiss:
            TableDesign(
                title: "Swiss table of Abseil and hashbrown: groups of 16 tags, entries of 9.1",
                index: .swiss, layout: .objects(.valkey91), perSlot: .table, match: .sse2)
        case .f14:
            TableDesign(
                title: "F14 of folly: chunks of 14 with tags and overflow counts, entries of 9.1",
                index: .f14, layout: .objects(.valkey91), perSlot: .table, match: .sse2)
        case .dash:
            TableDesign(
                title: "Dragonfly: dashtable of segments, keys and values in the slots",
                index: .dash, layout: .own, perSlot: .list)
        case .tsavorite:
            TableDesign(
                title: "Garnet: Tsavorite's index of tags and addresses over a log of records",
                index: .tsavorite, layout: .own, perSlot: .list)
        case .segcache:
            TableDesign(
                title: "Segcache: segments of items with like times to live, merged to evict",
                index: .segcache, layout: .own, perSlot: .list)
        case .compact:
            TableDesign(
                title: "Hashmark's own: linear hashing over packed buckets, fewest bytes per entry",
                index: .compact, layout: .own, perSlot: .table, match: .sse2)
        case .foreign(let table):
            TableDesign(
                title: table.title, index: .foreign(table), layout: .objects(.valkey91),
                perSlot: .table)
        }
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
        case .swiss, .f14, .dash, .tsavorite, .segcache:
            return try visitor.visit(ErasedKeyspace(options))
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
        var options = options
        options.table = self
        switch design.index {
        case .swiss: return try visitor.visit(SwissKeyspace(options))
        case .f14: return try visitor.visit(F14Keyspace(options))
        case .dash: return try visitor.visit(DashKeyspace(options))
        case .tsavorite: return try visitor.visit(TsavoriteKeyspace(options))
        case .segcache: return try visitor.visit(SegcacheKeyspace(options))
        case .chainedDict, .bucketTable, .compact, .foreign:
            return try withKeyspace(options, &visitor)
        }
    }
}

/// A row of the tables: index, layout, policies, and the options that it alone has.
struct TableDesign {
    /// Which index, and so which type, with the policy of its growth.
    enum Index {
        case chainedDict(ChainedDict.Policy)
        case bucketTable(BucketTable.Policy)
        case swiss
        case f14
        case dash
        case tsavorite
        case segcache
        case compact
        /// Keyspaces of both kinds are made of it.
        case foreign(ForeignTable)
    }

    /// What its entries are.
    enum Layout {
        case entries(DictEntryLayout)
        case objects(KeyedObjectLayout)
        /// Of a form that only its index has.
        case own
    }

    /// What cluster mode has for every hash slot.
    enum PerSlot {
        case table
        /// One table for all of them, with lists or counts of the keys of each.
        case list
    }

    let title: String
    let index: Index
    let layout: Layout
    let perSlot: PerSlot
    /// How the release compares tags; nil without any, and without the option.
    var match: GroupMatch?
    /// Whether the release looks ahead on a rehash; nil without the option.
    var lookAhead: Bool?
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
