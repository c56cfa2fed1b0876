// The commands about ranges of sorted sets: ZRANGE in all its forms, counts, removals, ZRANGESTORE.
//
// A range is read from the arguments first (`RangeQuery`), becomes a range of ranks, which LIMIT
// cuts down, and then is answered, stored, counted or removed.
import Keyspaces
import RESP

/// What a range is by.
enum RangeKind {
    case ranks, scores, members
}

/// A range of a sorted set, and what is wanted of it.
private struct RangeQuery {
    enum Bounds {
        case ranks(IndexRange)
        case scores(ScoreRange)
        case members(MemberRange)
    }

    let bounds: Bounds
    var reversed = false
    var offset: Int64 = 0
    /// Negative: all.
    var limit: Int64 = -1
    var withScores = false

    /// The ranks of what the query is for, as `set` has them.
    func ranks(of set: CollectionObject, _ values: borrowing Collections) -> Range<Int> {
        let count = values.length(of: set)
        var ranks: Range<Int>
        switch bounds {
        case .ranks(let range):
            let places = range.places(count)
            if !reversed || places.isEmpty { return places }
            return (count - places.upperBound)..<(count - places.lowerBound)
        case .scores(let range): ranks = range.ranks(of: set, values)
        case .members(let range): ranks = range.ranks(of: set, values)
        }
        // A negative offset passes everything.
        let skipped =
            offset < 0 ? ranks.count : Int(min(offset, Int64(ranks.count)))
        let left = ranks.count - skipped
        let taken = limit < 0 ? left : Int(min(limit, Int64(left)))
        if reversed {
            let end = ranks.upperBound - skipped
            ranks = (end - taken)..<end
        } else {
            let start = ranks.lowerBound + skipped
            ranks = start..<(start + taken)
        }
        return ranks
    }
}

extension Engine where K: ~Copyable {
    // MARK: Reading the arguments

    /// ZRANGE and ZRANGESTORE, whose options say what the range is by.
    private mutating func parseRange(
        _ request: Request, from first: Int, stores: Bool
    ) -> RangeQuery? {
        var kind = RangeKind.ranks
        var reversed = false
        var limit: (offset: Int64, count: Int64)?
        var withScores = false
        var index = first + 2
        while index < request.argumentCount {
            let word = argument(request, index)
            index += 1
            // What the range is by, and its direction, are said once.
            if word.isWord("byscore"), kind == .ranks {
                kind = .scores
            } else if word.isWord("bylex"), kind == .ranks {
                kind = .members
            } else if word.isWord("rev"), !reversed {
                reversed = true
            } else if word.isWord("withscores"), !stores {
                withScores = true
            } else if word.isWord("limit"), index + 1 < request.argumentCount {
                guard let parsed = parseLimit(request, index) else { return nil }
                limit = parsed
                index += 2
            } else {
                syntaxError(request)
                return nil
            }
        }
        // With −1, which is all, it passes, and what it skips does not count.
        if let limit, limit.count != -1, kind == .ranks {
            fail(
                request,
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or"
                    + " BYLEX")
            return nil
        }
        if withScores, kind == .members {
            fail(
                request,
                "ERR syntax error, WITHSCORES not supported in combination with BYLEX")
            return nil
        }
        guard var query = parseBounds(request, from: first, kind, reversed: reversed) else {
            return nil
        }
        if let limit { (query.offset, query.limit) = limit }
        query.withScores = withScores
        return query
    }

    private mutating func parseLimit(
        _ request: Request, _ index: Int
    ) -> (offset: Int64, count: Int64)? {
        guard let offset = argument(request, index).integer,
            let count = argument(request, index + 1).integer
        else {
            notAnInteger(request)
            return nil
        }
        return (offset, count)
    }

    private mutating func parseBounds(
        _ request: Request, from first: Int, _ kind: RangeKind, reversed: Bool
    ) -> RangeQuery? {
        let (one, other) = (argument(request, first), argument(request, first + 1))
        // From the last to the first: ranges by score and member are written so.
        let (low, high) = reversed ? (other, one) : (one, other)
        switch kind {
        case .ranks:
            guard let start = one.integer, let stop = other.integer else {
                notAnInteger(request)
                return nil
            }
            let range = IndexRange(start: start, stop: stop)
            return RangeQuery(bounds: .ranks(range), reversed: reversed)
        case .scores:
            guard let range = ScoreRange(low, high) else {
                fail(request, "ERR min or max is not a float")
                return nil
            }
            return RangeQuery(bounds: .scores(range), reversed: reversed)
        case .members:
            guard let range = MemberRange(low, high) else {
                fail(request, "ERR min or max not valid string range item")
                return nil
            }
            return RangeQuery(bounds: .members(range), reversed: reversed)
        }
    }

