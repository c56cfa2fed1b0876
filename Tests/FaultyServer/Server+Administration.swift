// The commands that are not load: what launchers, fills and records ask a server.
import Glibc
import RESP

extension Server {
    static let version = "7.2.0"

    mutating func administrate(_ connection: Connection, _ words: borrowing ArgumentVector) {
        let name = words[0].string.uppercased()
        let second = words.count > 1 ? words[1].string.uppercased() : ""
        switch (name, second) {
        case ("PING", _) where words.count == 1: replies.simple("PONG")
        case ("PING", _) where words.count == 2, ("ECHO", _) where words.count == 2:
            replies.bulk(words[1].bytes)
        case ("DBSIZE", _): replies.integer(table.count)
        case ("FLUSHALL", _), ("FLUSHDB", _):
            table.removeAll()
            replies.ok()
        case ("INFO", _): replies.verbatim(information())
        case ("SELECT", "0"): replies.ok()
        case ("SELECT", _): replies.error("ERR DB index is out of range")
        case ("HELLO", _): hello(second)
        case ("CONFIG", "GET"): configuration(words)
        case ("CONFIG", "SET") where words.count == 4:
            if Self.settings[words[2].string.lowercased()] != nil {
                replies.ok()
            } else {
                replies.error("ERR Unknown option or number of arguments for CONFIG SET")
            }
        case ("CONFIG", "RESETSTAT"): replies.ok()
        case ("CLIENT", "ID"): replies.integer(Int(connection.descriptor))
        case ("CLIENT", "GETNAME"): replies.null()
        case ("CLIENT", _): replies.ok()
        case ("COMMAND", "COUNT"): replies.integer(Self.commands.count)
        case ("COMMAND", "INFO"): commandInformation(words)
        case ("COMMAND", _): replies.array(0)
        case ("DEBUG", "SLEEP") where words.count == 3:
            Work.sleep(nanoseconds: min(Double(words[2].string) ?? 0, 60) * 1e9)
            replies.ok()
        case ("DEBUG", _), ("RESET", _): replies.ok()
        case ("QUIT", _):
            replies.ok()
            connection.isClosing = true
        case ("SHUTDOWN", _): Glibc.exit(0)
        default:
            let known = Self.commands.contains(name)
            replies.error(
                known
                    ? "ERR wrong number of arguments for '\(name.lowercased())' command"
                    : "ERR unknown command '\(words[0].string)'")
        }
    }

    private mutating func hello(_ version: String) {
        guard version.isEmpty || version == "2" || version == "3" else {
            return replies.error("NOPROTO unsupported protocol version")
        }
        if let number = UInt8(version) { replies.version = number }
        replies.map(4)
        for (key, value) in [("server", "faulty-server"), ("version", Self.version)] {
            replies.bulk(key)
            replies.bulk(value)
        }
        replies.bulk("proto")
        replies.integer(Int(replies.version))
        replies.bulk("mode")
        replies.bulk("standalone")
    }

    private mutating func information() -> String {
        """
        # Server\r
        redis_version:\(Self.version)\r
        server_name:faulty-server\r
        redis_mode:standalone\r
        process_id:\(getpid())\r
        tcp_port:\(port)\r
        # Clients\r
        connected_clients:\(clients)\r
        # Memory\r
        used_memory:\(usedBytes)\r
        used_memory_peak:\(peakBytes)\r
        maxmemory:0\r
        mem_allocator:libc\r
        # Persistence\r
        loading:0\r
        rdb_bgsave_in_progress:0\r
        # Stats\r
        total_connections_received:\(statistics.connections)\r
        total_commands_processed:\(statistics.requests)\r
        expired_keys:\(statistics.expired)\r
        evicted_keys:0\r
        keyspace_hits:\(statistics.hits)\r
        keyspace_misses:\(statistics.misses)\r
        # Replication\r
        role:master\r
        # Keyspace\r
        db0:keys=\(table.count),expires=0,avg_ttl=0\r

        """
    }

    static let settings = [
        "maxmemory": "0", "maxmemory-policy": "noeviction", "save": "", "appendonly": "no",
        "databases": "1", "maxclients": "10000",
    ]

    private mutating func configuration(_ words: borrowing ArgumentVector) {
        var found: [(String, String)] = []
        for index in 2..<max(words.count, 2) {
            let name = words[index].string.lowercased()
            for (key, value) in Self.settings where name == "*" || name == key {
                found.append((key, value))
            }
        }
        replies.map(found.count)
        for (key, value) in found.sorted(by: <) {
            replies.bulk(key)
            replies.bulk(value)
        }
    }

    static let commands: Set<String> = [
        "GET", "SET", "DEL", "UNLINK", "EXISTS", "MGET", "MSET", "INCR", "DECR", "INCRBY", "STRLEN",
        "TYPE", "TTL", "PTTL", "EXPIRE", "PEXPIRE", "SCAN", "PING", "ECHO", "DBSIZE", "FLUSHALL",
        "FLUSHDB", "INFO", "SELECT", "HELLO", "CONFIG", "CLIENT", "COMMAND", "DEBUG", "RESET",
        "QUIT", "SHUTDOWN",
    ]

    private mutating func commandInformation(_ words: borrowing ArgumentVector) {
        replies.array(words.count - 2)
        for index in 2..<words.count {
            let name = words[index].string
            guard Self.commands.contains(name.uppercased()) else {
                replies.nullArray()
                continue
            }
            replies.array(2)
            replies.bulk(name.lowercased())
            replies.integer(-1)
        }
    }

    /// SCAN cursor [COUNT n], of everything.
    mutating func scan(_ words: borrowing ArgumentVector) {
        var limit = 10
        var index = 2
        while index < words.count {
            guard words[index].isWord("count"), index + 1 < words.count,
                let count = words[index + 1].integer, (1...1_000_000).contains(count)
            else { return replies.error("ERR syntax error") }
            limit = Int(count)
            index += 2
        }
        guard let cursor = words[1].integer else { return replies.error("ERR invalid cursor") }
        var keys: [Table.Entry] = []
        let next = table.scan(from: Int(cursor), limit: limit) { keys.append($0) }
        replies.array(2)
        replies.bulk("\(next)")
        replies.array(keys.count)
        for entry in keys { replies.bulk(entry.key) }
    }
}
