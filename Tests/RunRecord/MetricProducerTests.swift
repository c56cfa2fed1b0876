// No metric that nothing produces: each row's builder is used outside the table. Counters have a
// test of their own (Tests/Counters), for theirs are the counters' names.
import Foundation
import RunRecord
import Testing

private let sources = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Sources")

@Suite struct MetricProducerTests {
    /// How code names a row; `/` separates a family's name from its parameter.
    private static let builders: [String: String] = [
        "throughput_ops_per_s": ".throughput", "throughput_ops_per_core_s": ".throughputPerCore",
        "server_cpu_ns_per_op": ".serverCPU", "client_cpu_ns_per_op": ".clientCPU",
        "rung_cpu_ns_per_op": ".rungCPU", "rung_adds_ns_per_op": ".rungAdds",
        "latency_ns/{command}/{intended|actual}/{p}": ".latency(",
        "schedule_slip_ns/{p}": ".scheduleSlip(",
        "memory_bytes_per_entry/requested": ".memoryPerEntry(.requested)",
        "memory_bytes_per_entry/class": ".memoryPerEntry(.sizeClass)",
        "memory_bytes_per_entry/reported": ".memoryPerEntry(.reported)",
        "memory_bytes_per_entry/peak": ".memoryPerEntry(.peak)",
        "memory_bytes_per_entry/rss": ".memoryPerEntry(.rss)",
        "memory_bytes_per_entry/elsewhere": ".memoryElsewhere",
        "memory_bytes_per_element/requested": ".memoryPerElement(",
        "memory_bytes_per_element/class": ".memoryPerElement(",
        "memory_bytes_per_element/reported": ".memoryPerElement(",
        "memory_bytes_per_element/peak": ".memoryPerElement(",
        "memory_bytes_per_element/rss": ".memoryPerElement(",
        "memory_bytes_per_key/requested": ".memoryPerKey(",
        "memory_bytes_per_key/class": ".memoryPerKey(",
        "memory_bytes_per_key/reported": ".memoryPerKey(",
        "memory_bytes_per_key/peak": ".memoryPerKey(",
        "memory_bytes_per_key/rss": ".memoryPerKey(",
        "allocations_per_entry": ".allocationsPerEntry", "hit_ratio": ".hitRatio",
        "error_ratio": ".errorRatio", "wrong_value_ratio": ".wrongValueRatio",
        "reply_difference_ratio/{command}": ".replyDifference(",
        "traffic_bytes_per_op": ".trafficPerOperation",
        "tls_records_per_op": ".recordsPerOperation",
        "handshakes_per_s": ".handshakeRate", "handshakes_resumed_ratio": ".handshakesResumed",
        "redirects_per_op": ".redirects", "lost_writes": ".lostWrites",
        "requests_waiting": ".requestsWaiting",
        "stall_share": ".stallShare", "stall_ns_max": ".stallMax",
        "memory_bytes_per_op": ".memoryPerOperation",
        "numa_far_share": ".numaFarShare", "numa_pages_migrated": ".numaPagesMigrated",
        "growth_stall_ns_max": ".growthStallMax,", "load_factor": ".loadFactor",
        "probe_length": ".probeLength",
        "table_cpu_ns_per_op/{operation}": ".tableCPU(",
        "table_sim_{event}_per_op/{operation}": ".tableSimulated(",
        "growth_insert_ns/{p}": ".growthInsert(", "growth_stall_ns_max/{phase}": ".growthStallMax(",
        "growth_stall_ns_max_raw": ".growthStallMaxRaw",
        "growth_insert_ns_mean/{phase}": ".growthInsertMean(",
        "growth_inserts/{phase}": ".growthInserts(",
        "growth_stall_page_faults/{phase}": ".growthStallFaults(",
        "growth_page_faults_per_insert": ".growthPageFaults", "page_fault_ns": ".pageFaultTime",
        "clock_ns": ".clockTime", "table_entries": ".tableEntries",
        "chain_length_share/{length}": ".chainLengthShare(",
        "bucket_occupancy_share/{entries}": ".bucketOccupancyShare(",
    ]

    @Test func everyRowHasAProducer() throws {
        var code = ""
        for module in ["Experiments", "Ladders", "TableBench", "hashmark"] {
            let folder = sources.appending(path: module)
            let paths =
                FileManager.default.enumerator(atPath: folder.path)?
                .compactMap { $0 as? String } ?? []
            for path in paths where path.hasSuffix(".swift") {
                code += try String(contentsOf: folder.appending(path: path), encoding: .utf8)
            }
        }
        let rows = Metric.table.map(\.pattern).filter { id in
            !["hw_", "sw_", "sim_", "topdown_"].contains { id.hasPrefix($0) }
        }
        #expect(Set(rows) == Set(Self.builders.keys))
        for row in rows {
            let builder = try #require(Self.builders[row], "\(row)")
            #expect(code.contains(builder), "nothing produces \(row) (\(builder))")
        }
    }
}
