// Sorted sets.
//
//     listpack    [member][score][member][score]…  by score, up to 128 members of up to 64 bytes
//     skiplist    `SortedSet`
//
// Ranges by score and by member are turned into ranges of ranks, so that counting, walking and
// removing are one function each.

extension Collections {
    func sortedSet(_ set: CollectionObject) -> SortedSet { SortedSet(set.payload, traits) }

    // MARK: Encoding

    /// Before a command adds `count` members, the longest of `longest` bytes.
    public mutating func prepareSortedSet(_ set: CollectionObject, members count: Int, longest: Int)
    {
        guard set.encoding == .listpack else { return }
        if count > limits.sortedSetEntries || longest > limits.sortedSetBytes {
            makeSkipList(of: set, room: count)
        }
    }

    /// - Parameter room: members that there is going to be room for.
    private mutating func makeSkipList(of set: CollectionObject, room: Int) {
        let list = Listpack(base: set.payload)
        let sorted = SortedSet.make(traits, &slab)
        sorted.table.expand(to: room, &slab)
        var place = list.first
        while let member = place, let score = list.next(after: member) {
            list.value(at: member).withBytes {
                sorted.add($0, Self.score(list, score), &random, &slab)
            }
            place = list.next(after: score)
        }
        list.free(&slab)
        set.set(.sortedSet, .skiplist, sorted.address)
    }

    private static func score(_ list: Listpack, _ place: Int) -> Double {
        switch list.value(at: place) {
        case .integer(let integer): Double(integer)
        case .bytes(let bytes): ScoreText.parse(bytes) ?? 0
        }
    }

    private static func withPacked(_ score: Double, _ body: (PackedEntry) -> Void) {
        if let integer = ScoreText.integer(score) { return body(PackedEntry(integer)) }
        Array(ScoreText.write(score).utf8).withUnsafeBytes { body(PackedEntry($0)) }
    }

    // MARK: Members

    /// A member's score; nil where it is not there.
    public mutating func score(of member: Bytes, in set: CollectionObject) -> Double? {
        guard set.encoding == .skiplist else {
            let list = Listpack(base: set.payload)
            guard let place = list.find(PackedEntry(member), step: 2),
                let score = list.next(after: place)
            else { return nil }
            return Self.score(list, score)
        }
        let sorted = sortedSet(set)
        return sorted.find(member, &slab).map { sorted.list.layout.score($0) }
    }

    /// Gives a member the score that `decide` makes of its old one (nil: it is not there); nil
    /// leaves all as it is. The bytes may not be of this keyspace.
    /// - Returns: the old score, and the score after the call.
    @discardableResult
    public mutating func update(
        _ member: Bytes, in set: CollectionObject, _ decide: (Double?) -> Double?
    ) -> (old: Double?, new: Double?) {
        guard set.encoding == .skiplist else { return updatePacked(member, set, decide) }
        let sorted = sortedSet(set)
        guard let node = sorted.find(member, &slab) else {
            guard let score = decide(nil) else { return (nil, nil) }
            sorted.add(member, score, &random, &slab)
            return (nil, score)
        }
        let old = sorted.list.layout.score(node)
        guard let score = decide(old) else { return (old, old) }
        if score != old { sorted.list.setScore(node, score) }
        return (old, score)
    }

    private mutating func updatePacked(
        _ member: Bytes, _ set: CollectionObject, _ decide: (Double?) -> Double?
    ) -> (old: Double?, new: Double?) {
        var list = Listpack(base: set.payload)
        let entry = PackedEntry(member)
        if let place = list.find(entry, step: 2), let behind = list.next(after: place) {
            let old = Self.score(list, behind)
            guard let score = decide(old) else { return (old, old) }
            if score != old {
                list.remove(at: place, entries: 2, &slab)
                insert(entry, member, score, &list)
                set.payload = list.base
            }
            return (old, score)
        }
        guard let score = decide(nil) else { return (nil, nil) }
        let count = list.count / 2
        guard count < limits.sortedSetEntries, member.count <= limits.sortedSetBytes,
            list.bytes + member.count <= CollectionLimits.listpackBytes
        else {
            makeSkipList(of: set, room: count + 1)
            sortedSet(set).add(member, score, &random, &slab)
            return (nil, score)
        }
        insert(entry, member, score, &list)
        set.payload = list.base
        return (nil, score)
    }

    /// Puts a member in its place in a listpack.
    private mutating func insert(
        _ entry: PackedEntry, _ member: Bytes, _ score: Double, _ list: inout Listpack
    ) {
        var place = list.first
        while let other = place, let behind = list.next(after: other) {
            let otherScore = Self.score(list, behind)
            if otherScore > score { break }
            if otherScore == score {
                let order = list.value(at: other).withBytes { SkipPlace.compare($0, member) }
                if order > 0 { break }
            }
            place = list.next(after: behind)
        }
        let offset = place ?? list.endOffset
        list.insert(entry, at: offset, &slab)
        let behind = list.end(of: offset)
        Self.withPacked(score) { list.insert($0, at: behind, &slab) }
    }

    /// False when it was not there. The set may be empty then.
    @discardableResult
    public mutating func removeMember(_ member: Bytes, from set: CollectionObject) -> Bool {
        guard set.encoding == .skiplist else {
            var list = Listpack(base: set.payload)
            guard let place = list.find(PackedEntry(member), step: 2) else { return false }
            list.remove(at: place, entries: 2, &slab)
            set.payload = list.base
            return true
        }
        return sortedSet(set).remove(member, &slab)
    }

