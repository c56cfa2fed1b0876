// What `bench` prints of a cluster: its nodes before the tests, as valkey-benchmark does, and
// behind each test what each of them did.
import Experiments
import LoadGenerator
import Quantities
import Statistics
import Targets

extension BenchPrinter {
    /// The nodes that requests are sent to, in valkey-benchmark's words.
    mutating func startedCluster(_ result: BenchResult) {
        text.cluster = nil
        guard !result.members.isEmpty else { return }
        let nodes = result.answering
        let role =
            switch result.options.replicaReads {
            case .no: "primary"
            case .yes: "replica"
            case .all: "cluster"
            }
        if result.options.hasThreadPerNode { text.threads = result.options.threads }
        text.cluster = (role, nodes.map(\.settings))
        guard !csv && !quiet else { return }
        out("Cluster has \(nodes.count) \(role) nodes:\n\n")
        for (index, node) in nodes.enumerated() {
            let name = node.id.isEmpty ? "" : node.id + " "
            let kind = node.isReplica ? "Replica" : "Primary"
            out("Node \(index)(\(kind)): \(name)\(node.endpoint.address)\n")
        }
        out("\n")
    }

    /// Shorter ones are every scheduler's.
    private static let toldStall = Nanoseconds(100, .milliseconds)

    /// `GET: node 127.0.0.1:7001   5,461 slots     33,120 ops/s   6,512 ns of CPU  p99 0.511 ms`
    mutating func noteNodes(_ title: String, _ test: BenchTestResult, _ cluster: ClusterSample) {
        let seconds = Nanoseconds(test.sample.spanNanoseconds).seconds
        let shown = test.nodes.filter { $0.load.slots > 0 || $0.load.operations > 0 }
            .filter { !$0.load.isReplica || $0.load.operations > 0 }
        for node in shown {
            let load = node.load
            let rate = seconds > 0 ? Double(load.operations) / seconds : 0
            let cpu = node.cpuPerOperation.map { "\($0.fixed(0)) ns" }
            var line = "\(title): node \(load.address)"
            if load.isReplica { line += " (replica)" }
            line += "  \(load.slots) slots  \(Columns.number(rate)) ops/s"
            line += "  CPU per request \(cpu ?? "n/a (not a local process, or idle)")"
            let p99 = load.latency.carriedPercentile(99)
            line += "  p99 " + (p99 == nil ? "n/a" : "\(Self.milliseconds(p99)) ms")
            if load.redirected > 0 { line += "  redirected \(load.redirected)" }
            if load.lostConnections > 0 { line += "  lost connections \(load.lostConnections)" }
            if load.longestAwayNanoseconds > 0 {
                line += "  away for \(Self.milliseconds(load.longestAwayNanoseconds)) ms, "
                line += "\(Double(load.waited).grouped(0)) requests waited"
            }
            note(line)
        }
        if let (node, factor) = cluster.imbalance {
            note("\(title): imbalance: \(node.address) has \(factor.fixed(2)) times the mean")
        }
        if let readBack = test.readBack { note("\(title): \(readBack.text)") }
        if test.sample.longestStallNanoseconds >= Self.toldStall.count {
            let stall = Nanoseconds(test.sample.longestStallNanoseconds)
            note("\(title): longest time without a reply \(Self.milliseconds(stall.count)) ms")
        }
        guard cluster.redirects + cluster.resent + cluster.unanswered > 0 else { return }
        var line = "\(title): redirects: \(cluster.moved) MOVED, \(cluster.asked) ASK, "
        line += "\(cluster.retried) TRYAGAIN or CLUSTERDOWN; \(cluster.resent) sent again and "
        line += "\(cluster.unanswered) not, after a connection broke; "
        line += "\(cluster.refreshes) new maps"
        note(line)
    }
}
