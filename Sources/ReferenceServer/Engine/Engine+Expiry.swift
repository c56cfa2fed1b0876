// Commands about keys' time to live.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    mutating func ttl(_ request: Request, unitMilliseconds: Int64) {
        replyTime(request, unitMilliseconds, since: keyspace.now)
    }

    /// The end as a Unix time.
    mutating func expiretime(_ request: Request, unitMilliseconds: Int64) {
        replyTime(request, unitMilliseconds, since: 0)
    }

    /// The end, counted from a Unix time in milliseconds and rounded to the nearest unit, as real
    /// servers do.
    private mutating func replyTime(
        _ request: Request, _ unitMilliseconds: Int64, since start: Int64
    ) {
        let expiry = keyspace.expiry(of: request.key)
        count(expiry != nil)
        switch expiry {
        case .none: reply.integer(-2)
        case .at(let time):
            let (units, rest) = max(time - start, 0).quotientAndRemainder(
                dividingBy: unitMilliseconds)
            reply.integer(units + (rest * 2 >= unitMilliseconds ? 1 : 0))
        case .never, .keep: reply.integer(-1)
        }
    }

    mutating func persist(_ request: Request) {
        guard case .at = keyspace.expiry(of: request.key) else { return reply.integer(0) }
        let isChanged = keyspace.setExpiry(of: request.key, .never)
        if isChanged { noteChange(of: request.key) }
        reply.integer(isChanged ? 1 : 0)
    }

    private struct ExpireConditions {
        var ifNone = false
        var ifSome = false
        var ifLater = false
        var ifEarlier = false
    }

    /// EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT with NX, XX, GT and LT.
    mutating func expire(
        _ request: Request, _ name: String, unitMilliseconds: Int64, isAbsolute: Bool
    ) {
        guard let conditions = parseConditions(request) else { return }
        guard let value = argument(request, 2).integer else { return notAnInteger(request) }
        guard let time = unixTime(value, unitMilliseconds, isAbsolute: isAbsolute) else {
            return fail(request, "ERR invalid expire time in '\(name)' command")
        }
        guard let current = keyspace.expiry(of: request.key) else { return reply.integer(0) }
        // No expiry counts as one without end.
        var end = Int64.max
        var hasExpiry = false
        if case .at(let known) = current {
            end = known
            hasExpiry = true
        }
        if (conditions.ifNone && hasExpiry) || (conditions.ifSome && !hasExpiry)
            || (conditions.ifLater && (!hasExpiry || time <= end))
            || (conditions.ifEarlier && hasExpiry && time >= end)
        {
            return reply.integer(0)
        }
        if time <= keyspace.now {
            removeExpired(request.key)
            noteChange(of: request.key)
            return reply.integer(1)
        }
        let isChanged = keyspace.setExpiry(of: request.key, .at(time))
        if isChanged { noteChange(of: request.key) }
        reply.integer(isChanged ? 1 : 0)
    }

    /// A command gave `key` a time that is over: from 8.1 on it counts among those that expired.
    mutating func removeExpired(_ key: Key) {
        if keyspace.remove(key), configuration.table.countsOverwrittenAsExpired {
            statistics.expiredByCommand &+= 1
        }
    }

    private mutating func parseConditions(_ request: Request) -> ExpireConditions? {
        var conditions = ExpireConditions()
        for index in 3..<max(request.argumentCount, 3) {
            let word = argument(request, index)
            if word.isWord("nx") {
                conditions.ifNone = true
            } else if word.isWord("xx") {
                conditions.ifSome = true
            } else if word.isWord("gt") {
                conditions.ifLater = true
            } else if word.isWord("lt") {
                conditions.ifEarlier = true
            } else {
                fail(request, "ERR Unsupported option \(word.string)")
                return nil
            }
        }
        let others = conditions.ifSome || conditions.ifLater || conditions.ifEarlier
        if conditions.ifNone && others {
            fail(
                request,
                "ERR NX and XX, GT or LT options at the same time are not compatible")
            return nil
        }
        if conditions.ifLater && conditions.ifEarlier {
            fail(request, "ERR GT and LT options at the same time are not compatible")
            return nil
        }
        return conditions
    }
}
