// The commands of single sets; those that combine several are in Engine+SetAlgebra.swift.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    mutating func sadd(_ request: Request) {
        guard let (set, isNew) = findOrMake(request.key, .set, request) else { return }
        let words = words(request, from: 2)
        let added = withValues { values, _ in
            values.prepareSet(set, first: isNew ? words[0].bytes : nil, members: words.count)
            var added = 0
            for word in words where values.add(word.bytes, to: set) { added += 1 }
            return added
        }
        reply.integer(added)
        if added > 0 { noteChange(of: request.key) }
    }

    mutating func srem(_ request: Request) {
        guard let found = find(request.key, .set, request) else { return }
        guard let set = found.collection else { return reply.integer(0) }
        let words = words(request, from: 2)
        let removed = withValues { values, _ in
            var removed = 0
            for word in words {
                if values.remove(member: word.bytes, from: set) { removed += 1 }
                if values.length(of: set) == 0 { break }
            }
            return removed
        }
        dropIfEmpty(request.key, set)
        reply.integer(removed)
        if removed > 0 { noteChange(of: request.key) }
    }

    mutating func scard(_ request: Request) {
        guard let found = find(request.key, .set, request) else { return }
        replyLength(found)
    }

    /// SISMEMBER, and SMISMEMBER with its array.
    mutating func sismember(_ request: Request, isMany: Bool) {
        guard let found = find(request.key, .set, request) else { return }
        let words = words(request, from: 2)
        if isMany { reply.array(words.count) }
        guard let set = found.collection else {
            for _ in words { reply.integer(0) }
            return
        }
        withValues { values, reply in
            for word in words { reply.integer(values.contains(word.bytes, in: set) ? 1 : 0) }
        }
    }

    mutating func smembers(_ request: Request) {
        guard let found = find(request.key, .set, request) else { return }
        guard let set = found.collection else { return reply.set(0) }
        withValues { values, reply in
            reply.set(values.length(of: set))
            values.forEachMember(of: set) { reply.bulk($0) }
        }
    }

    mutating func smove(_ request: Request) {
        let target = key(request, 2)
        guard let source = find(request.key, .set, request) else { return }
        guard let set = source.collection else { return reply.integer(0) }
        guard let found = find(target, .set, request) else { return }
        let member = argument(request, 3).bytes
        guard withValues({ values, _ in values.contains(member, in: set) }) else {
            return reply.integer(0)
        }
        if argument(request, 1).bytes.elementsEqual(argument(request, 2).bytes) {
            return reply.integer(1)
        }
        withValues { values, _ in _ = values.remove(member: member, from: set) }
        dropIfEmpty(request.key, set)
        let isNew = found.collection == nil
        guard let (other, _) = findOrMake(target, .set, request) else { return }
        withValues { values, _ in
            values.prepareSet(other, first: isNew ? member : nil, members: 1)
            _ = values.add(member, to: other)
        }
        noteChange(of: request.key)
        noteChange(of: target)
        reply.integer(1)
    }

    // MARK: Some of them

    mutating func spop(_ request: Request) {
        guard request.argumentCount > 2 else { return popOne(request) }
        guard request.argumentCount == 3 else { return syntaxError(request) }
        guard let count = argument(request, 2).integer, count >= 0 else {
            return fail(request, "ERR value is out of range, must be positive")
        }
        guard let found = find(request.key, .set, request) else { return }
        guard let set = found.collection, count > 0 else { return reply.set(0) }
        let isAll = withValues { values, _ in count >= Int64(values.length(of: set)) }
        if isAll {
            withValues { values, reply in
                reply.set(values.length(of: set))
                values.forEachMember(of: set) { reply.bulk($0) }
            }
            _ = keyspace.remove(request.key)
        } else {
            withValues { values, reply in
                reply.set(Int(count))
                for _ in 0..<count { Self.pop(set, &values, &reply) }
            }
        }
        noteChange(of: request.key)
    }

    private mutating func popOne(_ request: Request) {
        guard let found = find(request.key, .set, request) else { return }
        guard let set = found.collection else { return reply.null() }
        withValues { values, reply in Self.pop(set, &values, &reply) }
        dropIfEmpty(request.key, set)
        noteChange(of: request.key)
    }

    private static func pop(
        _ set: CollectionObject, _ values: inout Collections, _ reply: inout ReplyBuffer
    ) {
        guard let member = values.randomMember(of: set) else { return reply.null() }
        reply.bulk(member)
        // The view is the set's own, and ends with the removal.
        let copy = member.withBytes { Array($0) }
        copy.withUnsafeBytes { _ = values.remove(member: $0, from: set) }
    }

    mutating func srandmember(_ request: Request) {
        guard request.argumentCount > 2 else {
            guard let found = find(request.key, .set, request) else { return }
            guard let set = found.collection else { return reply.null() }
            return withValues { values, reply in
                if let member = values.randomMember(of: set) {
                    reply.bulk(member)
                } else {
                    reply.null()
                }
            }
        }
        guard request.argumentCount == 3 else { return syntaxError(request) }
        guard let count = parseDraws(request, 2) else { return }
        guard let found = find(request.key, .set, request) else { return }
        guard let set = found.collection, count != 0 else { return reply.array(0) }
        guard hasMemory(forDraws: count, request) else { return }
        withValues { values, reply in
            guard count > 0 else {
                reply.array(-count)
                for _ in 0..<(-count) {
                    if let member = values.randomMember(of: set) { reply.bulk(member) }
                }
                return
            }
            let members = drawDistinct(
                count, of: values.length(of: set),
                all: { values.copiedMembers(of: set) },
                draw: { values.randomMember(of: set)?.withBytes { Array($0) } })
            reply.array(members.count)
            for member in members { reply.bulk(copy: member) }
        }
    }

    mutating func sscan(_ request: Request) {
        guard let cursor = parseCursor(request) else { return }
        guard let found = find(request.key, .set, request) else { return }
        guard let set = found.collection else { return replyScan(0, []) }
        guard let options = parseElementScan(request) else { return }
        var elements: [[UInt8]] = []
        let next = withValues { values, _ in
            scanElements(cursor, count: options.count) { cursor, met in
                values.scanMembers(set, cursor) { member in
                    met += 1
                    let name = member.withBytes { Array($0) }
                    if options.pattern.map({ GlobPattern.matches($0, name) }) ?? true {
                        elements.append(name)
                    }
                }
            }
        }
        replyScan(next, elements)
    }
}
