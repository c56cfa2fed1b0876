// What a reader looks for first. Terminals and pages order metrics by it; what has no rank explains
// the rest, and a terminal shows it on demand.

extension Metric {
    /// Place in reports, from 0; metrics of one place stay in the order of the record.
    public var rank: Int { Self.ranks[pattern] ?? Self.ranks.count }

    /// Whether it explains what other metrics tell: mechanisms, parts, the load generator's own
    /// costs.
    public var isDetail: Bool { Self.ranks[pattern] == nil }

    private static let ranks: [String: Int] = {
        var ranks: [String: Int] = [:]
        for (rank, metrics) in order.enumerated() {
            for metric in metrics { ranks[metric.pattern] = rank }
        }
        return ranks
    }()

    /// Work per core and per operation, then bytes, then misses: what a change of the code moves.
    /// The clock comes after it, for it also says what the machine did meanwhile.
    private static let order: [[Metric]] = [
        [throughputPerCore, tableCPURow],
        [serverCPU], [rungCPU], [rungAdds],
        [memoryPerEntry(.reported)], [memoryPerEntry(.sizeClass)], [memoryPerEntry(.rss)],
        [memoryPerElement(.reported)], [memoryPerKey(.reported)],
        [memoryPerOperation],
        [
            simulated(.llReadMisses), simulated(.d1ReadMisses), hardware("ll_read_misses"),
            hardware("l1d_read_misses"), tableSimulatedRow,
        ],
        [throughput],
        [latencyRow],
        [
            hitRatio, errorRatio, wrongValueRatio, lostWrites,
            replyDifference(command: "{command}"), stallMax,
        ],
    ]
}
