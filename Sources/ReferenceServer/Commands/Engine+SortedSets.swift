// The commands about single members of sorted sets: ZADD and what reads or removes them.
import Keyspaces
import RESP

private struct AddOptions {
    var onlyNew = false
    var onlyExisting = false
    var onlyGreater = false
    var onlyLess = false
    var countsChanges = false
    var increments = false

    /// What one word adds; false when it is none of the options.
    mutating func take(_ word: Argument) -> Bool {
        if word.isWord("nx") {
            onlyNew = true
        } else if word.isWord("xx") {
            onlyExisting = true
        } else if word.isWord("gt") {
            onlyGreater = true
        } else if word.isWord("lt") {
            onlyLess = true
        } else if word.isWord("ch") {
            countsChanges = true
        } else if word.isWord("incr") {
            increments = true
        } else {
            return false
        }
        return true
    }

    /// The score that a member is to have; nil: it stays as it is.
    func score(_ given: Double, _ old: Double?) -> Double? {
        guard let old else { return onlyExisting ? nil : given }
        if onlyNew { return nil }
        let score = increments ? old + given : given
        if score.isNaN { return score }
        if (onlyGreater && score <= old) || (onlyLess && score >= old) { return nil }
        return score
    }
}

extension Engine where K: ~Copyable {
    mutating func zadd(_ request: Request) {
        var options = AddOptions()
        var index = 2
        while index < request.argumentCount, options.take(argument(request, index)) { index += 1 }
        let words = words(request, from: index)
        guard words.count > 0, words.count % 2 == 0 else { return syntaxError(request) }
        if options.onlyNew && options.onlyExisting {
            return fail(
                request, "ERR XX and NX options at the same time are not compatible")
        }
        let both = options.onlyGreater && options.onlyLess
        if both || (options.onlyNew && (options.onlyGreater || options.onlyLess)) {
            return fail(
                request,
                "ERR GT, LT, and/or NX options at the same time are not compatible")
        }
        if options.increments && words.count > 2 {
            return fail(request, "ERR INCR option supports a single increment-element pair")
        }
        add(request, words, options)
    }

    mutating func zincrby(_ request: Request) {
        var options = AddOptions()
        options.increments = true
        add(request, words(request, from: 2), options)
    }

    private mutating func add(
        _ request: Request, _ words: UnsafeBufferPointer<Argument>, _ options: AddOptions
    ) {
        var scores: [Double] = []
        var longest = 0
        for index in stride(from: 0, to: words.count, by: 2) {
            guard let score = ScoreText.parse(words[index].bytes) else {
                return fail(request, "ERR value is not a valid float")
            }
            scores.append(score)
            longest = max(longest, words[index + 1].count)
        }
        if options.onlyExisting {
            guard let found = find(request.key, .sortedSet, request) else { return }
            guard found.collection != nil else {
                if options.increments { reply.null() } else { reply.integer(0) }
                return
            }
        }
        guard let (set, _) = findOrMake(request.key, .sortedSet, request) else { return }
        var (added, changed) = (0, 0)
        var result: Double?
        withValues { values, _ in
            values.prepareSortedSet(set, members: scores.count, longest: longest)
            for (index, score) in scores.enumerated() {
                var isNotANumber = false
                var isTaken = false
                let member = words[index * 2 + 1].bytes
                let (old, new) = values.update(member, in: set) { old in
                    guard let wanted = options.score(score, old) else { return nil }
                    isNotANumber = wanted.isNaN
                    isTaken = !isNotANumber
                    return isNotANumber ? nil : wanted
                }
                result = isNotANumber ? Double.nan : (isTaken ? new : nil)
                if isTaken, old == nil { added += 1 }
                if isTaken, let old, old != new { changed += 1 }
            }
        }
        if let result, result.isNaN {
            return fail(request, "ERR resulting score is not a number (NaN)")
        }
        if options.increments {
            if let result { reply.score(result) } else { reply.null() }
        } else {
            reply.integer(options.countsChanges ? added + changed : added)
        }
        if added + changed > 0 { noteChange(of: request.key) }
    }

    mutating func zrem(_ request: Request) {
        guard let found = find(request.key, .sortedSet, request) else { return }
        guard let set = found.collection else { return reply.integer(0) }
        let words = words(request, from: 2)
        let removed = withValues { values, _ in
            var removed = 0
            for word in words {
                if values.removeMember(word.bytes, from: set) { removed += 1 }
                if values.length(of: set) == 0 { break }
            }
            return removed
        }
        dropIfEmpty(request.key, set)
        reply.integer(removed)
        if removed > 0 { noteChange(of: request.key) }
    }

