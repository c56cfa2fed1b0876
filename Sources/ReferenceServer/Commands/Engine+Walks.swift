// Commands that walk the keyspace or move keys about.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    private func isLive(_ expiry: Expiry) -> Bool {
        if case .at(let time) = expiry { return keyspace.now <= time }
        return true
    }

    private mutating func reply(keys: [[UInt8]]) {
        reply.array(keys.count)
        for key in keys { key.withUnsafeBytes { reply.bulk($0) } }
    }

    mutating func keys(_ request: Request) {
        let pattern = Array(argument(request, 1).bytes)
        let matchesAll = pattern == [UInt8(ascii: "*")]
        var found: [[UInt8]] = []
        // A keyspace is no Sequence: its entries are only valid during the call.
        // swift-format-ignore: ReplaceForEachWithForLoop
        keyspace.forEach { key, _, expiry in
            guard isLive(expiry) else { return }
            let key = Array(key)
            if matchesAll || GlobPattern.matches(pattern, key) { found.append(key) }
        }
        reply(keys: found)
    }

    mutating func randomkey(_ request: Request) {
        if let key = keyspace.randomKey() { reply.bulk(key) } else { reply.null() }
    }

    private static var types: [String] {
        ["string", "list", "set", "zset", "hash", "stream", "bloomfltr"]
    }

    private struct ScanOptions {
        var count = 10
        var pattern: [UInt8]?
        /// Only keys whose value has this type.
        var type: String?
    }

    mutating func scan(_ request: Request) {
        let digits = argument(request, 1)
        guard digits.count <= Decimal.maxLength, let cursor = UInt64(digits.string) else {
            return fail(request, "ERR invalid cursor")
        }
        guard let options = parseScanOptions(request) else { return }
        var found: [[UInt8]] = []
        // One shard after the other: what is left of the division is the shard.
        let next = keyspace.scan(cursor / UInt64(shard.count), count: options.count) { key, _, _ in
            let key = Array(key)
            if options.pattern.map({ GlobPattern.matches($0, key) }) ?? true { found.append(key) }
        }
        if let type = options.type {
            found.removeAll { !hasType($0, type) }
        }
        reply.array(2)
        reply.bulk("\(shard.cursor(after: next))")
        reply(keys: found)
    }

    private func hasType(_ key: [UInt8], _ name: String) -> Bool {
        key.withUnsafeBytes { keyspace.type(of: keyspace.key($0)) }.map { "\($0.name)" } == name
    }

    private mutating func parseScanOptions(_ request: Request) -> ScanOptions? {
        var options = ScanOptions()
        for index in stride(from: 2, to: request.argumentCount, by: 2) {
            guard index + 1 < request.argumentCount else {
                syntaxError(request)
                return nil
            }
            let (word, value) = (argument(request, index), argument(request, index + 1))
            if word.isWord("match") {
                options.pattern = Array(value.bytes)
            } else if word.isWord("type") {
                let type = value.string.lowercased()
                guard !configuration.table.refusesUnknownTypes || Self.types.contains(type) else {
                    fail(request, "ERR unknown type name '\(value.string)'")
                    return nil
                }
                options.type = type
            } else if word.isWord("count") {
                guard let count = value.integer else {
                    notAnInteger(request)
                    return nil
                }
                guard count >= 1 else {
                    syntaxError(request)
                    return nil
                }
                options.count = Int(count)
            } else {
                syntaxError(request)
                return nil
            }
        }
        return options
    }

    // MARK: RENAME and COPY

    /// Value and expiry move; the entry is made anew.
    mutating func rename(_ request: Request, onlyIfFree: Bool) {
        guard let entry = savedEntry(request.key) else {
            return fail(request, "ERR no such key")
        }
        let target = key(request, 2)
        if onlyIfFree && isThere(target) { return reply.integer(0) }
        if !argument(request, 1).bytes.elementsEqual(argument(request, 2).bytes) {
            moveEntry(entry, from: request.key, to: target)
        }
        if onlyIfFree { reply.integer(1) } else { reply.ok() }
    }

    /// A collection changes its key without being copied.
    private mutating func moveEntry(_ entry: SavedEntry, from source: Key, to target: Key) {
        if let collection = keyspace.take(source) {
            keyspace.put(collection, at: target, expiry: entry.expiry)
            noteChange(of: target)
        } else {
            _ = store(entry, as: target, inDatabase: databases.active, replaces: true)
            _ = keyspace.remove(source)
        }
        noteChange(of: source)
    }

    private struct CopyOptions {
        var replaces = false
        var database: Int
    }

    mutating func copy(_ request: Request) {
        guard let options = parseCopyOptions(request) else { return }
        if options.database == databases.active
            && argument(request, 1).bytes.elementsEqual(argument(request, 2).bytes)
        {
            return fail(request, "ERR source and destination objects are the same")
        }
        let saved = savedEntry(request.key)
        count(saved != nil)
        guard let entry = saved else { return reply.integer(0) }
        let isCopied = store(
            entry, as: key(request, 2), inDatabase: options.database, replaces: options.replaces)
        reply.integer(isCopied ? 1 : 0)
    }

    /// nil after an error reply.
    private mutating func parseCopyOptions(_ request: Request) -> CopyOptions? {
        var options = CopyOptions(database: databases.active)
        var index = 3
        while index < request.argumentCount {
            let word = argument(request, index)
            if word.isWord("replace") {
                options.replaces = true
            } else if word.isWord("db"), index + 1 < request.argumentCount {
                index += 1
                guard let database = databaseNumber(request, index) else { return nil }
                // In cluster mode another complaint follows.
                let databases =
                    configuration.keyspace.cluster
                    ? ServerConfiguration.databaseCount : configuration.databases
                guard (0..<databases).contains(Int(database)) else {
                    fail(request, "ERR DB index is out of range")
                    return nil
                }
                options.database = Int(database)
            } else {
                syntaxError(request)
                return nil
            }
            index += 1
        }
        if configuration.keyspace.cluster && options.database != 0 {
            fail(request, "ERR Copying to another database is not allowed in cluster mode")
            return nil
        }
        return options
    }
}
