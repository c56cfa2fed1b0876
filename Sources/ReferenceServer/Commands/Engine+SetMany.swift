// MSETEX: several keys, one time to live, all or none.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    private struct ManyOptions {
        var ifAbsent = false
        var ifPresent = false
        var keepsExpiry = false
        var unit: (unitMilliseconds: Int64, isAbsolute: Bool)?
        var number: Argument?
    }

    /// `MSETEX numkeys key value [key value …] [NX | XX] [EX s | PX ms | EXAT s | PXAT ms |
    /// KEEPTTL]`
    mutating func msetex(_ request: Request) {
        guard let number = argument(request, 1).integer, number > 0, number <= Int32.max else {
            return fail(request, "ERR invalid numkeys value")
        }
        let pairs = Int(number)
        guard pairs <= (request.argumentCount - 2) / 2 else {
            return fail(request, "ERR wrong number of key-value pairs")
        }
        guard let options = parseManyOptions(request, from: 2 + 2 * pairs) else { return }
        var expiry: Expiry = options.keepsExpiry ? .keep : .never
        if let unit = options.unit, let time = options.number {
            guard let parsed = parseExpiry(request, time, unit, "msetex") else { return }
            expiry = parsed
        }
        let keys = (0..<pairs).map { keyspace.key(argument(request, 2 + 2 * $0).bytes) }
        if options.ifAbsent || options.ifPresent {
            for key in keys {
                if isThere(key) != options.ifPresent { return reply.integer(0) }
            }
        }
        for (index, key) in keys.enumerated() {
            if case .at(let time) = expiry, time <= keyspace.now {
                removeExpired(key)
            } else {
                keyspace.set(key, argument(request, 3 + 2 * index).bytes, expiry: expiry)
            }
            noteChange(of: key)
        }
        reply.integer(1)
    }

    /// nil after an error reply.
    private mutating func parseManyOptions(_ request: Request, from start: Int) -> ManyOptions? {
        var options = ManyOptions()
        var index = start
        while index < request.argumentCount {
            let word = argument(request, index)
            index += 1
            if word.isWord("nx"), !options.ifPresent {
                options.ifAbsent = true
            } else if word.isWord("xx"), !options.ifAbsent {
                options.ifPresent = true
            } else if word.isWord("keepttl"), options.unit == nil {
                options.keepsExpiry = true
            } else if let unit = expiryUnit(word), index < request.argumentCount,
                !options.keepsExpiry, options.unit.map({ $0 == unit }) ?? true
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
}