    /// How many members come before this one, and its score.
    public mutating func rank(
        of member: Bytes, in set: CollectionObject
    ) -> (rank: Int, score: Double)? {
        guard set.encoding == .skiplist else {
            let list = Listpack(base: set.payload)
            let entry = PackedEntry(member)
            var rank = 0
            var place = list.first
            while let other = place, let behind = list.next(after: other) {
                if list.holds(entry, at: other) { return (rank, Self.score(list, behind)) }
                rank += 1
                place = list.next(after: behind)
            }
            return nil
        }
        let sorted = sortedSet(set)
        guard let node = sorted.find(member, &slab) else { return nil }
        return (sorted.list.rank(of: node), sorted.list.layout.score(node))
    }

    // MARK: Ranges

    /// How many members come before the first for which `isBefore` does not hold; it must hold for
    /// all before that and for none behind.
    public func rank(
        in set: CollectionObject, _ isBefore: (_ member: ValueView, _ score: Double) -> Bool
    ) -> Int {
        guard set.encoding == .skiplist else {
            let list = Listpack(base: set.payload)
            var rank = 0
            var place = list.first
            while let member = place, let behind = list.next(after: member) {
                guard isBefore(list.value(at: member), Self.score(list, behind)) else { break }
                rank += 1
                place = list.next(after: behind)
            }
            return rank
        }
        let list = sortedSet(set).list
        return list.rank { isBefore(.bytes(list.member($0)), list.layout.score($0)) }
    }

    /// Members of these ranks, from the first on or from the last.
    public func forEachMember(
        of set: CollectionObject, ranks: Range<Int>, reversed: Bool = false,
        _ body: (_ member: ValueView, _ score: Double) -> Void
    ) {
        guard !ranks.isEmpty else { return }
        let start = reversed ? ranks.upperBound - 1 : ranks.lowerBound
        guard set.encoding == .skiplist else {
            return walkPacked(Listpack(base: set.payload), start, ranks.count, reversed, body)
        }
        let list = sortedSet(set).list
        var place = list.node(at: start)
        var left = ranks.count
        while left > 0, let node = place {
            body(.bytes(list.member(node)), list.layout.score(node))
            place = reversed ? list.layout.back(node) : list.layout.next(node)
            left -= 1
        }
    }

    private func walkPacked(
        _ list: Listpack, _ start: Int, _ count: Int, _ reversed: Bool,
        _ body: (_ member: ValueView, _ score: Double) -> Void
    ) {
        var place = list.offset(of: start * 2)
        var left = count
        while left > 0, let member = place, let behind = list.next(after: member) {
            body(list.value(at: member), Self.score(list, behind))
            if reversed {
                place = list.previous(before: member).flatMap { list.previous(before: $0) }
            } else {
                place = list.next(after: behind)
            }
            left -= 1
        }
    }

    /// Removes members of these ranks. The set may be empty then.
    public mutating func removeMembers(of set: CollectionObject, ranks: Range<Int>) {
        guard !ranks.isEmpty else { return }
        guard set.encoding == .skiplist else {
            var list = Listpack(base: set.payload)
            if let place = list.offset(of: ranks.lowerBound * 2) {
                list.remove(at: place, entries: ranks.count * 2, &slab)
            }
            set.payload = list.base
            return
        }
        let sorted = sortedSet(set)
        var place = sorted.list.node(at: ranks.lowerBound)
        for _ in ranks {
            guard let node = place else { return }
            place = sorted.list.layout.next(node)
            _ = sorted.remove(sorted.list.member(node), &slab)
        }
    }

    // MARK: Walks

    /// Members at `cursor`, and the cursor after them; a small set is visited whole.
    public func scanScores(
        _ set: CollectionObject, _ cursor: UInt64,
        _ body: (_ member: ValueView, _ score: Double) -> Void
    ) -> UInt64 {
        guard set.encoding == .skiplist else {
            forEachMember(of: set, ranks: 0..<length(of: set), body)
            return 0
        }
        let sorted = sortedSet(set)
        return sorted.table.visit(at: cursor) { entry in
            let node = sorted.node(entry)
            body(.bytes(sorted.list.member(node)), sorted.list.layout.score(node))
        }
    }

    /// Some member with its score, each as likely as another.
    public mutating func randomMember(
        ofSorted set: CollectionObject
    ) -> (member: ValueView, score: Double)? {
        guard set.encoding == .skiplist else {
            let list = Listpack(base: set.payload)
            guard let place = list.offset(of: random.below(list.count / 2) * 2),
                let behind = list.next(after: place)
            else { return nil }
            return (list.value(at: place), Self.score(list, behind))
        }
        let sorted = sortedSet(set)
        guard let entry = sorted.table.random(&random) else { return nil }
        let node = sorted.node(entry)
        return (.bytes(sorted.list.member(node)), sorted.list.layout.score(node))
    }

    /// Copies of members, which outlive changes of their set.
    public func copiedSortedMembers(of set: CollectionObject) -> [[UInt8]] {
        var copies: [[UInt8]] = []
        forEachMember(of: set, ranks: 0..<length(of: set)) { member, _ in
            member.withBytes { copies.append(Array($0)) }
        }
        return copies
    }
}
