// INFO: the sections and field names that clients and monitoring read.
import Glibc
import Keyspaces
import LinuxSystem
import Quantities
import RESP

extension Engine where K: ~Copyable {
    var usedMemory: Int {
        keyspace.memory.allocated + databases.memory.allocated + injection.memory.allocated
            + ServerStatistics.serverBytes
    }

    private static var defaultSections: [String] {
        [
            "server", "clients", "memory", "persistence", "stats", "replication", "cpu", "cluster",
            "keyspace",
        ]
    }

    mutating func info(_ request: Request) {
        var wanted: [String] = []
        for index in 1..<max(request.argumentCount, 1) {
            wanted.append(argument(request, index).string.lowercased())
        }
        if wanted.isEmpty || wanted.contains("default") { wanted += Self.defaultSections }
        if wanted.contains("all") || wanted.contains("everything") {
            wanted += Self.defaultSections + ["commandstats"]
        }
        var parts: [String] = []
        for name in Self.defaultSections + ["commandstats"] where wanted.contains(name) {
            parts.append(section(name))
        }
        reply.verbatim(parts.joined(separator: "\r\n"))
    }

    private mutating func section(_ name: String) -> String {
        let title = name == "cpu" ? "CPU" : name.prefix(1).uppercased() + name.dropFirst()
        let fields: [(String, String)] =
            switch name {
            case "server": serverFields()
            case "clients": clientFields()
            case "memory": memoryFields()
            case "persistence": persistenceFields()
            case "stats": statsFields()
            case "replication": replicationFields()
            case "cpu": cpuFields()
            case "cluster": [("cluster_enabled", configuration.keyspace.cluster ? "1" : "0")]
            case "keyspace": keyspaceFields()
            default: commandFields()
            }
        return "# \(title)\r\n" + fields.map { "\($0.0):\($0.1)\r\n" }.joined()
    }

    private func serverFields() -> [(String, String)] {
        let start = min(statistics.startedAtNanoseconds, nowNanoseconds)
        let uptime = Nanoseconds(nowNanoseconds - start).whole(.seconds)
        var fields = [
            ("redis_version", ServerIdentity.compatibleVersion),
            // Drivers of the one family ask for this name, those of the other for the one above.
            ("valkey_version", configuration.table.release.version),
            ("server_name", ServerIdentity.name),
            ("hashmark_version", configuration.version),
            ("redis_mode", configuration.mode), ("os", "Linux"), ("arch_bits", "64"),
            ("multiplexing_api", pollerName),
            ("process_id", "\(getpid())"), ("tcp_port", "\(configuration.port)"),
            ("uptime_in_seconds", "\(uptime)"), ("uptime_in_days", "\(uptime / 86_400)"),
            ("hz", "\(configuration.hz)"), ("configured_hz", "\(configuration.hz)"),
            ("io_threads_active", activeIOThreads > 0 ? "1" : "0"),
        ]
        for (name, value) in configuration.settings { fields.append(("hashmark_\(name)", value)) }
        return fields
    }

    private func clientFields() -> [(String, String)] {
        [
            ("connected_clients", "\(clients.count)"), ("cluster_connections", "0"),
            ("maxclients", "\(configuration.maxClients)"),
            ("blocked_clients", "0"), ("tracking_clients", "\(tracking.clients.count)"),
            ("pubsub_clients", "\(pubsubClients)"), ("watching_clients", "\(watchingClients)"),
        ]
    }

    private var pubsubClients: Int { sessions { $0.isSubscribed } }
    private var watchingClients: Int { sessions { !$0.watched.isEmpty } }

    /// Sessions of which `isMeant` holds.
    private func sessions(where isMeant: (ClientSession) -> Bool) -> Int {
        var count = 0
        clients.visit { connection in
            if let session = connection.pointee.session, isMeant(session) { count += 1 }
        }
        return count
    }

    private mutating func memoryFields() -> [(String, String)] {
        let memory = memoryOfAll
        let used = usedMemory
        statistics.peakBytes = max(statistics.peakBytes, used)
        let resident = ProcessAccounting.quickResidentBytes(getpid()) ?? 0
        var fields: [(String, String)] = [
            ("used_memory", "\(used)"), ("used_memory_human", human(used)),
            ("used_memory_rss", "\(resident)"), ("used_memory_rss_human", human(resident)),
            ("used_memory_peak", "\(statistics.peakBytes)"),
            ("used_memory_peak_human", human(statistics.peakBytes)),
            ("used_memory_overhead", "\(ServerStatistics.serverBytes)"),
            (
                "used_memory_startup",
                "\(ServerStatistics.serverBytes + statistics.emptyKeyspaceBytes)"
            ),
            ("used_memory_dataset", "\(memory.allocated)"),
            ("allocator_allocated", "\(memory.allocated)"),
            ("hashmark_requested_bytes", "\(memory.requested)"),
            ("hashmark_allocations", "\(memory.allocations)"),
            ("maxmemory", "\(configuration.maxMemory)"),
            ("maxmemory_human", human(configuration.maxMemory)),
            ("maxmemory_policy", configuration.keyspace.eviction.rawValue),
            ("mem_fragmentation_ratio", ratio(resident, used)),
            ("mem_allocator", "hashmark-slab-q\(configuration.keyspace.quantum.rawValue)"),
            ("lazyfree_pending_objects", "0"),
        ]
        // Beside used_memory and not in it: nobody but the table has counted them.
        if let bytes = keyspace.foreignBytes {
            fields.append(("hashmark_foreign_bytes", "\(bytes)"))
        }
        return fields
    }

