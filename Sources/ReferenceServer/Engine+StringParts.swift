// The string commands that change or read values in parts, or several at a time.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    /// A copy of a value, for commands that write it back: a view ends with the next mutation.
    func copied(_ value: ValueView) -> [UInt8] {
        switch value {
        case .bytes(let bytes): Array(bytes)
        case .integer(let integer): Array("\(integer)".utf8)
        }
    }

    private func length(_ value: ValueView?) -> Int {
        switch value {
        case .none: 0
        case .bytes(let bytes): bytes.count
        case .integer(let integer):
            Decimal.length(integer.magnitude) + (integer < 0 ? 1 : 0)
        }
    }

    private mutating func tooLong(_ request: Request) {
        fail(request, "ERR string exceeds maximum allowed size (proto-max-bulk-len)")
    }

    mutating func append(_ request: Request) {
        let suffix = argument(request, 2).bytes
        let total = length(keyspace.find(request.key)) + suffix.count
        guard total <= Int(RequestParser.maxBulk) else { return tooLong(request) }
        reply.integer(keyspace.append(request.key, suffix))
    }

    mutating func getrange(_ request: Request) {
        guard var start = argument(request, 2).integer, var end = argument(request, 3).integer
        else { return notAnInteger(request) }
        guard let value = lookup(request.key) else { return reply.bulk("" as StaticString) }
        let count = Int64(length(value))
        if start < 0 && end < 0 && start > end { return reply.bulk("" as StaticString) }
        if start < 0 { start = max(count &+ start, 0) }
        if end < 0 { end = end < -count ? 0 : count &+ end }
        end = min(end, count - 1)
        guard start <= end, count > 0 else { return reply.bulk("" as StaticString) }
        switch value {
        case .bytes(let bytes):
            reply.bulk(Bytes(rebasing: bytes[Int(start)...Int(end)]))
        case .integer:
            let digits = copied(value)
            digits.withUnsafeBytes { reply.bulk(Bytes(rebasing: $0[Int(start)...Int(end)])) }
        }
    }

    mutating func setrange(_ request: Request) {
        guard let offset = argument(request, 2).integer else { return notAnInteger(request) }
        guard offset >= 0 else { return fail(request, "ERR offset is out of range") }
        let part = argument(request, 3).bytes
        let old = keyspace.find(request.key)
        if part.isEmpty { return reply.integer(length(old)) }
        let (end, overflow) = Int(offset).addingReportingOverflow(part.count)
        guard !overflow, end <= Int(RequestParser.maxBulk) else { return tooLong(request) }
        var bytes = old.map { copied($0) } ?? []
        if bytes.count < end { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
        bytes.replaceSubrange(Int(offset)..<end, with: part)
        _ = bytes.withUnsafeBytes { keyspace.set(request.key, $0, expiry: .keep) }
        reply.integer(bytes.count)
    }

    mutating func getset(_ request: Request) {
        if let old = lookup(request.key) { replyValue(old) } else { reply.null() }
        keyspace.set(request.key, argument(request, 2).bytes, expiry: .never)
    }

    mutating func getdel(_ request: Request) {
        guard let old = lookup(request.key) else { return reply.null() }
        replyValue(old)
        _ = keyspace.remove(request.key)
    }

    /// Real servers look at the options' form first, then at the key, then at the time.
    mutating func getex(_ request: Request) {
        var persists = false
        var unit: (unitMilliseconds: Int64, isAbsolute: Bool)?
        if request.argumentCount > 2 {
            let word = argument(request, 2)
            persists = word.isWord("persist") && request.argumentCount == 3
            unit = request.argumentCount == 4 ? expiryUnit(word) : nil
            guard persists || unit != nil else { return syntaxError(request) }
        }
        guard let value = lookup(request.key) else { return reply.null() }
        var expiry: Expiry = persists ? .never : .keep
        if let unit {
            let number = argument(request, 3)
            guard let parsed = parseExpiry(request, number, unit, "getex") else { return }
            expiry = parsed
        }
        replyValue(value)
        switch expiry {
        case .keep: break
        case .at(let time) where time <= keyspace.now: _ = keyspace.remove(request.key)
        default: _ = keyspace.setExpiry(of: request.key, expiry)
        }
    }

    mutating func setnx(_ request: Request) {
        guard keyspace.find(request.key) == nil else { return reply.integer(0) }
        keyspace.set(request.key, argument(request, 2).bytes, expiry: .never)
        reply.integer(1)
    }

    /// SETEX and PSETEX.
    mutating func setex(_ request: Request, _ name: String, unitMilliseconds: Int64) {
        let unit = (unitMilliseconds: unitMilliseconds, isAbsolute: false)
        guard let expiry = parseExpiry(request, argument(request, 2), unit, name) else { return }
        keyspace.set(request.key, argument(request, 3).bytes, expiry: expiry)
        reply.ok()
    }

    // MARK: Several keys

    mutating func mget(_ request: Request) {
        reply.array(request.argumentCount - 1)
        for index in 1..<request.argumentCount {
            if let value = lookup(key(request, index)) { replyValue(value) } else { reply.null() }
        }
    }

    private mutating func setAll(_ request: Request) {
        for index in stride(from: 1, to: request.argumentCount, by: 2) {
            keyspace.set(
                key(request, index), argument(request, index + 1).bytes, expiry: .never)
        }
    }

    mutating func mset(_ request: Request) {
        guard request.argumentCount % 2 == 1 else { return wrongArity("mset") }
        setAll(request)
        reply.ok()
    }

    mutating func msetnx(_ request: Request) {
        guard request.argumentCount % 2 == 1 else { return wrongArity("msetnx") }
        for index in stride(from: 1, to: request.argumentCount, by: 2)
        where keyspace.find(key(request, index)) != nil {
            return reply.integer(0)
        }
        setAll(request)
        reply.integer(1)
    }
}
