// The string commands that change or read values in parts, or several at a time.
import Keyspaces
import LinuxSystem
import RESP

extension Engine where K: ~Copyable {
    /// A copy of a value, for commands that write it back: a view ends with the next mutation.
    func copied(_ value: ValueView) -> [UInt8] {
        switch value {
        case .bytes(let bytes): Array(bytes)
        case .integer(let integer): Array("\(integer)".utf8)
        }
    }

    func length(_ value: ValueView?) -> Int {
        switch value {
        case .none: 0
        case .bytes(let bytes): bytes.count
        case .integer(let integer):
            Decimal.length(integer.magnitude) + (integer < 0 ? 1 : 0)
        }
    }

    mutating func tooLong(_ request: Request) {
        fail(request, "ERR string exceeds maximum allowed size (proto-max-bulk-len)")
    }

    /// From here on it is asked whether there is memory for what a few words asked for.
    private static var largeBytes: Int { 64 * 1024 * 1024 }

    /// Whether the machine has `copies` times as many bytes; few are not asked about.
    func hasMemory(_ bytes: Int, copies: Int) -> Bool {
        bytes < Self.largeBytes || bytes * copies < HostAccounting.availableBytes() ?? Int.max
    }

    mutating func outOfMemory(_ request: Request) {
        fail(request, "OOM command not allowed: this machine has no memory for its result.")
    }

    mutating func append(_ request: Request) {
        let suffix = argument(request, 2).bytes
        let total = length(keyspace.find(request.key)) + suffix.count
        guard total <= Int(RequestParser.maxBulk) else { return tooLong(request) }
        reply.integer(keyspace.append(request.key, suffix))
        noteChange(of: request.key)
    }

    mutating func getrange(_ request: Request) {
        guard var start = argument(request, 2).integer, var end = argument(request, 3).integer
        else { return notAnInteger(request) }
        guard holdsString(request.key, request) else { return }
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
        guard holdsString(request.key, request) else { return }
        let part = argument(request, 3).bytes
        let old = keyspace.find(request.key)
        if part.isEmpty { return reply.integer(length(old)) }
        let (end, overflow) = Int(offset).addingReportingOverflow(part.count)
        guard !overflow, end <= Int(RequestParser.maxBulk) else { return tooLong(request) }
        // The value is copied and written back: three of it are there for a moment.
        guard hasMemory(end - length(old), copies: 3) else { return outOfMemory(request) }
        var bytes = old.map { copied($0) } ?? []
        if bytes.count < end { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
        bytes.replaceSubrange(Int(offset)..<end, with: part)
        bytes.withUnsafeBytes { keyspace.set(request.key, $0, expiry: .keep, form: .separate) }
        noteChange(of: request.key)
        reply.integer(bytes.count)
    }

    mutating func getset(_ request: Request) {
        if let old = lookup(request.key) { replyValue(old) } else { reply.null() }
        keyspace.set(request.key, argument(request, 2).bytes, expiry: .never)
        noteChange(of: request.key)
    }

    mutating func getdel(_ request: Request) {
        guard let old = lookup(request.key) else { return reply.null() }
        replyValue(old)
        _ = keyspace.remove(request.key)
        noteChange(of: request.key)
    }

    /// Real servers look at the options' form first; then 9.1 at the time and after it at the key,
    /// its elders the other way round.
    mutating func getex(_ request: Request) {
        guard let options = parseGetexOptions(request) else { return }
        if !configuration.table.readsTimesFirst {
            guard holdsString(request.key, request) else { return }
            if keyspace.peek(request.key) == nil {
                statistics.misses &+= 1
                return reply.null()
            }
        }
        var expiry: Expiry = options.persists ? .never : .keep
        if let unit = options.unit, let number = options.number {
            guard let parsed = parseExpiry(request, number, unit, "getex") else { return }
            expiry = parsed
        }
        guard holdsString(request.key, request) else { return }
        guard let value = lookup(request.key) else { return reply.null() }
        replyValue(value)
        switch expiry {
        case .keep: break
        case .at(let time) where time <= keyspace.now:
            removeExpired(request.key)
            noteChange(of: request.key)
        case .never:
            if case .at = keyspace.expiry(of: request.key) {
                _ = keyspace.setExpiry(of: request.key, .never)
                noteChange(of: request.key)
            }
        case .at:
            _ = keyspace.setExpiry(of: request.key, expiry)
            noteChange(of: request.key)
        }
    }

    private struct GetexOptions {
        var persists = false
        var unit: (unitMilliseconds: Int64, isAbsolute: Bool)?
        var number: Argument?
    }

    /// PERSIST, or one of EX, PX, EXAT and PXAT, of which the last one counts; nil after an error
    /// reply.
    private mutating func parseGetexOptions(_ request: Request) -> GetexOptions? {
        var options = GetexOptions()
        var index = 2
        while index < request.argumentCount {
            let word = argument(request, index)
            index += 1
            if word.isWord("persist"), options.unit == nil {
                options.persists = true
            } else if let unit = expiryUnit(word), index < request.argumentCount,
                !options.persists, options.unit.map({ $0 == unit }) ?? true
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

    mutating func setnx(_ request: Request) {
        if isThere(request.key) { return reply.integer(0) }
        keyspace.set(request.key, argument(request, 2).bytes, expiry: .never)
        noteChange(of: request.key)
        reply.integer(1)
    }

    /// SETEX and PSETEX.
    mutating func setex(_ request: Request, _ name: String, unitMilliseconds: Int64) {
        let unit = (unitMilliseconds: unitMilliseconds, isAbsolute: false)
        guard let expiry = parseExpiry(request, argument(request, 2), unit, name) else { return }
        keyspace.set(request.key, argument(request, 3).bytes, expiry: expiry)
        noteChange(of: request.key)
        reply.ok()
    }

    // MARK: Several keys

    mutating func mget(_ request: Request) {
        let mark = reply.count
        var checked = mark
        reply.array(request.argumentCount - 1)
        for index in 1..<request.argumentCount {
            if let value = lookup(key(request, index)) { replyValue(value) } else { reply.null() }
            if reply.count - checked >= Self.largeBytes {
                // The buffer doubles: old and new are there for a moment.
                guard hasMemory(reply.count, copies: 3) else {
                    reply.truncate(to: mark)
                    return outOfMemory(request)
                }
                checked = reply.count
            }
        }
    }

    private mutating func setAll(_ request: Request) {
        for index in stride(from: 1, to: request.argumentCount, by: 2) {
            let key = key(request, index)
            keyspace.set(key, argument(request, index + 1).bytes, expiry: .never)
            noteChange(of: key)
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
        where isThere(key(request, index)) {
            return reply.integer(0)
        }
        setAll(request)
        reply.integer(1)
    }
}
