// What the collections of a keyspace have in common, by release: which table, which nodes, and
// whether fields may end.

struct CollectionTraits {
    private enum Design {
        case chains(ChainedDict.Policy)
        case buckets(BucketTable.Policy, GroupMatch)
    }

    private let design: Design
    private let hasher: KeyHasher
    let nodes: SkipNodeLayout
    /// Fields of hashes may have a time to live (9.0 and later).
    let expiresFields: Bool
    /// A list's element beyond the size of a node has a node of its own, without a listpack.
    let hasPlainNodes: Bool
    /// DEL leaves large values to the background, as UNLINK does (lazyfree-lazy-user-del).
    let deletesLazily: Bool

    /// Bytes that 9.x keeps behind a hash's table, for its fields' expiries.
    private static let fieldMetadata = 8

    /// - Parameter options: any table but a release's has collections as the newest release has
    ///   them: a foreign index does, and the others would, which hold strings only.
    init(_ options: KeyspaceOptions, _ hasher: KeyHasher) {
        self.hasher = hasher
        switch options.table.design.index {
        case .chainedDict(var policy):
            hasPlainNodes = policy.metadataSize > 0
            // The node of the keyspace's list of tables is none of a collection's.
            policy.metadataSize = 0
            design = .chains(policy)
            nodes = SkipNodeLayout(embedsMember: false)
            expiresFields = false
        case .bucketTable(var policy):
            let isNewest = policy.abortsShrink
            policy.looksAhead = options.lookAhead
            policy.metadataSize = 0
            design = .buckets(policy, options.match)
            nodes = SkipNodeLayout(embedsMember: isNewest)
            expiresFields = isNewest
            hasPlainNodes = true
        case .compact, .rival, .foreign:
            var policy = BucketTable.Policy.valkey91
            policy.metadataSize = 0
            design = .buckets(policy, options.match)
            nodes = SkipNodeLayout(embedsMember: true)
            expiresFields = true
            hasPlainNodes = true
        }
        deletesLazily = hasPlainNodes
    }

    /// Hash entries are fields with their values in them.
    var packsFields: Bool {
        if case .buckets = design { true } else { false }
    }

    func makeTable(_ use: TableUse, _ slab: inout Slab) -> MemberTable {
        switch design {
        case .chains:
            if use == .members {
                return table(DictHandle<BareMembers>.make(bareTraits, &slab), use)
            }
            return table(DictHandle<DictEntryLayout>.make(entryTraits, &slab), use)
        case .buckets:
            return table(BucketHandle<MemberEntries>.make(bucketTraits(use), &slab), use)
        }
    }

    func table(_ address: UnsafeMutableRawPointer, _ use: TableUse) -> MemberTable {
        switch design {
        case .chains:
            if use == .members { return .bare(DictHandle(address, bareTraits)) }
            return .entries(DictHandle(address, entryTraits))
        case .buckets: return .buckets(BucketHandle(address, bucketTraits(use)))
        }
    }

    private var policy: ChainedDict.Policy {
        guard case .chains(let policy) = design else {
            preconditionFailure("these collections have no dicts")
        }
        return policy
    }

    private var bareTraits: DictHandle<BareMembers>.Traits {
        DictHandle<BareMembers>.Traits(policy: policy, layout: BareMembers(), hasher: hasher)
    }

    private var entryTraits: DictHandle<DictEntryLayout>.Traits {
        DictHandle<DictEntryLayout>.Traits(policy: policy, layout: .separateKey, hasher: hasher)
    }

    private func bucketTraits(_ use: TableUse) -> BucketHandle<MemberEntries>.Traits {
        guard case .buckets(var policy, let match) = design else {
            preconditionFailure("these collections have no buckets")
        }
        if use == .fields, expiresFields { policy.metadataSize = Self.fieldMetadata }
        let entries: MemberEntries = use == .scored ? .nodes(nodes) : .strings
        return BucketHandle<MemberEntries>.Traits(
            policy: policy, match: match, hasher: hasher, entries: entries)
    }
}
