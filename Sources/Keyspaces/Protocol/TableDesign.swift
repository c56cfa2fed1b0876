// The rows of the tables: all that is data about a design stands in its row.

/// A row of the tables: index, layout, policies, what it lacks, and the options that it alone has.
struct TableDesign {
    /// Which index, and so which type, with the policy of its growth.
    enum Index {
        case chainedDict(ChainedDict.Policy)
        case bucketTable(BucketTable.Policy)
        case compact
        case rival(Rival)
        /// Keyspaces of both kinds are made of it.
        case foreign(ForeignTable)
    }

    /// The designs of others than the releases, which are one type to a server.
    enum Rival {
        case swiss, f14, dash, tsavorite, segcache
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

    let table: Table
    /// What `Table.parse` takes.
    let name: String
    let title: String
    let index: Index
    let layout: Layout
    let perSlot: PerSlot
    /// How the release compares tags; nil without any, and without the option.
    var match: GroupMatch?
    /// Whether the release looks ahead on a rehash; nil without the option.
    var lookAhead: Bool?
    /// What it cannot do.
    var lacks: Set<Capability> = [.collections]
    /// Whether a resize ends in the call that began it, and so is never under way.
    var resizesAtOnce = true
}

extension TableDesign {
    /// Those that are built in, as lists show them: the releases first, oldest first.
    static let builtIn: [TableDesign] = [
        TableDesign(
            table: .valkey72, name: "valkey-7.2",
            title: "Redis 7.2 and Valkey 7.2: chained dict, separate key, object and string",
            index: .chainedDict(.valkey72), layout: .entries(.separateKey), perSlot: .list,
            lacks: [], resizesAtOnce: false),
        TableDesign(
            table: .valkey80, name: "valkey-8.0",
            title: "Valkey 8.0: chained dict per hash slot, key embedded in the entry",
            index: .chainedDict(.valkey80), layout: .entries(.embeddedKey), perSlot: .table,
            lacks: [], resizesAtOnce: false),
        TableDesign(
            table: .valkey81, name: "valkey-8.1",
            title: "Valkey 8.1 and 9.0: buckets of seven, key and small values embedded",
            index: .bucketTable(.valkey81), layout: .objects(.valkey81), perSlot: .table,
            match: .scalar, lookAhead: false, lacks: [], resizesAtOnce: false),
        TableDesign(
            table: .valkey91, name: "valkey-9.1",
            title: "Valkey 9.1: buckets of seven, key and value embedded in the object",
            index: .bucketTable(.valkey91), layout: .objects(.valkey91), perSlot: .table,
            match: .simd, lookAhead: true, lacks: [], resizesAtOnce: false),
        TableDesign(
            table: .swiss, name: "swiss",
            title: "Swiss table of Abseil and hashbrown: groups of 16 tags, entries of 9.1",
            index: .rival(.swiss), layout: .objects(.valkey91), perSlot: .table, match: .simd),
        TableDesign(
            table: .f14, name: "f14",
            title: "F14 of folly: chunks of 14 with tags and overflow counts, entries of 9.1",
            index: .rival(.f14), layout: .objects(.valkey91), perSlot: .table, match: .simd),
        TableDesign(
            table: .dash, name: "dash",
            title: "Dragonfly: dashtable of segments, keys and values in the slots",
            index: .rival(.dash), layout: .own, perSlot: .list),
        TableDesign(
            table: .tsavorite, name: "tsavorite",
            title: "Garnet: Tsavorite's index of tags and addresses over a log of records",
            index: .rival(.tsavorite), layout: .own, perSlot: .list),
        // It counts uses for its merges, in a way that no server tells.
        TableDesign(
            table: .segcache, name: "segcache",
            title: "Segcache: segments of items with like times to live, merged to evict",
            index: .rival(.segcache), layout: .own, perSlot: .list, lacks: [.collections, .usage]),
        TableDesign(
            table: .compact, name: "compact",
            title: "Hashmark's own: linear hashing over packed buckets, fewest bytes per entry",
            index: .compact, layout: .own, perSlot: .table, match: .simd, resizesAtOnce: false),
    ]

    /// Of a table that was loaded.
    init(_ table: ForeignTable) {
        self.init(
            table: .foreign(table), name: table.name, title: table.title, index: .foreign(table),
            layout: .objects(.valkey91), perSlot: .table, lacks: table.lacks,
            resizesAtOnce: table.resizesAtOnce)
    }
}