    mutating func zcard(_ request: Request) {
        guard let found = find(request.key, .sortedSet, request) else { return }
        replyLength(found)
    }

    mutating func zscore(_ request: Request) {
        guard let found = find(request.key, .sortedSet, request) else { return }
        guard let set = found.collection else { return reply.null() }
        let member = argument(request, 2).bytes
        withValues { values, reply in
            if let score = values.score(of: member, in: set) {
                reply.score(score)
            } else {
                reply.null()
            }
        }
    }

    mutating func zmscore(_ request: Request) {
        guard let found = find(request.key, .sortedSet, request) else { return }
        let words = words(request, from: 2)
        reply.array(words.count)
        guard let set = found.collection else {
            for _ in words { reply.null() }
            return
        }
        withValues { values, reply in
            for word in words {
                if let score = values.score(of: word.bytes, in: set) {
                    reply.score(score)
                } else {
                    reply.null()
                }
            }
        }
    }

    /// ZRANK and ZREVRANK.
    mutating func zrank(_ request: Request, reversed: Bool) {
        let withScore = request.argumentCount == 4
        if request.argumentCount > 4 || (withScore && !argument(request, 3).isWord("withscore")) {
            return syntaxError(request)
        }
        guard let found = find(request.key, .sortedSet, request) else { return }
        let member = argument(request, 2).bytes
        var place: (rank: Int, score: Double)?
        if let set = found.collection {
            place = withValues { values, _ in
                guard let (rank, score) = values.rank(of: member, in: set) else { return nil }
                return (reversed ? values.length(of: set) - 1 - rank : rank, score)
            }
        }
        guard let place else {
            if withScore { reply.nullArray() } else { reply.null() }
            return
        }
        if withScore { reply.array(2) }
        reply.integer(place.rank)
        if withScore { reply.score(place.score) }
    }

    // MARK: Taking out

    /// ZPOPMIN and ZPOPMAX.
    mutating func zpop(_ request: Request, reversed: Bool) {
        guard request.argumentCount <= 3 else { return syntaxError(request) }
        var count = 1
        let isCounted = request.argumentCount == 3
        if isCounted {
            guard let most = argument(request, 2).integer, most >= 0 else {
                return fail(request, "ERR value is out of range, must be positive")
            }
            count = Int(most)
        }
        guard let found = find(request.key, .sortedSet, request) else { return }
        guard let set = found.collection, count > 0 else { return reply.array(0) }
        pop(request.key, set, count, reversed: reversed) { reply, members in
            // One member without a count is a flat pair in RESP3, too.
            let isNested = isCounted && reply.version != 2
            reply.array(isNested ? members : members * 2)
            return isNested
        }
    }

    /// Answers the first or last members, with their scores, and takes them out.
    /// - Parameter head: writes what is before them, knowing how many they are; whether each is an
    ///   array of its own.
    private mutating func pop(
        _ key: Key, _ set: CollectionObject, _ count: Int, reversed: Bool,
        _ head: (inout ReplyBuffer, Int) -> Bool
    ) {
        withValues { values, reply in
            let length = values.length(of: set)
            let taken = min(count, length)
            let ranks = reversed ? (length - taken)..<length : 0..<taken
            let isNested = head(&reply, taken)
            values.forEachMember(of: set, ranks: ranks, reversed: reversed) { member, score in
                if isNested { reply.array(2) }
                reply.bulk(member)
                reply.score(score)
            }
            values.removeMembers(of: set, ranks: ranks)
        }
        dropIfEmpty(key, set)
        noteChange(of: key)
    }

    /// BZPOPMIN and BZPOPMAX.
    mutating func waitingZpop(_ request: Request, reversed: Bool) {
        let keys = 1..<(request.argumentCount - 1)
        guard let end = parseTimeout(request, keys.upperBound) else { return }
        for position in keys {
            let key = key(request, position)
            guard let found = find(key, .sortedSet, request) else { return }
            guard let set = found.collection else { continue }
            return pop(key, set, 1, reversed: reversed) { reply, _ in
                reply.array(3)
                reply.bulk(key.bytes)
                return false
            }
        }
        if !beginWait(request, for: keys, .sortedSet, until: end) { reply.nullArray() }
    }

