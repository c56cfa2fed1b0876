// How the nodes of a cluster are read: what each of them did for a load, the busiest first.
//
//     GET: nodes
//     node             slots    ops/s   server CPU    p99   redirected   lost
//                                              ns/op    ms
//     127.0.0.1:7001   5,461   33,120        6,512   0.51            0      0
import Quantities
import RunRecord

struct NodeReading {
    private let shares: [RunRecord.NodeShare]
    private let tellsTarget: Bool

    init(_ record: RunRecord) {
        shares = record.nodeShares
        tellsTarget = shares.map(\.target).distinct().count > 1
    }

    /// A table for every load, one under the other where it was repeated; none of one server.
    var sections: [ReadingSection] {
        struct Place: Hashable {
            var target: String
            var workload: String
            var repetition: Int
        }
        func place(_ share: RunRecord.NodeShare) -> Place {
            Place(
                target: share.target, workload: share.workload, repetition: share.repetition)
        }
        return shares.map(place).distinct().map { key in
            let own = shares.filter { place($0) == key }
            var name = tellsTarget ? "\(key.target), \(key.workload)" : key.workload
            if key.repetition > 0 { name += ", repetition \(key.repetition + 1)" }
            return ReadingSection(heading: "\(name): nodes", table: table(own))
        }
    }

    private func table(_ shares: [RunRecord.NodeShare]) -> TextTable {
        let cpu = shares.compactMap(\.serverCPUNanosecondsPerOperation)
        let cpuScale = Scale(.nanosecondsPerOperation, values: cpu)
        let times = shares.compactMap(\.p99Nanoseconds)
        let timeScale = Scale(.nanoseconds, values: times)
        var table = TextTable([
            TextTable.Column(["node"], .left), TextTable.Column(["slots"]),
            TextTable.Column(["ops/s"]), TextTable.Column(["server CPU", cpuScale.unit]),
            TextTable.Column(["p99", timeScale.unit]), TextTable.Column(["redirected"]),
            TextTable.Column(["lost connections"]),
        ])
        for share in shares.sorted(by: { $0.operations > $1.operations }) {
            let name = share.isReplica ? "\(share.address) (replica)" : share.address
            let own = share.serverCPUNanosecondsPerOperation.map(cpuScale.number) ?? "n/a"
            let p99 = share.p99Nanoseconds.map(timeScale.number) ?? "n/a"
            let counts = [share.redirected, share.lostConnections].map { Double($0).grouped(0) }
            let load = [Double(share.slots).grouped(0), share.operationsPerSecond.grouped(0)]
            table.append([name] + load + [own, p99] + counts)
        }
        return table
    }
}