    private func persistenceFields() -> [(String, String)] {
        [
            ("loading", "0"), ("rdb_bgsave_in_progress", "0"), ("aof_enabled", "0"),
            ("aof_rewrite_in_progress", "0"),
        ]
    }

    private func statsFields() -> [(String, String)] {
        [
            ("total_connections_received", "\(statistics.connections)"),
            ("total_commands_processed", "\(statistics.commands)"),
            ("instantaneous_ops_per_sec", "\(statistics.commandsPerSecond)"),
            ("total_net_input_bytes", "\(statistics.bytesRead)"),
            ("total_net_output_bytes", "\(statistics.bytesWritten)"),
            ("rejected_connections", "\(statistics.rejectedConnections)"),
            ("expired_keys", "\(expiredKeys)"),
            ("evicted_keys", "\(evictedKeys)"),
            ("keyspace_hits", "\(statistics.hits)"), ("keyspace_misses", "\(statistics.misses)"),
            ("total_error_replies", "\(statistics.errors)"),
            ("total_reads_processed", "\(statistics.reads)"),
            ("total_writes_processed", "\(statistics.writes)"),
            ("pubsub_channels", "\(channels.channels.count)"),
            ("pubsub_patterns", "\(channels.patterns.count)"),
            ("pubsubshard_channels", "\(channels.shards.count)"),
            ("tracking_total_keys", "\(tracking.keyCount)"),
            ("tracking_total_prefixes", "\(tracking.prefixCount)"),
        ]
    }

    private var expiredKeys: Int {
        total { $0.expiredCount } - statistics.expiredBefore + statistics.expiredByCommand
    }

    private var evictedKeys: Int { total { $0.evictedCount } - statistics.evictedBefore }

    private func replicationFields() -> [(String, String)] {
        [("role", "master"), ("connected_slaves", "0"), ("master_repl_offset", "0")]
    }

    private func cpuFields() -> [(String, String)] {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return [
            ("used_cpu_sys", seconds(usage.ru_stime)), ("used_cpu_user", seconds(usage.ru_utime)),
        ]
    }

    private func keyspaceFields() -> [(String, String)] {
        var rows: [(number: Int, keys: Int, expires: Int)] = []
        rows.append((databases.active, keyspace.count, keyspace.expiringCount))
        for (number, other) in databases.others {
            rows.append((number, other.pointee.count, other.pointee.expiringCount))
        }
        rows = rows.filter { $0.keys > 0 }
        rows.sort { $0.number < $1.number }
        return rows.map {
            ("db\($0.number)", "keys=\($0.keys),expires=\($0.expires),avg_ttl=0")
        }
    }

    private func commandFields() -> [(String, String)] {
        var fields: [(String, String)] = []
        for (index, command) in Command.all.enumerated() {
            let row = commands.rows[index]
            guard row.calls + row.rejected > 0 else { continue }
            // Times are taken of a sample of the calls: the mean stands for all.
            let meanNanoseconds = row.timedCalls > 0 ? row.timedNanoseconds / row.timedCalls : 0
            let total = meanNanoseconds.multipliedFullWidth(by: row.calls)
            let totalMicroseconds =
                total.high < 1_000 ? UInt64(1_000).dividingFullWidth(total).quotient : UInt64.max
            let each = ratio(Int(clamping: totalMicroseconds), Int(clamping: max(row.calls, 1)))
            fields.append(
                (
                    "cmdstat_\(command.name)",
                    "calls=\(row.calls),usec=\(totalMicroseconds),usec_per_call=\(each)"
                        + ",rejected_calls=\(row.rejected),failed_calls=\(row.failed)"
                ))
        }
        return fields
    }

    private func seconds(_ time: timeval) -> String {
        let micros = String(time.tv_usec)
        return "\(time.tv_sec)." + String(repeating: "0", count: 6 - micros.count) + micros
    }

    /// Two decimals.
    private func ratio(_ value: Int, _ base: Int) -> String {
        guard base > 0 else { return "0.00" }
        let product = value.multipliedFullWidth(by: 100)
        guard product.high < base / 2 else { return "\(value / base).00" }
        let hundredths = base.dividingFullWidth(product).quotient
        return "\(hundredths / 100).\(hundredths % 100 / 10)\(hundredths % 10)"
    }

    private func human(_ bytes: Int) -> String {
        for (unit, shift) in [("G", 30), ("M", 20), ("K", 10)] where bytes >= 1 << shift {
            return ratio(bytes, 1 << shift) + unit
        }
        return "\(bytes)B"
    }
}
