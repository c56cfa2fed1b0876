// What the server answers. Errors are worded as real servers word them.
import Glibc
import RESP

extension Server {
    /// Executes one request; `words` has its name first.
    mutating func execute(_ connection: Connection, _ words: borrowing ArgumentVector) {
        let name = words[0]
        switch (name.count, words.count) {
        case (3, 2) where name.isWord("get"): return get(connection, words[1])
        case (3, 3...) where name.isWord("set"): return set(connection, words)
        default: break
        }
        switch (name.string.uppercased(), words.count) {
        case ("DEL", 2...), ("UNLINK", 2...):
            replies.integer(count(words) { $0.table.remove($1.bytes) })
        case ("EXISTS", 2...): replies.integer(count(words) { $0.live($1) != nil })
        case ("MGET", 2...):
            replies.array(words.count - 1)
            for index in 1..<words.count { get(connection, words[index]) }
        case ("MSET", 3...) where words.count % 2 == 1:
            for index in stride(from: 1, to: words.count, by: 2) {
                store(words[index], words[index + 1].bytes, deadline: 0)
            }
            replies.ok()
        case ("INCR", 2): increment(words[1], by: 1)
        case ("DECR", 2): increment(words[1], by: -1)
        case ("INCRBY", 3): increment(words[1], by: words[2].integer)
        case ("STRLEN", 2): replies.integer(live(words[1])?.valueCount ?? 0)
        case ("TYPE", 2): replies.simple(live(words[1]) == nil ? "none" : "string")
        case ("TTL", 2): remaining(words[1], 1_000)
        case ("PTTL", 2): remaining(words[1], 1)
        case ("EXPIRE", 3): expire(words[1], words[2], 1_000)
        case ("PEXPIRE", 3): expire(words[1], words[2], 1)
        case ("SCAN", 2...): scan(words)
        default: administrate(connection, words)
        }
    }

    private mutating func count(
        _ words: borrowing ArgumentVector, _ body: (inout Server, Argument) -> Bool
    ) -> Int {
        var count = 0
        for index in 1..<words.count where body(&self, words[index]) { count += 1 }
        return count
    }

    /// The entry of `key`, unless its time is over: then it goes.
    mutating func live(_ key: Argument) -> Table.Entry? {
        guard let entry = table.find(key.bytes) else { return nil }
        guard entry.deadline != 0, entry.deadline <= unixMilliseconds else { return entry }
        _ = table.remove(key.bytes)
        statistics.expired += 1
        return nil
    }

    // MARK: GET

    private mutating func get(_ connection: Connection, _ key: Argument) {
        statistics.gets &+= 1
        spend(.getTime)
        lose()
        if chase != nil { chase!.follow(Int(schedule[.misses])) }
        guard let entry = live(key) else {
            statistics.misses &+= 1
            return replies.null()
        }
        statistics.hits &+= 1
        let value = UnsafeRawBufferPointer(entry.value)
        if schedule.changesAnswers, answersWrongly(connection, key, value) { return }
        replies.bulk(value)
    }

    /// Answers as a fault wants it; false when none struck.
    private mutating func answersWrongly(
        _ connection: Connection, _ key: Argument, _ value: UnsafeRawBufferPointer
    ) -> Bool {
        if schedule.strikes(.close) {
            connection.isClosing = true
        } else if schedule.strikes(.getError) {
            replies.error("ERR fault to order")
        } else if schedule.strikes(.missing) {
            replies.null()
        } else if schedule.strikes(.wrongType) {
            replies.integer(1)
        } else if schedule.strikes(.malformed) {
            replies.raw("?fault\r\n")
        } else if schedule.strikes(.otherKey) {
            let other = table.other(than: key.bytes, schedule.draw())
            replies.bulk(UnsafeRawBufferPointer(other!.value))
        } else if value.isEmpty {
            return false
        } else if schedule.strikes(.wrongByte) {
            oneByteChanged(value).withUnsafeBytes { replies.bulk($0) }
        } else if schedule.strikes(.wrongValue) {
            value.map { $0 ^ 0x15 }.withUnsafeBytes { replies.bulk($0) }
        } else if schedule.strikes(.wrongLength) {
            replies.bulk(UnsafeRawBufferPointer(rebasing: value.dropLast()))
        } else {
            return false
        }
        return true
    }

