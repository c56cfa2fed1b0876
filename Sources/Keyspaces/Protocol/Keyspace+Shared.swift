// What every table does alike: appending to a value that must move, scanning positions, and what an
// expiry that is written makes of the old one.

extension Keyspace where Self: ~Copyable {
    /// `append` for values that cannot take it where they are: the whole value is set anew.
    mutating func appendByCopy(_ key: Key, _ suffix: Bytes) -> Int {
        guard let old = find(key) else {
            set(key, suffix, expiry: .never)
            return suffix.count
        }
        var value: [UInt8]
        switch old {
        case .bytes(let bytes): value = Array(bytes)
        case .integer(let number): value = Array(String(number).utf8)
        }
        value.append(contentsOf: suffix)
        value.withUnsafeBytes { set(key, $0, expiry: .keep, form: .separate) }
        return value.count
    }

    /// `scan` for a table that visits its positions one by one: on until `count` entries were met,
    /// but over ten empty positions for each at most (db.c), so that a sparse table cannot hold up
    /// the server.
    func scan(
        _ cursor: UInt64, count: Int, visit: (UInt64, inout Int) -> UInt64
    ) -> UInt64 {
        var cursor = cursor
        var met = 0
        var positions = 0
        let most = max(count, 1).multipliedReportingOverflow(by: 10)
        let positionsMax = most.overflow ? Int.max : most.partialValue
        repeat {
            cursor = visit(cursor, &met)
            positions += 1
        } while cursor != 0 && met < count && positions < positionsMax
        return cursor
    }
}

extension Expiry {
    /// When an entry ends after a write that says so; Unix ms, nil: it does not.
    /// - Parameter old: when it ended before.
    @inline(__always)
    func time(keeping old: Int64?) -> Int64? {
        switch self {
        case .never: nil
        case .keep: old
        case .at(let time): time
        }
    }
}
