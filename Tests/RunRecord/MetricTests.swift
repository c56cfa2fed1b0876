// The vocabulary of metrics: ids that are known, ids that are not, parameters.
import RunRecord
import Testing

@Suite struct MetricTests {
    @Test func idsOfTheDesignAreKnown() {
        let ids: [(String, Metric.Unit, Metric.Better, Metric.Kind)] = [
            ("throughput_ops_per_s", .operationsPerSecond, .higher, .wall),
            ("throughput_ops_per_core_s", .operationsPerCoreSecond, .higher, .cpu),
            ("server_cpu_ns_per_op", .nanosecondsPerOperation, .lower, .cpu),
            ("client_cpu_ns_per_op", .nanosecondsPerOperation, .lower, .cpu),
            ("latency_ns/GET/intended/p50", .nanoseconds, .lower, .wall),
            ("latency_ns/SET/actual/p99.9", .nanoseconds, .lower, .wall),
            ("memory_bytes_per_entry/requested", .bytesPerEntry, .lower, .exact),
            ("memory_bytes_per_entry/class", .bytesPerEntry, .lower, .exact),
            ("memory_bytes_per_entry/reported", .bytesPerEntry, .lower, .software),
            ("memory_bytes_per_entry/rss", .bytesPerEntry, .lower, .software),
            ("allocations_per_entry", .perEntry, .lower, .exact),
            ("sim_instructions_per_op", .perOperation, .lower, .simulated),
            ("sim_d1_read_misses_per_op", .perOperation, .lower, .simulated),
            ("sim_ll_read_misses_per_op", .perOperation, .lower, .simulated),
            ("sim_instructions_per_op_above_ping", .perOperation, .lower, .simulated),
            ("sim_d1_read_misses_per_op_above_ping", .perOperation, .lower, .simulated),
            ("sim_ll_read_misses_per_op_above_ping", .perOperation, .lower, .simulated),
            ("hw_instructions_per_op", .perOperation, .lower, .hardware),
            ("sw_context_switches_per_op", .perOperation, .lower, .software),
            ("hit_ratio", .ratio, .higher, .software),
            ("sw_task_clock_ns_per_op", .nanosecondsPerOperation, .lower, .software),
            ("hw_ll_read_misses_per_op", .perOperation, .lower, .hardware),
            ("growth_stall_ns_max", .nanoseconds, .lower, .wall),
            ("probe_length", .perEntry, .lower, .exact),
            ("growth_insert_ns/p99.99", .nanoseconds, .lower, .wall),
            ("table_cpu_ns_per_op/find", .nanosecondsPerOperation, .lower, .cpu),
        ]
        for (id, unit, better, kind) in ids {
            let metric = Metric.named(id)
            #expect(metric?.id == id, "\(id)")
            #expect(metric?.unit == unit && metric?.better == better, "\(id)")
            #expect(metric?.kind == kind && metric?.meaning.isEmpty == false, "\(id)")
        }
    }

    @Test func otherIdsAreNot() {
        for id in [
            "", "throughput", "latency_ns/GET/late/p50", "latency_ns/GET/actual", "hw__per_op/x",
            "latency_ns//actual/p50", "hw__per_op", "hw_llc_misses_per_op", "sw_syscalls_per_op",
            "memory_bytes_per_entry/rss/", "hit_ratio ",
        ] {
            #expect(Metric.named(id) == nil, "\(id)")
        }
    }

    @Test func buildersNameRows() {
        let latency = Metric.latency(command: "GET", timing: .actual, point: "p99")
        #expect(latency.id == "latency_ns/GET/actual/p99" && latency.title == "GET p99 (actual)")
        #expect(latency.pattern == "latency_ns/{command}/{intended|actual}/{p}")
        #expect(Metric.latency(command: "a/b", timing: .actual, point: "max").title.contains("a_b"))
        #expect(Metric.hardware("ll_read_misses").id == "hw_ll_read_misses_per_op")
        #expect(Metric.software("page_faults").kind == .software)
        for memory in Metric.Memory.allCases {
            #expect(Metric.memoryPerEntry(memory).unit == .bytesPerEntry)
        }
        for event in Metric.SimulatedEvent.allCases {
            #expect(Metric.simulated(event).kind == .simulated)
            #expect(Metric.simulated(event, abovePing: true).id.hasSuffix("_above_ping"))
        }
    }

    @Test func latenciesAreTakenApart() {
        let parts = Metric.latencyParts("latency_ns/get/intended/p99.9")
        #expect(parts?.command == "get" && parts?.timing == .intended && parts?.point == "p99.9")
        for id in ["latency_ns/get/late/p50", "latency_ns/get/actual", "schedule_slip_ns/p50", ""] {
            #expect(Metric.latencyParts(id) == nil, "\(id)")
        }
    }

    @Test func rowsCoverTheirIds() {
        #expect(Metric.tableCPURow.covers("table_cpu_ns_per_op/find"))
        #expect(Metric.chainLengthShare(0).covers("chain_length_share/8+"))
        #expect(!Metric.chainLengthShare(0).covers("bucket_occupancy_share/8"))
        #expect(Metric.isTableCost(Metric.tableSimulated("sim_instructions_per_op", "find").id))
        #expect(!Metric.isTableCost(Metric.tableEntries.id))
        let id = Metric.serverCounterID(ofTable: "table_sim_ll_read_misses_per_op/find")
        #expect(id == Metric.simulated(.llReadMisses).id)
        #expect(Metric.serverCounterID(ofTable: "table_cpu_ns_per_op/find") == nil)
    }

    @Test func topicsFollowTheRow() {
        #expect(Metric.throughputPerCore.topic == .perCore)
        #expect(Metric.tableCPU("find").topic == .perCore)
        #expect(Metric.memoryPerEntry(.peak).topic == .memory)
        #expect(Metric.hardware("ll_read_misses").topic == .misses)
        #expect(Metric.latency(command: "get", timing: .actual, point: "p50").topic == .latency)
        #expect(Metric.hitRatio.topic == .other)
        // For who takes a command apart.
        #expect(Metric.simulated(.llReadMisses, abovePing: true).topic == .other)
    }

    @Test func formulasNameMetrics() {
        let formulas = Metric.table.compactMap(\.formula)
        #expect(formulas.count > 3)
        for formula in formulas {
            let ids = formula.split(separator: " ").filter { $0.contains("_per_") }
            #expect(!ids.isEmpty, "\(formula)")
            for id in ids { #expect(Metric.named(String(id)) != nil, "\(formula)") }
        }
    }

    @Test func tableIsSound() {
        #expect(Set(Metric.table.map(\.pattern)).count == Metric.table.count)
        for row in Metric.table {
            #expect(!row.title.isEmpty && !row.meaning.contains("\n"), "\(row.pattern)")
            #expect(Metric.Kind.all.contains(row.kind), "\(row.pattern)")
            // What is a time has a unit of time.
            let isTime = row.pattern.contains("_ns")
            let unit = row.unit == .nanoseconds || row.unit == .nanosecondsPerOperation
            #expect(isTime == unit, "\(row.pattern)")
        }
    }
}
