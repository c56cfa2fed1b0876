// The commands that combine sets: SINTER, SUNION, SDIFF, their STORE forms, and SINTERCARD.
//
// A result is made as a set without a key, which becomes the value of the destination, or is
// answered and freed. The members of the set that is walked are noted as views first: looking into
// the others may move their tables on, and never the members' strings.
import Keyspaces
import RESP

enum SetOperation {
    case intersection, union, difference
}

extension Engine where K: ~Copyable {
    /// The sets of keys; nil after an error reply.
    private mutating func findSets(
        _ request: Request, _ positions: Range<Int>
    ) -> [CollectionObject?]? {
        var sets: [CollectionObject?] = []
        for position in positions {
            let key = keyspace.key(argument(request, position).bytes)
            guard let found = find(key, .set, request) else { return nil }
            sets.append(found.collection)
        }
        return sets
    }

    mutating func combineSets(_ request: Request, _ operation: SetOperation) {
        guard let sets = findSets(request, 1..<request.argumentCount) else { return }
        withValues { values, reply in
            let result = Self.combine(sets, operation, &values)
            reply.set(values.length(of: result))
            values.forEachMember(of: result) { reply.bulk($0) }
            values.discard(result)
        }
    }

    mutating func storeSets(_ request: Request, _ operation: SetOperation) {
        guard let sets = findSets(request, 2..<request.argumentCount) else { return }
        let result = withValues { values, _ in Self.combine(sets, operation, &values) }
        reply.integer(store(result, at: request.key))
    }

    private static func combine(
        _ sets: [CollectionObject?], _ operation: SetOperation, _ values: inout Collections
    ) -> CollectionObject {
        let result = values.detached(.set)
        values.beginIntset(result)
        switch operation {
        case .union:
            for case let set? in sets {
                for member in values.memberViews(of: set) {
                    member.withBytes { _ = values.add($0, to: result) }
                }
            }
        case .intersection:
            intersect(sets, &values) { member, values in
                member.withBytes { _ = values.add($0, to: result) }
                return true
            }
        case .difference: subtract(sets, result, &values)
        }
        return result
    }

    /// Calls `body` with every member that all sets have, until it says false.
    private static func intersect(
        _ sets: [CollectionObject?], _ values: inout Collections,
        _ body: (ValueView, inout Collections) -> Bool
    ) {
        var present: [CollectionObject] = []
        for set in sets {
            guard let set else { return }
            present.append(set)
        }
        present.sort { values.length(of: $0) < values.length(of: $1) }
        guard let smallest = present.first else { return }
        // A set that is named twice need not be asked about its own members.
        let others = present.dropFirst().filter { !$0.isSame(as: smallest) }
        for member in values.memberViews(of: smallest) {
            let isInAll = member.withBytes { bytes in
                others.allSatisfy { values.contains(bytes, in: $0) }
            }
            if isInAll, !body(member, &values) { return }
        }
    }

    /// The first set's members that no other has: by looking into the others, or by taking theirs
    /// out of a copy, whichever is less work.
    private static func subtract(
        _ sets: [CollectionObject?], _ result: CollectionObject, _ values: inout Collections
    ) {
        guard let first = sets[0] else { return }
        let others = sets.dropFirst().compactMap { $0 }
        if others.contains(where: { $0.isSame(as: first) }) { return }
        let count = values.length(of: first)
        // Looking ends with the first set that has the member: half of them in the mean.
        let looks = count * (others.count + 1) / 2
        let removals = others.reduce(count) { $0 + values.length(of: $1) }
        let members = values.memberViews(of: first)
        guard looks > removals else {
            for member in members {
                member.withBytes { bytes in
                    if !others.contains(where: { values.contains(bytes, in: $0) }) {
                        _ = values.add(bytes, to: result)
                    }
                }
            }
            return
        }
        for member in members { member.withBytes { _ = values.add($0, to: result) } }
        for other in others {
            for member in values.memberViews(of: other) {
                member.withBytes { _ = values.remove(member: $0, from: result) }
            }
            if values.length(of: result) == 0 { return }
        }
    }

    /// `SINTERCARD numkeys key … [LIMIT n]`
    mutating func sintercard(_ request: Request) {
        guard let (count, limit) = parseCardinality(request) else { return }
        guard let sets = findSets(request, 2..<(2 + count)) else { return }
        let size = withValues { values, _ in
            var size = 0
            Self.intersect(sets, &values) { _, _ in
                size += 1
                return limit == 0 || size < limit
            }
            return size
        }
        reply.integer(size)
    }

    /// How many keys SINTERCARD and ZINTERCARD have, and their limit; nil after an error reply.
    mutating func parseCardinality(_ request: Request) -> (keys: Int, limit: Int)? {
        guard let number = argument(request, 1).integer, number > 0 else {
            fail(request, "ERR numkeys should be greater than 0")
            return nil
        }
        guard number <= Int64(request.argumentCount - 2) else {
            fail(request, "ERR Number of keys can't be greater than number of args")
            return nil
        }
        let count = Int(number)
        var limit = 0
        var index = 2 + count
        while index < request.argumentCount {
            guard argument(request, index).isWord("limit"), index + 1 < request.argumentCount
            else {
                syntaxError(request)
                return nil
            }
            guard let most = argument(request, index + 1).integer, most >= 0 else {
                fail(request, "ERR LIMIT can't be negative")
                return nil
            }
            limit = Int(most)
            index += 2
        }
        return (count, limit)
    }
}
