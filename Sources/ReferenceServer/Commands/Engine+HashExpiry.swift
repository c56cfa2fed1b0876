// The commands about fields of hashes that end, of 9.0 and later: HEXPIRE … HPERSIST, HGETEX and
// HSETEX. A field for which a time is over is removed at once; with the last one the hash goes.
//
// Replies and texts follow Valkey 9.1, t_hash.c.
import Keyspaces
import RESP

/// Under what condition a field gets a time.
private enum FieldCondition {
    case none, ifNone, ifSome, ifLater, ifEarlier

    func holds(_ old: Collections.FieldTime, _ time: Int64) -> Bool {
        switch (self, old) {
        case (.none, _): true
        case (.ifNone, .at): false
        case (.ifNone, _): true
        case (.ifSome, .at): true
        case (.ifSome, _): false
        case (.ifLater, .at(let old)): time > old
        // No time counts as one without end.
        case (.ifLater, _): false
        case (.ifEarlier, .at(let old)): time < old
        case (.ifEarlier, _): true
        }
    }
}

/// What HGETEX and HSETEX do with the times of fields.
private struct FieldOptions {
    enum Existence { case any, noneThere, allThere }

    var existence = Existence.any
    var time: Int64?
    var keeps = false
    var persists = false
    /// Whether a time was given in any form.
    var isTimed: Bool { time != nil || keeps || persists }
}

extension Engine where K: ~Copyable {
    /// The fields of `FIELDS numfields field …` from the word at `index` on; nil after an error
    /// reply.
    private mutating func parseFields(
        _ request: Request, _ index: Int, each: Int = 1
    ) -> UnsafeBufferPointer<Argument>? {
        guard index + 1 < request.argumentCount, argument(request, index).isWord("fields") else {
            fail(request, "ERR Mandatory keyword FIELDS is missing or not at the right position")
            return nil
        }
        guard let number = argument(request, index + 1).integer, number > 0 else {
            fail(request, "ERR Number of fields must be a positive integer")
            return nil
        }
        let words = words(request, from: index + 2)
        guard number <= Int64(words.count), Int(number) * each == words.count else {
            fail(
                request,
                "ERR The `numfields` parameter must match the number of arguments")
            return nil
        }
        return words
    }

    // MARK: HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT

    mutating func hexpire(
        _ request: Request, _ name: String, unitMilliseconds: Int64, isAbsolute: Bool
    ) {
        guard let value = argument(request, 2).integer else { return notAnInteger(request) }
        guard value >= 0, let time = unixTime(value, unitMilliseconds, isAbsolute: isAbsolute)
        else { return fail(request, "ERR invalid expire time in '\(name)' command") }
        var condition = FieldCondition.none
        var index = 3
        if let word = conditionWord(argument(request, 3)) {
            condition = word
            index = 4
        }
        guard let fields = parseFields(request, index) else { return }
        guard let found = find(request.key, .hash, request) else { return }
        reply.array(fields.count)
        guard let hash = found.collection else {
            for _ in fields { reply.integer(-2) }
            return
        }
        let now = keyspace.now
        let isChanged = withValues { values, reply in
            var isChanged = false
            for field in fields {
                let old = values.time(of: field.bytes, in: hash)
                if old == .missing {
                    reply.integer(-2)
                } else if !condition.holds(old, time) {
                    reply.integer(0)
                } else if time <= now {
                    _ = values.remove(field.bytes, from: hash)
                    isChanged = true
                    reply.integer(2)
                } else {
                    values.setTime(of: field.bytes, in: hash, to: time)
                    isChanged = true
                    reply.integer(1)
                }
            }
            return isChanged
        }
        if isChanged {
            dropIfEmpty(request.key, hash)
            noteChange(of: request.key)
        }
    }

    private func conditionWord(_ word: Argument) -> FieldCondition? {
        if word.isWord("nx") { return .ifNone }
        if word.isWord("xx") { return .ifSome }
        if word.isWord("gt") { return .ifLater }
        return word.isWord("lt") ? .ifEarlier : nil
    }

    // MARK: HTTL, HPTTL, HEXPIRETIME, HPEXPIRETIME, HPERSIST

    mutating func httl(_ request: Request, unitMilliseconds: Int64, isAbsolute: Bool) {
        guard let fields = parseFields(request, 2) else { return }
        guard let found = find(request.key, .hash, request) else { return }
        reply.array(fields.count)
        guard let hash = found.collection else {
            for _ in fields { reply.integer(-2) }
            return
        }
        let start = isAbsolute ? 0 : keyspace.now
        withValues { values, reply in
            for field in fields {
                switch values.time(of: field.bytes, in: hash) {
                case .missing: reply.integer(-2)
                case .never: reply.integer(-1)
                case .at(let time):
                    let (units, rest) = max(time - start, 0).quotientAndRemainder(
                        dividingBy: unitMilliseconds)
                    reply.integer(units + (rest * 2 >= unitMilliseconds ? 1 : 0))
                }
            }
        }
    }

