// The string commands.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    /// The live value of the request's key, counted as a hit or a miss.
    @inline(__always)
    mutating func lookup(_ key: Key) -> ValueView? {
        let value = keyspace.find(key)
        if value != nil { statistics.hits &+= 1 } else { statistics.misses &+= 1 }
        return value
    }

    /// A hit or a miss of a command that does not read the value.
    mutating func count(_ isHit: Bool) {
        if isHit { statistics.hits &+= 1 } else { statistics.misses &+= 1 }
    }

    @inline(__always)
    mutating func replyValue(_ value: ValueView) {
        switch value {
        case .bytes(let bytes): reply.bulk(bytes)
        case .integer(let integer): reply.bulk(decimal: integer)
        }
    }

    @inline(__always)
    mutating func get(_ request: Request) {
        guard let value = lookup(request.key) else { return replyWithoutString(request) }
        if case .bytes(let bytes) = value, bytes.count >= Self.referredBytes, refersToValues {
            // The event loop sends it before anything else is executed.
            return reply.bulk(referring: bytes)
        }
        replyValue(value)
    }

    /// GET of a key that is not there, or that holds something else.
    @inline(never)
    private mutating func replyWithoutString(_ request: Request) {
        if keyspace.peekCollection(request.key) != nil { return wrongType(request) }
        reply.null()
    }

    /// SET without options.
    @inline(__always)
    mutating func set(_ key: Key, to value: Bytes) {
        keyspace.set(key, value, expiry: .never)
        reply.ok()
    }

    mutating func strlen(_ request: Request) {
        switch lookup(request.key) {
        case .none: reply.integer(0)
        case .bytes(let bytes): reply.integer(bytes.count)
        case .integer(let integer):
            reply.integer(
                Decimal.length(integer.magnitude) + (integer < 0 ? 1 : 0))
        }
    }

    private struct SetOptions {
        enum Condition { case always, ifAbsent, ifPresent, ifEqual }

        var condition = Condition.always
        /// What the value must be, under IFEQ.
        var comparison: Argument?
        var returnsOld = false
        var keepsExpiry = false
        var unit: (unitMilliseconds: Int64, isAbsolute: Bool)?
        var number: Argument?
    }

    @inline(never)
    mutating func setWithOptions(_ request: Request) {
        guard let options = parseSetOptions(request) else { return }
        var expiry: Expiry = options.keepsExpiry ? .keep : .never
        if let unit = options.unit, let number = options.number {
            guard let parsed = parseExpiry(request, number, unit, "set") else { return }
            expiry = parsed
        }
        let holdsCollection = keyspace.peekCollection(request.key) != nil
        if holdsCollection, options.returnsOld || options.condition == .ifEqual {
            return wrongType(request)
        }
        let old = options.returnsOld ? lookup(request.key) : nil
        if options.returnsOld {
            // Written first: the value is gone after the next call.
            if let old { replyValue(old) } else { reply.null() }
        }
        if options.condition != .always {
            let found = options.returnsOld ? old : keyspace.find(request.key)
            if !holds(options, found, isThere: found != nil || holdsCollection) {
                if !options.returnsOld { reply.null() }
                return
            }
        }
        if case .at(let time) = expiry, time <= keyspace.now {
            removeExpired(request.key)
        } else {
            keyspace.set(request.key, argument(request, 2).bytes, expiry: expiry)
        }
        noteChange(of: request.key)
        if !options.returnsOld { reply.ok() }
    }

    private func holds(
        _ options: SetOptions, _ found: ValueView?, isThere: Bool
    ) -> Bool {
        switch options.condition {
        case .always: true
        case .ifAbsent: !isThere
        case .ifPresent: isThere
        case .ifEqual: isEqual(found, options.comparison)
        }
    }

    private func isEqual(_ value: ValueView?, _ argument: Argument?) -> Bool {
        guard let value, let argument else { return false }
        return copied(value).elementsEqual(argument.bytes)
    }

    mutating func delifeq(_ request: Request) {
        guard isEqual(keyspace.find(request.key), argument(request, 2)) else {
            return reply.integer(0)
        }
        _ = keyspace.remove(request.key)
        noteChange(of: request.key)
        reply.integer(1)
    }

    /// NX | XX | IFEQ value, GET, and one of KEEPTTL, EX, PX, EXAT, PXAT; nil after an error reply.
    /// Real servers look at the options' form first and at the time afterwards; of times in one
    /// unit the last one counts.
    private mutating func parseSetOptions(_ request: Request) -> SetOptions? {
        var options = SetOptions()
        var index = 3
        while index < request.argumentCount {
            let word = argument(request, index)
            index += 1
            let hasNext = index < request.argumentCount
            if word.isWord("nx"), isFree(options.condition, for: .ifAbsent) {
                options.condition = .ifAbsent
            } else if word.isWord("xx"), isFree(options.condition, for: .ifPresent) {
                options.condition = .ifPresent
            } else if word.isWord("ifeq"), hasNext, configuration.table.comparesInSet,
                isFree(options.condition, for: .ifEqual)
            {
                options.condition = .ifEqual
                options.comparison = argument(request, index)
                index += 1
            } else if word.isWord("get") {
                options.returnsOld = true
            } else if word.isWord("keepttl"), options.unit == nil {
                options.keepsExpiry = true
            } else if let unit = expiryUnit(word), hasNext, !options.keepsExpiry,
                options.unit.map({ $0 == unit }) ?? true
            {
                options.unit = unit
                options.number = argument(request, index)
                index += 1
            } else {
                syntaxError(request)
                return nil
            }
        }
        return options
    }

    /// Whether `condition` may become `other`: none so far, or itself again, but for IFEQ, which
    /// brings a value with it.
    private func isFree(
        _ condition: SetOptions.Condition, for other: SetOptions.Condition
    ) -> Bool { condition == .always || (condition == other && other != .ifEqual) }

    /// What EX, PX, EXAT and PXAT count in, and from when.
    func expiryUnit(_ word: Argument) -> (unitMilliseconds: Int64, isAbsolute: Bool)? {
        if word.isWord("ex") { return (1_000, false) }
        if word.isWord("px") { return (1, false) }
        if word.isWord("exat") { return (1_000, true) }
        if word.isWord("pxat") { return (1, true) }
        return nil
    }

    mutating func parseExpiry(
        _ request: Request, _ number: Argument, _ unit: (unitMilliseconds: Int64, isAbsolute: Bool),
        _ command: String
    ) -> Expiry? {
        guard tableHas(.expiry, request) else { return nil }
        guard let value = number.integer else {
            notAnInteger(request)
            return nil
        }
        guard value > 0,
            let time = unixTime(value, unit.unitMilliseconds, isAbsolute: unit.isAbsolute)
        else {
            fail(request, "ERR invalid expire time in '\(command)' command")
            return nil
        }
        return .at(time)
    }

    /// `value` units, from now or from 1970, as Unix milliseconds; nil when that overflows.
    func unixTime(_ value: Int64, _ unitMilliseconds: Int64, isAbsolute: Bool) -> Int64? {
        let (product, overflow) = value.multipliedReportingOverflow(by: unitMilliseconds)
        if overflow { return nil }
        if isAbsolute { return product }
        let (sum, carry) = product.addingReportingOverflow(keyspace.now)
        return carry ? nil : sum
    }
}