    /// `[B]ZMPOP [timeout] numkeys key … MIN | MAX [COUNT n]`
    mutating func zmpop(_ request: Request, waits: Bool) {
        guard
            let (keys, isLast, count) = parseManyPop(
                request, from: waits ? 2 : 1, first: "min", last: "max"),
            let end = waits ? parseTimeout(request, 1) : WaitEnd.never
        else { return }
        for position in keys {
            let key = keyspace.key(argument(request, position).bytes)
            guard let found = find(key, .sortedSet, request) else { return }
            guard let set = found.collection else { continue }
            return pop(key, set, count, reversed: isLast) { reply, members in
                reply.array(2)
                reply.bulk(key.bytes)
                reply.array(members)
                return true
            }
        }
        let isWaiting = waits && beginWait(request, for: keys, .sortedSet, until: end)
        if !isWaiting { reply.nullArray() }
    }

    /// The keys, the end and the count of ZMPOP and LMPOP, the number of keys being at `index`; nil
    /// after an error reply.
    mutating func parseManyPop(
        _ request: Request, from index: Int, first: StaticString, last: StaticString
    ) -> (keys: Range<Int>, isLast: Bool, count: Int)? {
        guard let number = argument(request, index).integer, number > 0 else {
            fail(request, "ERR numkeys should be greater than 0")
            return nil
        }
        let start = index + 1
        guard number < Int64(request.argumentCount - start) else {
            syntaxError(request)
            return nil
        }
        let end = start + Int(number)
        let word = argument(request, end)
        guard word.isWord(first) || word.isWord(last) else {
            syntaxError(request)
            return nil
        }
        var count = 1
        switch request.argumentCount - end {
        case 1: break
        case 3 where argument(request, end + 1).isWord("count"):
            guard let most = argument(request, end + 2).integer, most > 0 else {
                fail(request, "ERR count should be greater than 0")
                return nil
            }
            count = Int(most)
        default:
            syntaxError(request)
            return nil
        }
        return (start..<end, word.isWord(last), count)
    }

    // MARK: Some of them

    mutating func zrandmember(_ request: Request) {
        guard request.argumentCount > 2 else {
            guard let found = find(request.key, .sortedSet, request) else { return }
            guard let set = found.collection else { return reply.null() }
            return withValues { values, reply in
                if let drawn = values.randomMember(ofSorted: set) {
                    reply.bulk(drawn.member)
                } else {
                    reply.null()
                }
            }
        }
        guard let (count, withScores) = parseDraws(request, 2, with: "withscores") else { return }
        guard let found = find(request.key, .sortedSet, request) else { return }
        guard let set = found.collection, count != 0 else { return reply.array(0) }
        guard hasMemory(forDraws: count, request) else { return }
        withValues { values, reply in
            reply.scored(
                count > 0 ? min(count, values.length(of: set)) : -count, withScores: withScores)
            guard count > 0 else {
                for _ in 0..<(-count) {
                    guard let drawn = values.randomMember(ofSorted: set) else { continue }
                    reply.scored(drawn.member, drawn.score, withScores: withScores)
                }
                return
            }
            let names = drawDistinct(
                count, of: values.length(of: set),
                all: { values.copiedSortedMembers(of: set) },
                draw: { values.randomMember(ofSorted: set)?.member.withBytes { Array($0) } })
            for name in names {
                name.withUnsafeBytes { bytes in
                    let score = values.score(of: bytes, in: set) ?? 0
                    reply.scored(.bytes(bytes), score, withScores: withScores)
                }
            }
        }
    }

    mutating func zscan(_ request: Request) {
        guard let cursor = parseCursor(request) else { return }
        guard let found = find(request.key, .sortedSet, request) else { return }
        guard let set = found.collection else { return replyScan(0, []) }
        guard let options = parseElementScan(request) else { return }
        var elements: [[UInt8]] = []
        let next = withValues { values, _ in
            scanElements(cursor, count: options.count) { cursor, met in
                values.scanScores(set, cursor) { member, score in
                    met += 1
                    let name = member.withBytes { Array($0) }
                    if options.pattern.map({ GlobPattern.matches($0, name) }) ?? true {
                        elements.append(name)
                        elements.append(Array(ScoreText.write(score).utf8))
                    }
                }
            }
        }
        replyScan(next, elements)
    }
}