    private mutating func oneByteChanged(_ value: UnsafeRawBufferPointer) -> [UInt8] {
        var bytes = Array(value)
        if !bytes.isEmpty { bytes[Int(schedule.draw() % UInt64(bytes.count))] ^= 1 }
        return bytes
    }

    // MARK: SET

    private mutating func set(_ connection: Connection, _ words: borrowing ArgumentVector) {
        spend(.setTime)
        lose()
        guard let how = SetOptions(words, now: unixMilliseconds) else {
            return replies.error("ERR syntax error")
        }
        if schedule.changesAnswers {
            if schedule.strikes(.close) {
                connection.isClosing = true
                return
            }
            if schedule.strikes(.setError) { return replies.error("ERR fault to order") }
            if schedule.strikes(.dropSet) { return replies.ok() }
        }
        let old = live(words[1])
        if how.onlyIf == .exists && old == nil || how.onlyIf == .missing && old != nil {
            return replies.null()
        }
        store(
            words[1], words[2].bytes,
            deadline: how.keepsDeadline ? old?.deadline ?? 0 : how.deadline)
        replies.ok()
    }

    private mutating func store(_ key: Argument, _ value: UnsafeRawBufferPointer, deadline: Int64) {
        for _ in 1..<max(Int(schedule[.setTimes]), 1) {
            _ = table.remove(key.bytes)
            table.set(key.bytes, value, deadline: deadline)
        }
        if schedule.changesAnswers, schedule.strikes(.corruptSet) {
            _ = oneByteChanged(value).withUnsafeBytes {
                table.set(key.bytes, $0, deadline: deadline)
            }
        } else {
            table.set(key.bytes, value, deadline: deadline)
        }
    }

    private mutating func spend(_ fault: Fault) {
        let cost = schedule[fault]
        if cost > 0 { Work.burn(nanoseconds: cost) }
    }

    private mutating func lose() {
        let size = Int(schedule[.leak])
        guard size > 0, let block = malloc(size) else { return }
        memset(block, 1, size)
        statistics.leaked += Table.chunk(size)
    }

    // MARK: Numbers and times

    private mutating func increment(_ key: Argument, by step: Int64?) {
        let entry = live(key)
        let text = entry.map { UnsafeRawBufferPointer($0.value) }
        let old = text.map { Decimal.parse($0.baseAddress!, $0.count) } ?? 0
        guard let old, let step else {
            return replies.error("ERR value is not an integer or out of range")
        }
        let (new, overflow) = old.addingReportingOverflow(step)
        guard !overflow else {
            return replies.error("ERR increment or decrement would overflow")
        }
        let deadline = entry?.deadline ?? 0
        Array("\(new)".utf8).withUnsafeBytes { store(key, $0, deadline: deadline) }
        replies.integer(new)
    }

    private mutating func remaining(_ key: Argument, _ unit: Int64) {
        guard let entry = live(key) else { return replies.integer(-2) }
        let deadline = entry.deadline
        replies.integer(
            deadline == 0 ? -1 : (deadline - unixMilliseconds + unit / 2) / unit)
    }

    private mutating func expire(_ key: Argument, _ amount: Argument, _ unit: Int64) {
        guard let amount = amount.integer, abs(amount) < Int64(1) << 40 else {
            return replies.error("ERR value is not an integer or out of range")
        }
        guard let entry = live(key) else { return replies.integer(0) }
        entry.deadline = max(unixMilliseconds + amount * unit, 1)
        replies.integer(1)
    }
}

/// What follows a SET's value.
struct SetOptions {
    enum Condition { case exists, missing }
    var onlyIf: Condition?
    var keepsDeadline = false
    /// Unix milliseconds; 0: none.
    var deadline: Int64 = 0

    /// Nil for anything that SET does not know, GET among it.
    init?(_ words: borrowing ArgumentVector, now: Int64) {
        var index = 3
        while index < words.count {
            switch words[index].string.uppercased() {
            case "NX" where onlyIf == nil: onlyIf = .missing
            case "XX" where onlyIf == nil: onlyIf = .exists
            case "KEEPTTL": keepsDeadline = true
            case let unit where ["EX", "PX", "EXAT", "PXAT"].contains(unit):
                index += 1
                guard index < words.count, let amount = words[index].integer, amount > 0,
                    amount < Int64(1) << 50
                else { return nil }
                let milliseconds = unit.hasPrefix("EX") ? amount * 1_000 : amount
                deadline = unit.hasSuffix("AT") ? milliseconds : now + milliseconds
            default: return nil
            }
            index += 1
        }
    }
}
