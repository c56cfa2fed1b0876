// Sets.
//
//     intset      integers alone, up to 512
//     listpack    [member][member]…                up to 128 members, none above 64 bytes
//     hashtable   a member's string per entry
//
// A set only ever moves down this list; an intset that meets a string passes over the listpack when
// it is too long for one.

import RESP

extension Collections {
    private func members(_ set: CollectionObject) -> MemberTable {
        traits.table(set.payload, .members)
    }

    // MARK: Encoding

    /// Makes an empty set what it is to begin as, or an existing one what it has to become, before
    /// a command adds members.
    /// - Parameters:
    ///   - first: one of them; nil for a set that is not new.
    ///   - count: how many there are.
    public mutating func prepareSet(_ set: CollectionObject, first: Bytes?, members count: Int) {
        guard let first else {
            let limit = limit(of: set.encoding)
            if let limit, count > limit { makeTable(ofSet: set, room: count) }
            return
        }
        if Decimal.parse(first) != nil, count <= limits.intsetEntries {
            beginIntset(set)
        } else if count > limits.setEntries {
            makeTable(ofSet: set, room: count)
        }
    }

    /// Makes an empty set an intset: as results of STORE commands begin.
    public mutating func beginIntset(_ set: CollectionObject) {
        Listpack(base: set.payload).free(&slab)
        set.set(.set, .intset, IntegerSet.make(&slab).base)
    }

    private func limit(of encoding: CollectionEncoding) -> Int? {
        switch encoding {
        case .intset: limits.intsetEntries
        case .listpack: limits.setEntries
        case .hashtable, .skiplist, .quicklist, .bloom: nil
        }
    }

    /// - Parameter room: members that there is going to be room for.
    private mutating func makeTable(ofSet set: CollectionObject, room: Int) {
        let table = traits.makeTable(.members, &slab)
        table.expand(to: room, &slab)
        withMembers(of: set) { view, slab in
            view.withBytes { member in
                let key = table.makeKey(member)
                table.add(SDS.allocate(member, &slab), key, &slab)
            }
        }
        freeBlock(of: set)
        set.set(.set, .hashtable, table.address)
    }

    /// Visits the members of a set that is one block.
    private mutating func withMembers(
        of set: CollectionObject, _ body: (ValueView, inout Slab) -> Void
    ) {
        if set.encoding == .intset {
            let integers = IntegerSet(base: set.payload)
            for index in 0..<integers.count { body(.integer(integers[index]), &slab) }
        } else {
            let list = Listpack(base: set.payload)
            var place = list.first
            while let member = place {
                body(list.value(at: member), &slab)
                place = list.next(after: member)
            }
        }
    }

    private mutating func freeBlock(of set: CollectionObject) {
        if set.encoding == .intset {
            IntegerSet(base: set.payload).free(&slab)
        } else {
            Listpack(base: set.payload).free(&slab)
        }
    }

    /// An intset meets a string of `length` bytes.
    private mutating func leaveIntset(_ set: CollectionObject, for length: Int) {
        let integers = IntegerSet(base: set.payload)
        let count = integers.count
        // The longest of its members is the first or the last.
        let longest = count == 0 ? 0 : max(Self.width(integers[0]), Self.width(integers[count - 1]))
        guard count < limits.setEntries, max(length, longest) <= limits.setBytes else {
            return makeTable(ofSet: set, room: count + 1)
        }
        var list = Listpack.make(&slab)
        withMembers(of: set) { view, slab in list.append(PackedEntry(view), &slab) }
        freeBlock(of: set)
        set.set(.set, .listpack, list.base)
    }

    /// Bytes that an integer is spelled with.
    private static func width(_ integer: Int64) -> Int {
        Decimal.length(integer.magnitude) + (integer < 0 ? 1 : 0)
    }

    // MARK: Members

