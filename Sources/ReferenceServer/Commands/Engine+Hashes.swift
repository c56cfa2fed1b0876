// The commands of hashes, but for those about the ends of fields.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    /// HSET and HMSET.
    mutating func hset(_ request: Request, answersCount: Bool) {
        guard request.argumentCount % 2 == 0 else {
            return wrongArity(answersCount ? "hset" : "hmset")
        }
        guard let (hash, _) = findOrMake(request.key, .hash, request) else { return }
        let words = words(request, from: 2)
        let added = withValues { values, _ in
            var longest = 0
            for word in words { longest = max(longest, word.count) }
            values.prepareHash(hash, fields: words.count / 2, longest: longest)
            var added = 0
            for index in stride(from: 0, to: words.count, by: 2)
            where values.set(words[index].bytes, to: words[index + 1].bytes, in: hash) {
                added += 1
            }
            return added
        }
        if answersCount { reply.integer(added) } else { reply.ok() }
        noteChange(of: request.key)
    }

    mutating func hsetnx(_ request: Request) {
        guard let (hash, _) = findOrMake(request.key, .hash, request) else { return }
        let (field, value) = (argument(request, 2).bytes, argument(request, 3).bytes)
        let isNew = withValues { values, _ in
            guard values.value(of: field, in: hash) == nil else { return false }
            values.prepareHash(hash, fields: 1, longest: max(field.count, value.count))
            values.set(field, to: value, in: hash)
            return true
        }
        reply.integer(isNew ? 1 : 0)
        if isNew { noteChange(of: request.key) }
    }

    mutating func hget(_ request: Request) {
        guard let found = find(request.key, .hash, request) else { return }
        guard let hash = found.collection else { return reply.null() }
        let field = argument(request, 2).bytes
        withValues { values, reply in
            if let value = values.value(of: field, in: hash) {
                reply.bulk(value)
            } else {
                reply.null()
            }
        }
    }

    mutating func hmget(_ request: Request) {
        guard let found = find(request.key, .hash, request) else { return }
        let words = words(request, from: 2)
        reply.array(words.count)
        guard let hash = found.collection else {
            for _ in words { reply.null() }
            return
        }
        withValues { values, reply in
            for word in words {
                if let value = values.value(of: word.bytes, in: hash) {
                    reply.bulk(value)
                } else {
                    reply.null()
                }
            }
        }
    }

    /// HGETALL, HKEYS and HVALS.
    mutating func hgetall(_ request: Request, fields: Bool, values withValue: Bool) {
        guard let found = find(request.key, .hash, request) else { return }
        guard let hash = found.collection else {
            if fields && withValue { reply.map(0) } else { reply.array(0) }
            return
        }
        withValues { values, reply in
            let count = values.liveFields(of: hash)
            if fields && withValue { reply.map(count) } else { reply.array(count) }
            values.forEachField(of: hash) { field, value in
                if fields { reply.bulk(field) }
                if withValue { reply.bulk(value) }
            }
        }
    }

    mutating func hlen(_ request: Request) {
        guard let found = find(request.key, .hash, request) else { return }
        replyLength(found)
    }

    /// Of a collection; 0 without one.
    mutating func replyLength(_ found: FoundCollection) {
        guard let collection = found.collection else { return reply.integer(0) }
        withValues { values, reply in reply.integer(values.length(of: collection)) }
    }

    mutating func hexists(_ request: Request) {
        guard let found = find(request.key, .hash, request) else { return }
        guard let hash = found.collection else { return reply.integer(0) }
        let field = argument(request, 2).bytes
        withValues { values, reply in
            reply.integer(values.value(of: field, in: hash) == nil ? 0 : 1)
        }
    }

    mutating func hstrlen(_ request: Request) {
        guard let found = find(request.key, .hash, request) else { return }
        guard let hash = found.collection else { return reply.integer(0) }
        let field = argument(request, 2).bytes
        withValues { values, reply in
            reply.integer(values.value(of: field, in: hash)?.byteCount ?? 0)
        }
    }

    mutating func hdel(_ request: Request) {
        guard let found = find(request.key, .hash, request) else { return }
        guard let hash = found.collection else { return reply.integer(0) }
        let words = words(request, from: 2)
        let removed = withValues { values, _ in
            var removed = 0
            for word in words {
                if values.remove(word.bytes, from: hash) { removed += 1 }
                if values.length(of: hash) == 0 { break }
            }
            return removed
        }
        dropIfEmpty(request.key, hash)
        reply.integer(removed)
        if removed > 0 { noteChange(of: request.key) }
    }

    // MARK: Numbers

    mutating func hincrby(_ request: Request) {
        guard let step = argument(request, 3).integer else { return notAnInteger(request) }
        guard let (hash, isNew) = findOrMake(request.key, .hash, request) else { return }
        let field = argument(request, 2).bytes
        let outcome = withValues { values, _ -> IncrementOutcome in
            var old: Int64 = 0
            if let view = values.value(of: field, in: hash) {
                guard let number = view.integerValue else { return .notANumber }
                old = number
            }
            let (sum, overflow) = old.addingReportingOverflow(step)
            if overflow { return .overflow }
            values.prepareHash(hash, fields: 1, longest: field.count)
            ValueView.integer(sum).withBytes {
                _ = values.set(field, to: $0, in: hash, keepsExpiry: true)
            }
            return .sum(sum)
        }
        switch outcome {
        case .sum(let sum):
            reply.integer(sum)
            noteChange(of: request.key)
        case .notANumber: fail(request, "ERR hash value is not an integer")
        case .overflow: fail(request, "ERR increment or decrement would overflow")
        }
        if isNew { dropIfEmpty(request.key, hash) }
    }

    mutating func hincrbyfloat(_ request: Request) {
        guard let step = longFloat(argument(request, 3).bytes) else {
            return fail(request, "ERR value is not a valid float")
        }
        // Real servers take no infinity here, and name it as what it would make.
        guard step.isFinite else { return fail(request, "ERR value is NaN or Infinity") }
        guard let (hash, isNew) = findOrMake(request.key, .hash, request) else { return }
        let field = argument(request, 2).bytes
        let bytes = withValues { values, _ in
            values.value(of: field, in: hash)?.withBytes { Array($0) }
        }
        defer { if isNew { dropIfEmpty(request.key, hash) } }
        var old: LongFloat = 0
        if let bytes {
            guard let number = bytes.withUnsafeBytes({ longFloat($0) }) else {
                return fail(request, "ERR hash value is not a float")
            }
            old = number
        }
        let sum = old + step
        guard sum.isFinite else {
            return fail(request, "ERR increment would produce NaN or Infinity")
        }
        let text = Array(spelling(sum).utf8)
        withValues { values, _ in
            values.prepareHash(hash, fields: 1, longest: max(field.count, text.count))
            text.withUnsafeBytes {
                _ = values.set(field, to: $0, in: hash, keepsExpiry: true)
            }
        }
        reply.bulk(copy: text)
        noteChange(of: request.key)
    }

    // MARK: Some of them

    mutating func hrandfield(_ request: Request) {
        guard request.argumentCount > 2 else {
            guard let found = find(request.key, .hash, request) else { return }
            guard let hash = found.collection else { return reply.null() }
            return withValues { values, reply in
                if let drawn = values.randomField(of: hash) {
                    reply.bulk(drawn.field)
                } else {
                    reply.null()
                }
            }
        }
        guard let (count, withValue) = parseDraws(request, 2, with: "withvalues") else { return }
        guard let found = find(request.key, .hash, request) else { return }
        guard let hash = found.collection, count != 0 else { return reply.array(0) }
        guard hasMemory(forDraws: count, request) else { return }
        withValues { values, reply in
            let names = Self.drawFields(hash, count, &values)
            reply.scored(names.count, withScores: withValue)
            for name in names {
                if withValue && reply.version != 2 { reply.array(2) }
                reply.bulk(copy: name)
                guard withValue else { continue }
                let value = name.withUnsafeBytes { values.value(of: $0, in: hash) }
                if let value { reply.bulk(value) } else { reply.null() }
            }
        }
    }

    /// Different fields, or with a negative count any.
    private static func drawFields(
        _ hash: CollectionObject, _ count: Int, _ values: inout Collections
    ) -> [[UInt8]] {
        guard count < 0 else {
            return drawDistinct(
                count, of: values.liveFields(of: hash),
                all: { values.copiedFields(of: hash) },
                draw: { values.randomField(of: hash)?.field.withBytes { Array($0) } })
        }
        return (0..<(-count)).compactMap { _ in
            values.randomField(of: hash)?.field.withBytes { Array($0) }
        }
    }

    mutating func hscan(_ request: Request) {
        guard let cursor = parseCursor(request) else { return }
        guard let found = find(request.key, .hash, request) else { return }
        guard let hash = found.collection else { return replyScan(0, []) }
        guard let options = parseElementScan(request) else { return }
        var elements: [[UInt8]] = []
        let next = withValues { values, _ in
            scanElements(cursor, count: options.count) { cursor, met in
                values.scanFields(hash, cursor) { field, value in
                    met += 1
                    let name = field.withBytes { Array($0) }
                    guard options.pattern.map({ GlobPattern.matches($0, name) }) ?? true else {
                        return
                    }
                    elements.append(name)
                    if !options.omitsValues { elements.append(value.withBytes { Array($0) }) }
                }
            }
        }
        replyScan(next, elements)
    }
}

/// What came of adding to a number.
enum IncrementOutcome {
    case sum(Int64)
    case notANumber
    case overflow
}

extension ValueView {
    /// The integer that it spells.
    var integerValue: Int64? {
        switch self {
        case .integer(let integer): integer
        case .bytes(let bytes): Decimal.parse(bytes)
        }
    }
}