    mutating func hpersist(_ request: Request) {
        guard let fields = parseFields(request, 2) else { return }
        guard let found = find(request.key, .hash, request) else { return }
        reply.array(fields.count)
        guard let hash = found.collection else {
            for _ in fields { reply.integer(-2) }
            return
        }
        let isChanged = withValues { values, reply in
            var isChanged = false
            for field in fields {
                switch values.time(of: field.bytes, in: hash) {
                case .missing: reply.integer(-2)
                case .never: reply.integer(-1)
                case .at:
                    values.setTime(of: field.bytes, in: hash, to: nil)
                    isChanged = true
                    reply.integer(1)
                }
            }
            return isChanged
        }
        if isChanged { noteChange(of: request.key) }
    }

    // MARK: HGETEX and HSETEX

    /// `[FNX | FXX] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL | PERSIST] FIELDS …`; where FIELDS
    /// is, too. nil after an error reply.
    private mutating func parseFieldOptions(
        _ request: Request, _ name: String, writes: Bool
    ) -> (options: FieldOptions, fields: Int)? {
        var options = FieldOptions()
        var index = 2
        while index < request.argumentCount, !argument(request, index).isWord("fields") {
            let word = argument(request, index)
            index += 1
            if word.isWord("fnx"), writes, options.existence == .any {
                options.existence = .noneThere
            } else if word.isWord("fxx"), writes, options.existence == .any {
                options.existence = .allThere
            } else if word.isWord("keepttl"), writes, !options.isTimed {
                options.keeps = true
            } else if word.isWord("persist"), !writes, !options.isTimed {
                options.persists = true
            } else if let unit = expiryUnit(word), !options.isTimed,
                index < request.argumentCount
            {
                guard
                    case .at(let time) = parseExpiry(
                        request, argument(request, index), unit, name)
                else { return nil }
                options.time = time
                index += 1
            } else {
                syntaxError(request)
                return nil
            }
        }
        return (options, index)
    }

    mutating func hgetex(_ request: Request) {
        guard
            let (options, index) = parseFieldOptions(request, "hgetex", writes: false),
            let fields = parseFields(request, index)
        else { return }
        guard let found = find(request.key, .hash, request) else { return }
        reply.array(fields.count)
        guard let hash = found.collection else {
            for _ in fields { reply.null() }
            return
        }
        let now = keyspace.now
        withValues { values, reply in
            for field in fields {
                guard let value = values.value(of: field.bytes, in: hash) else {
                    reply.null()
                    continue
                }
                reply.bulk(value)
                if let time = options.time {
                    if time <= now {
                        _ = values.remove(field.bytes, from: hash)
                    } else {
                        values.setTime(of: field.bytes, in: hash, to: time)
                    }
                } else if options.persists {
                    values.setTime(of: field.bytes, in: hash, to: nil)
                }
            }
        }
        if options.isTimed {
            dropIfEmpty(request.key, hash)
            noteChange(of: request.key)
        }
    }

    mutating func hsetex(_ request: Request) {
        guard let (options, index) = parseFieldOptions(request, "hsetex", writes: true),
            let words = parseFields(request, index, each: 2)
        else { return }
        guard let found = find(request.key, .hash, request) else { return }
        guard holds(options.existence, found.collection, words) else { return reply.integer(0) }
        guard let (hash, _) = findOrMake(request.key, .hash, request) else { return }
        let now = keyspace.now
        withValues { values, _ in
            var longest = 0
            for word in words { longest = max(longest, word.count) }
            values.prepareHash(hash, fields: words.count / 2, longest: longest)
            for index in stride(from: 0, to: words.count, by: 2) {
                let field = words[index].bytes
                values.set(
                    field, to: words[index + 1].bytes, in: hash, keepsExpiry: options.keeps)
                guard let time = options.time else { continue }
                if time <= now {
                    _ = values.remove(field, from: hash)
                } else {
                    values.setTime(of: field, in: hash, to: time)
                }
            }
        }
        dropIfEmpty(request.key, hash)
        reply.integer(1)
        noteChange(of: request.key)
    }

    /// FNX: none of the fields is there; FXX: all are.
    private mutating func holds(
        _ existence: FieldOptions.Existence, _ hash: CollectionObject?,
        _ words: UnsafeBufferPointer<Argument>
    ) -> Bool {
        guard existence != .any else { return true }
        guard let hash else { return existence == .noneThere }
        return withValues { values, _ in
            for index in stride(from: 0, to: words.count, by: 2) {
                let isThere = values.value(of: words[index].bytes, in: hash) != nil
                if isThere != (existence == .allThere) { return false }
            }
            return true
        }
    }
}
