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

    @inline(__always)
    mutating func replyValue(_ value: ValueView) {
        switch value {
        case .bytes(let bytes): reply.bulk(bytes)
        case .integer(let integer): reply.bulk(decimal: integer)
        }
    }

    @inline(__always)
    mutating func get(_ request: Request) {
        guard let value = lookup(request.key) else { return reply.null() }
        if case .bytes(let bytes) = value, bytes.count >= Self.referredBytes, refersToValues {
            // The event loop sends it before anything else is executed.
            return reply.bulk(referring: bytes)
        }
        replyValue(value)
    }

    @inline(__always)
    mutating func set(_ request: Request) {
        if request.argumentCount > 3 { return setWithOptions(request) }
        keyspace.set(request.key, argument(request, 2).bytes, expiry: .never)
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
        var onlyIfAbsent = false
        var onlyIfPresent = false
        var returnsOld = false
        var expiry = Expiry.never
    }

    @inline(never)
    private mutating func setWithOptions(_ request: Request) {
        guard let options = parseSetOptions(request) else { return }
        let old = options.returnsOld ? lookup(request.key) : nil
        if options.returnsOld {
            // Written first: the value is gone after the next call.
            if let old { replyValue(old) } else { reply.null() }
        }
        if options.onlyIfAbsent || options.onlyIfPresent {
            let exists = options.returnsOld ? old != nil : keyspace.find(request.key) != nil
            if exists == options.onlyIfAbsent {
                if !options.returnsOld { reply.null() }
                return
            }
        }
        if case .at(let time) = options.expiry, time <= keyspace.now {
            _ = keyspace.remove(request.key)
        } else {
            keyspace.set(request.key, argument(request, 2).bytes, expiry: options.expiry)
        }
        if !options.returnsOld { reply.ok() }
    }

    /// NX | XX, GET, and one of KEEPTTL, EX, PX, EXAT, PXAT; nil after an error reply.
    private mutating func parseSetOptions(_ request: Request) -> SetOptions? {
        var options = SetOptions()
        var hasExpiry = false
        var index = 3
        while index < request.argumentCount {
            let word = argument(request, index)
            index += 1
            if word.isWord("nx"), !options.onlyIfPresent {
                options.onlyIfAbsent = true
            } else if word.isWord("xx"), !options.onlyIfAbsent {
                options.onlyIfPresent = true
            } else if word.isWord("get") {
                options.returnsOld = true
            } else if word.isWord("keepttl"), !hasExpiry {
                hasExpiry = true
                options.expiry = .keep
            } else if let unit = expiryUnit(word), !hasExpiry, index < request.argumentCount {
                hasExpiry = true
                let number = argument(request, index)
                index += 1
                guard let expiry = parseExpiry(request, number, unit, "set") else { return nil }
                options.expiry = expiry
            } else {
                syntaxError(request)
                return nil
            }
        }
        return options
    }

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
