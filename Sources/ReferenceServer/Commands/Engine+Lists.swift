// The commands of lists.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    /// LPUSH, RPUSH, and the forms that want a list to be there.
    mutating func push(_ request: Request, atFront: Bool, makes: Bool) {
        if !makes {
            guard let found = find(request.key, .list, request) else { return }
            if found.collection == nil { return reply.integer(0) }
        }
        guard let (list, _) = findOrMake(request.key, .list, request) else { return }
        let words = words(request, from: 2)
        withValues { values, reply in
            var bytes = 0
            for word in words { bytes += word.count }
            values.prepareList(list, adding: bytes, elements: words.count)
            for word in words { values.push(word.bytes, to: list, atFront: atFront) }
            reply.integer(values.length(of: list))
        }
        noteChange(of: request.key)
    }

    /// LPOP and RPOP.
    mutating func pop(_ request: Request, atFront: Bool) {
        guard request.argumentCount <= 3 else {
            return wrongArity(Command.all[request.row].name)
        }
        var count: Int?
        if request.argumentCount == 3 {
            guard let most = argument(request, 2).integer, most >= 0 else {
                return fail(request, "ERR value is out of range, must be positive")
            }
            count = Int(most)
        }
        guard let found = find(request.key, .list, request) else { return }
        guard let list = found.collection else {
            if count == nil { reply.null() } else { reply.nullArray() }
            return
        }
        if count == 0 { return reply.array(0) }
        pop(request.key, list, count ?? 1, atFront: atFront) { reply, taken in
            if count != nil { reply.array(taken) }
        }
    }

    /// Answers the first or last elements and takes them out.
    private mutating func pop(
        _ key: Key, _ list: CollectionObject, _ count: Int, atFront: Bool,
        _ head: (inout ReplyBuffer, Int) -> Void
    ) {
        withValues { values, reply in
            let length = values.length(of: list)
            let taken = min(count, length)
            head(&reply, taken)
            let range = atFront ? 0..<taken : (length - taken)..<length
            values.forEachElement(of: list, range, reversed: !atFront) { _, element in
                reply.bulk(element)
                return true
            }
            values.removeEnd(taken, of: list, atFront: atFront)
            values.compact(list: list)
        }
        dropIfEmpty(key, list)
        noteChange(of: key)
    }

    /// BLPOP and BRPOP.
    mutating func waitingPop(_ request: Request, atFront: Bool) {
        let keys = 1..<(request.argumentCount - 1)
        guard let end = parseTimeout(request, keys.upperBound) else { return }
        for position in keys {
            let key = key(request, position)
            guard let found = find(key, .list, request) else { return }
            guard let list = found.collection else { continue }
            return pop(key, list, 1, atFront: atFront) { reply, _ in
                reply.array(2)
                reply.bulk(key.bytes)
            }
        }
        if !beginWait(request, for: keys, .list, until: end) { reply.nullArray() }
    }

    /// `[B]LMPOP [timeout] numkeys key … LEFT | RIGHT [COUNT n]`
    mutating func lmpop(_ request: Request, waits: Bool) {
        guard
            let (keys, isLast, count) = parseManyPop(
                request, from: waits ? 2 : 1, first: "left", last: "right"),
            let end = waits ? parseTimeout(request, 1) : WaitEnd.never
        else { return }
        for position in keys {
            let key = keyspace.key(argument(request, position).bytes)
            guard let found = find(key, .list, request) else { return }
            guard let list = found.collection else { continue }
            return pop(key, list, count, atFront: !isLast) { reply, taken in
                reply.array(2)
                reply.bulk(key.bytes)
                reply.array(taken)
            }
        }
        let isWaiting = waits && beginWait(request, for: keys, .list, until: end)
        if !isWaiting { reply.nullArray() }
    }

    mutating func llen(_ request: Request) {
        guard let found = find(request.key, .list, request) else { return }
        replyLength(found)
    }

    // MARK: By index

    mutating func lindex(_ request: Request) {
        guard let found = find(request.key, .list, request) else { return }
        guard let list = found.collection else { return reply.null() }
        guard let index = argument(request, 2).integer else { return notAnInteger(request) }
        withValues { values, reply in
            if let element = values.element(Int(index), of: list) {
                reply.bulk(element)
            } else {
                reply.null()
            }
        }
    }

    mutating func lset(_ request: Request) {
        guard let found = find(request.key, .list, request) else { return }
        guard let list = found.collection else { return fail(request, "ERR no such key") }
        guard let index = argument(request, 2).integer else { return notAnInteger(request) }
        let value = argument(request, 3).bytes
        let isSet = withValues { values, _ in
            values.prepareList(list, adding: value.count)
            let isSet = values.setElement(Int(index), of: list, to: value)
            values.compact(list: list)
            return isSet
        }
        guard isSet else { return fail(request, "ERR index out of range") }
        reply.ok()
        noteChange(of: request.key)
    }

    private mutating func parseIndices(_ request: Request) -> IndexRange? {
        guard let start = argument(request, 2).integer, let stop = argument(request, 3).integer
        else {
            notAnInteger(request)
            return nil
        }
        return IndexRange(start: start, stop: stop)
    }

    mutating func lrange(_ request: Request) {
        guard let indices = parseIndices(request) else { return }
        guard let found = find(request.key, .list, request) else { return }
        guard let list = found.collection else { return reply.array(0) }
        withValues { values, reply in
            let places = indices.places(values.length(of: list))
            reply.array(places.count)
            values.forEachElement(of: list, places) { _, element in
                reply.bulk(element)
                return true
            }
        }
    }

    mutating func ltrim(_ request: Request) {
        guard let indices = parseIndices(request) else { return }
        guard let found = find(request.key, .list, request) else { return }
        guard let list = found.collection else { return reply.ok() }
        withValues { values, _ in
            let length = values.length(of: list)
            let places = indices.places(length)
            values.removeEnd(
                places.isEmpty ? length : length - places.upperBound, of: list, atFront: false)
            values.removeEnd(places.isEmpty ? 0 : places.lowerBound, of: list, atFront: true)
            if values.length(of: list) > 0 { values.compact(list: list) }
        }
        dropIfEmpty(request.key, list)
        reply.ok()
        noteChange(of: request.key)
    }

    // MARK: By value

    mutating func lrem(_ request: Request) {
        guard let count = argument(request, 2).integer else { return notAnInteger(request) }
        let limit = count == 0 ? Int.max : Int(clamping: count.magnitude)
        guard let found = find(request.key, .list, request) else { return }
        guard let list = found.collection else { return reply.integer(0) }
        let value = argument(request, 3).bytes
        let removed = withValues { values, _ in
            let removed = values.removeElements(
                equalTo: value, of: list, limit: limit, reversed: count < 0)
            if values.length(of: list) > 0 { values.compact(list: list) }
            return removed
        }
        dropIfEmpty(request.key, list)
        reply.integer(removed)
        if removed > 0 { noteChange(of: request.key) }
    }

    mutating func linsert(_ request: Request) {
        let word = argument(request, 2)
        let isAfter = word.isWord("after")
        guard isAfter || word.isWord("before") else { return syntaxError(request) }
        guard let found = find(request.key, .list, request) else { return }
        guard let list = found.collection else { return reply.integer(0) }
        let (pivot, value) = (argument(request, 3).bytes, argument(request, 4).bytes)
        let length = withValues { values, _ in
            values.prepareList(list, adding: value.count)
            let isInserted = values.insert(value, beside: pivot, in: list, isAfter: isAfter)
            return isInserted ? values.length(of: list) : -1
        }
        reply.integer(length)
        if length > 0 { noteChange(of: request.key) }
    }

    private struct PositionOptions {
        var rank: Int64 = 1
        /// nil: one, and no array.
        var count: Int64?
        /// 0: all are looked at.
        var looks: Int64 = 0
    }

    mutating func lpos(_ request: Request) {
        guard let options = parsePosition(request) else { return }
        guard let found = find(request.key, .list, request) else { return }
        guard let list = found.collection else {
            if options.count == nil { reply.null() } else { reply.array(0) }
            return
        }
        let value = argument(request, 2).bytes
        let places = withValues { values, _ -> [Int] in
            var places: [Int] = []
            var toSkip = options.rank.magnitude - 1
            var looked: Int64 = 0
            let wanted = options.count ?? 1
            let range = 0..<values.length(of: list)
            values.forEachElement(of: list, range, reversed: options.rank < 0) { index, element in
                looked += 1
                if element.withBytes({ $0.elementsEqual(value) }) {
                    if toSkip > 0 { toSkip -= 1 } else { places.append(index) }
                }
                if options.looks > 0, looked >= options.looks { return false }
                return wanted == 0 || Int64(places.count) < wanted
            }
            return places
        }
        guard options.count != nil else {
            if let place = places.first { reply.integer(place) } else { reply.null() }
            return
        }
        reply.array(places.count)
        for place in places { reply.integer(place) }
    }

    /// RANK, COUNT and MAXLEN; nil after an error reply.
    private mutating func parsePosition(_ request: Request) -> PositionOptions? {
        var options = PositionOptions()
        for index in stride(from: 3, to: request.argumentCount, by: 2) {
            let word = argument(request, index)
            guard index + 1 < request.argumentCount,
                word.isWord("rank") || word.isWord("count") || word.isWord("maxlen")
            else {
                syntaxError(request)
                return nil
            }
            guard let number = argument(request, index + 1).integer else {
                notAnInteger(request)
                return nil
            }
            if word.isWord("rank") {
                guard number != 0, number != .min else {
                    fail(
                        request,
                        number == 0
                            ? "ERR RANK can't be zero: use 1 to start from the first match, 2"
                                + " from the second ... or use negative to start from the end of"
                                + " the list"
                            : "ERR value is out of range")
                    return nil
                }
                options.rank = number
            } else if number < 0 {
                let name = word.isWord("count") ? "COUNT" : "MAXLEN"
                fail(request, "ERR \(name) can't be negative")
                return nil
            } else if word.isWord("count") {
                options.count = number
            } else {
                options.looks = number
            }
        }
        return options
    }

    // MARK: From one to another

    /// LMOVE, and RPOPLPUSH, whose ends are fixed; BLMOVE and BRPOPLPUSH, with a timeout behind.
    mutating func lmove(_ request: Request, hasEnds: Bool, waits: Bool) {
        var (fromFront, toFront) = (false, true)
        if hasEnds {
            guard let from = isFront(argument(request, 3)), let to = isFront(argument(request, 4))
            else { return syntaxError(request) }
            (fromFront, toFront) = (from, to)
        }
        guard let end = waits ? parseTimeout(request, request.argumentCount - 1) : WaitEnd.never,
            let source = find(request.key, .list, request)
        else { return }
        guard let list = source.collection else {
            let isWaiting = waits && beginWait(request, for: 1..<2, .list, until: end)
            if !isWaiting { reply.null() }
            return
        }
        let target = key(request, 2)
        switch keyspace.findCollection(target) {
        case .collection(let other) where other.type == .list: break
        case .missing: break
        case .collection, .string: return wrongType(request)
        }
        let element = withValues { values, _ in
            values.element(fromFront ? 0 : -1, of: list)?.withBytes { Array($0) } ?? []
        }
        withValues { values, _ in
            values.removeEnd(1, of: list, atFront: fromFront)
        }
        let isSame = argument(request, 1).bytes.elementsEqual(argument(request, 2).bytes)
        guard let (other, _) = findOrMake(target, .list, request) else { return }
        withValues { values, _ in
            values.prepareList(other, adding: element.count)
            element.withUnsafeBytes { values.push($0, to: other, atFront: toFront) }
            if values.length(of: list) > 0 { values.compact(list: list) }
        }
        if !isSame { dropIfEmpty(request.key, list) }
        reply.bulk(copy: element)
        noteChange(of: request.key)
        if !isSame { noteChange(of: target) }
    }

    private func isFront(_ word: Argument) -> Bool? {
        if word.isWord("left") { return true }
        return word.isWord("right") ? false : nil
    }
}