    /// True when it was not there. The bytes may not be of this keyspace.
    @discardableResult
    public mutating func add(_ member: Bytes, to set: CollectionObject) -> Bool {
        switch set.encoding {
        case .intset:
            guard let integer = Decimal.parse(member) else {
                leaveIntset(set, for: member.count)
                return add(member, to: set)
            }
            var integers = IntegerSet(base: set.payload)
            let isNew = integers.insert(integer, &slab)
            set.payload = integers.base
            if isNew, integers.count > limits.intsetEntries {
                makeTable(ofSet: set, room: integers.count)
            }
            return isNew
        case .listpack:
            var list = Listpack(base: set.payload)
            let entry = PackedEntry(member)
            if list.find(entry) != nil { return false }
            guard list.count < limits.setEntries, member.count <= limits.setBytes,
                list.bytes + member.count <= CollectionLimits.listpackBytes
            else {
                makeTable(ofSet: set, room: list.count)
                return add(member, to: set)
            }
            list.append(entry, &slab)
            set.payload = list.base
            return true
        case .hashtable, .skiplist, .quicklist, .bloom:
            let table = members(set)
            let key = table.makeKey(member)
            if table.find(key, &slab) != nil { return false }
            table.add(SDS.allocate(member, &slab), key, &slab)
            return true
        }
    }

    /// Whether it is a member of the set.
    public mutating func contains(_ member: Bytes, in set: CollectionObject) -> Bool {
        switch set.encoding {
        case .intset:
            guard let integer = Decimal.parse(member) else { return false }
            return IntegerSet(base: set.payload).contains(integer)
        case .listpack: return Listpack(base: set.payload).find(PackedEntry(member)) != nil
        case .hashtable, .skiplist, .quicklist, .bloom:
            let table = members(set)
            return table.find(table.makeKey(member), &slab) != nil
        }
    }

    /// False when it was not there. The set may be empty then.
    @discardableResult
    public mutating func remove(member: Bytes, from set: CollectionObject) -> Bool {
        switch set.encoding {
        case .intset:
            guard let integer = Decimal.parse(member) else { return false }
            var integers = IntegerSet(base: set.payload)
            let wasThere = integers.remove(integer, &slab)
            set.payload = integers.base
            return wasThere
        case .listpack:
            var list = Listpack(base: set.payload)
            guard let place = list.find(PackedEntry(member)) else { return false }
            list.remove(at: place, &slab)
            set.payload = list.base
            return true
        case .hashtable, .skiplist, .quicklist, .bloom:
            let table = members(set)
            guard let string = table.remove(table.makeKey(member), &slab) else { return false }
            SDS.free(string, &slab)
            return true
        }
    }

    // MARK: Walks

    /// Calls `body` with every member, in the set's own order; a view is valid until `body`
    /// returns.
    public func forEachMember(of set: CollectionObject, _ body: (ValueView) -> Void) {
        switch set.encoding {
        case .intset:
            let integers = IntegerSet(base: set.payload)
            for index in 0..<integers.count { body(.integer(integers[index])) }
        case .listpack:
            let list = Listpack(base: set.payload)
            var place = list.first
            while let member = place {
                body(list.value(at: member))
                place = list.next(after: member)
            }
        case .hashtable, .skiplist, .quicklist, .bloom:
            let table = members(set)
            table.forEachEntry { body(.bytes(table.key($0))) }
        }
    }

    /// Members at `cursor`, and the cursor after them; a small set is visited whole.
    public func scanMembers(
        _ set: CollectionObject, _ cursor: UInt64, _ body: (ValueView) -> Void
    ) -> UInt64 {
        guard set.encoding == .hashtable else {
            forEachMember(of: set, body)
            return 0
        }
        let table = members(set)
        return table.visit(at: cursor) { body(.bytes(table.key($0))) }
    }

    /// Some member, each as likely as another.
    public mutating func randomMember(of set: CollectionObject) -> ValueView? {
        switch set.encoding {
        case .intset:
            let integers = IntegerSet(base: set.payload)
            return .integer(integers[random.below(integers.count)])
        case .listpack:
            let list = Listpack(base: set.payload)
            return list.offset(of: random.below(list.count)).map { list.value(at: $0) }
        case .hashtable, .skiplist, .quicklist, .bloom:
            let table = members(set)
            return table.random(&random).map { .bytes(table.key($0)) }
        }
    }

    /// Views of all members, valid until this set is changed. Looking into others leaves them.
    public func memberViews(of set: CollectionObject) -> [ValueView] {
        var views: [ValueView] = []
        views.reserveCapacity(length(of: set))
        forEachMember(of: set) { views.append($0) }
        return views
    }

    /// Copies of members, which outlive changes of their set.
    public func copiedMembers(of set: CollectionObject) -> [[UInt8]] {
        var copies: [[UInt8]] = []
        copies.reserveCapacity(length(of: set))
        forEachMember(of: set) { member in member.withBytes { copies.append(Array($0)) } }
        return copies
    }
}