    // MARK: Answering

    mutating func zrange(_ request: Request) {
        guard let query = parseRange(request, from: 2, stores: false) else { return }
        answer(request, query)
    }

    /// ZREVRANGE, ZRANGEBYSCORE, ZREVRANGEBYSCORE, ZRANGEBYLEX and ZREVRANGEBYLEX.
    mutating func zrange(_ request: Request, by kind: RangeKind, reversed: Bool) {
        guard var query = parseBounds(request, from: 2, kind, reversed: reversed) else { return }
        var index = 4
        while index < request.argumentCount {
            let word = argument(request, index)
            index += 1
            if word.isWord("withscores"), kind != .members {
                query.withScores = true
            } else if word.isWord("limit"), kind != .ranks, index + 1 < request.argumentCount {
                guard let limit = parseLimit(request, index) else { return }
                (query.offset, query.limit) = limit
                index += 2
            } else {
                return syntaxError(request)
            }
        }
        answer(request, query)
    }

    private mutating func answer(_ request: Request, _ query: RangeQuery) {
        guard let found = find(request.key, .sortedSet, request) else { return }
        guard let set = found.collection else { return reply.array(0) }
        withValues { values, reply in
            let ranks = query.ranks(of: set, values)
            reply.scored(ranks.count, withScores: query.withScores)
            values.forEachMember(of: set, ranks: ranks, reversed: query.reversed) {
                reply.scored($0, $1, withScores: query.withScores)
            }
        }
    }

    mutating func zrangestore(_ request: Request) {
        guard let query = parseRange(request, from: 3, stores: true) else { return }
        guard let found = find(key(request, 2), .sortedSet, request) else { return }
        let result = withValues { values, _ in
            let result = values.detached(.sortedSet)
            guard let set = found.collection else { return result }
            var members: [ScoredMember] = []
            let ranks = query.ranks(of: set, values)
            values.forEachMember(of: set, ranks: ranks) { member, score in
                members.append(
                    ScoredMember(member: member.withBytes { Array($0) }, score: score))
            }
            values.fill(sorted: result, members)
            return result
        }
        reply.integer(store(result, at: request.key))
    }

    /// ZCOUNT and ZLEXCOUNT.
    mutating func zcount(_ request: Request, by kind: RangeKind) {
        guard let query = parseBounds(request, from: 2, kind, reversed: false) else { return }
        guard let found = find(request.key, .sortedSet, request) else { return }
        guard let set = found.collection else { return reply.integer(0) }
        withValues { values, reply in reply.integer(query.ranks(of: set, values).count) }
    }

    /// ZREMRANGEBYRANK, ZREMRANGEBYSCORE and ZREMRANGEBYLEX.
    mutating func zremrange(_ request: Request, by kind: RangeKind) {
        guard let query = parseBounds(request, from: 2, kind, reversed: false) else { return }
        guard let found = find(request.key, .sortedSet, request) else { return }
        guard let set = found.collection else { return reply.integer(0) }
        let removed = withValues { values, _ in
            let ranks = query.ranks(of: set, values)
            values.removeMembers(of: set, ranks: ranks)
            return ranks.count
        }
        dropIfEmpty(request.key, set)
        reply.integer(removed)
        if removed > 0 { noteChange(of: request.key) }
    }
}

/// A member with its score, apart from any set.
struct ScoredMember {
    let member: [UInt8]
    var score: Double
}

extension Collections {
    /// Fills an empty sorted set, in the encoding that suits what comes.
    mutating func fill(sorted set: CollectionObject, _ members: [ScoredMember]) {
        let longest = members.reduce(0) { max($0, $1.member.count) }
        prepareSortedSet(set, members: members.count, longest: longest)
        for element in members {
            element.member.withUnsafeBytes { _ = update($0, in: set) { _ in element.score } }
        }
    }
}
