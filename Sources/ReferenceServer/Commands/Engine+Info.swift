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

    mutating func info(_ request: Request) { tell(.info(infoSections(request))) }

    /// The sections that the request asks for.
    func infoSections(_ request: Request) -> [String] {
        var wanted: [String] = []
        for index in 1..<max(request.argumentCount, 1) {
            wanted.append(argument(request, index).string.lowercased())
        }
        if wanted.isEmpty || wanted.contains("default") { wanted += Self.defaultSections }
        if wanted.contains("all") || wanted.contains("everything") {
            wanted += Self.defaultSections + ["commandstats"]
        }
        return (Self.defaultSections + ["commandstats"]).filter { wanted.contains($0) }
    }

    mutating func replyInfo(_ sections: [String], _ figures: ServerFigures) {
        statistics.peakBytes = max(statistics.peakBytes, usedMemory)
        reply.verbatim(sections.map { section($0, figures) }.joined(separator: "\r\n"))
    }

    private func section(_ name: String, _ figures: ServerFigures) -> String {
        let title = name == "cpu" ? "CPU" : name.prefix(1).uppercased() + name.dropFirst()
        let fields: [(String, String)] =
            switch name {
            case "server": serverFields(figures)
            case "clients": clientFields(figures)
            case "memory": memoryFields(figures)
            case "persistence": persistenceFields()
            case "stats": statsFields(figures)
            case "replication": replicationFields()
            case "cpu": cpuFields()
            case "cluster": [("cluster_enabled", configuration.keyspace.cluster ? "1" : "0")]
            case "keyspace": keyspaceFields(figures)
            default: commandFields(figures)
            }
        return "# \(title)\r\n" + fields.map { "\($0.0):\($0.1)\r\n" }.joined()
    }

    private func serverFields(_ figures: ServerFigures) -> [(String, String)] {
        let start = min(figures.statistics.startedAtNanoseconds, nowNanoseconds)
        let uptime = Nanoseconds(nowNanoseconds - start).whole(.seconds)
        let usesIOThreads = figures.activeIOThreads > 0 ? "1" : "0"
        var fields: [(String, String)] = [
            ("redis_version", ReferenceIdentity.compatibleVersion),
            // Drivers of the one family ask for this name, those of the other for the one above.
            ("valkey_version", configuration.table.release.version),
            ("server_name", ReferenceIdentity.name),
            ("hashmark_version", configuration.version),
            ("redis_mode", configuration.mode), ("os", "Linux"), ("arch_bits", "64"),
            ("multiplexing_api", pollerName),
            ("process_id", "\(getpid())"), ("tcp_port", "\(configuration.port)"),
            ("uptime_in_seconds", "\(uptime)"), ("uptime_in_days", "\(uptime / 86_400)"),
            ("hz", "\(configuration.hz)"), ("configured_hz", "\(configuration.hz)"),
            ("io_threads_active", usesIOThreads),
        ]
        for (name, value) in configuration.settings { fields.append(("hashmark_\(name)", value)) }
        return fields
    }

    private func clientFields(_ figures: ServerFigures) -> [(String, String)] {
        [
            ("connected_clients", "\(figures.clients)"), ("cluster_connections", "0"),
            ("maxclients", "\(configuration.maxClients)"),
            ("blocked_clients", "\(figures.blockedClients)"),
            ("tracking_clients", "\(figures.trackingClients)"),
            ("pubsub_clients", "\(figures.pubsubClients)"),
            ("watching_clients", "\(figures.watchingClients)"),
        ]
    }

    private func memoryFields(_ figures: ServerFigures) -> [(String, String)] {
        let memory = figures.memory
        let used = figures.usedMemory
        let peak = figures.statistics.peakBytes
        let resident = ProcessAccounting.quickResidentBytes(getpid()) ?? 0
        var fields: [(String, String)] = [
            ("used_memory", "\(used)"), ("used_memory_human", human(used)),
            ("used_memory_rss", "\(resident)"), ("used_memory_rss_human", human(resident)),
            ("used_memory_peak", "\(peak)"), ("used_memory_peak_human", human(peak)),
            ("used_memory_overhead", "\(ServerStatistics.serverBytes)"),
            (
                "used_memory_startup",
                "\(ServerStatistics.serverBytes + figures.statistics.emptyKeyspaceBytes)"
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
        if let bytes = figures.foreignBytes {
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

    private func statsFields(_ figures: ServerFigures) -> [(String, String)] {
        let statistics = figures.statistics
        return [
            ("total_connections_received", "\(statistics.connections)"),
            ("total_commands_processed", "\(statistics.commands)"),
            ("instantaneous_ops_per_sec", "\(statistics.commandsPerSecond)"),
            ("total_net_input_bytes", "\(statistics.bytesRead)"),
            ("total_net_output_bytes", "\(statistics.bytesWritten)"),
            ("rejected_connections", "\(statistics.rejectedConnections)"),
            ("expired_keys", "\(figures.expired)"),
            ("evicted_keys", "\(figures.evicted)"),
            ("keyspace_hits", "\(statistics.hits)"), ("keyspace_misses", "\(statistics.misses)"),
            ("total_error_replies", "\(statistics.errors)"),
            ("total_reads_processed", "\(statistics.reads)"),
            ("total_writes_processed", "\(statistics.writes)"),
            ("pubsub_channels", "\(figures.channels)"),
            ("pubsub_patterns", "\(figures.patterns)"),
            ("pubsubshard_channels", "\(figures.shardChannels)"),
            ("tracking_total_keys", "\(figures.trackedKeys)"),
            ("tracking_total_prefixes", "\(figures.trackedPrefixes)"),
        ]
    }

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

    private func keyspaceFields(_ figures: ServerFigures) -> [(String, String)] {
        figures.databases.filter { $0.value.keys > 0 }.sorted { $0.key < $1.key }.map {
            ("db\($0.key)", "keys=\($0.value.keys),expires=\($0.value.expires),avg_ttl=0")
        }
    }

    private func commandFields(_ figures: ServerFigures) -> [(String, String)] {
        var fields: [(String, String)] = []
        for (index, command) in Command.all.enumerated() {
            let row = figures.commands[index]
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
