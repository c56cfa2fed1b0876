// What is asked of a load on a cluster beside its requests, and what came of it: plain values.
import LinuxSystem
import Statistics

public struct ClusterLoad: Sendable {
    /// Nodes that are asked for all the others, in turn until one answers.
    public var seeds: [SocketAddress]
    public var reads = ReplicaReads.no
    /// Keep the keys whose SET is acknowledged (`ClusterSample.written`).
    public var notesWrites = false

    public init(seeds: [SocketAddress]) { self.seeds = seeds }
}

/// Which nodes answer reads (`--rfr` of valkey-benchmark). Writes go to primaries all the same.
public enum ReplicaReads: String, Sendable, CaseIterable {
    /// Primaries.
    case no
    /// Replicas, where a primary has some that answer.
    case yes
    /// Primaries and replicas alike.
    case all
}

/// What a burst met in a cluster.
public struct ClusterSample: Sendable, Codable {
    public struct Node: Sendable, Codable {
        public var address: SocketAddress
        public var isReplica: Bool
        /// Slots that it served at the end, as far as the load knew.
        public var slots: Int
        /// Requests that it answered for good.
        public var operations: UInt64 = 0
        /// Requests that it sent elsewhere or put off.
        public var redirected: UInt64 = 0
        /// Connections to it that broke.
        public var lostConnections: UInt64 = 0
        /// The longest time that requests waited for it while it could not be reached or was
        /// silent, and the most that did at a time.
        public var longestAwayNanoseconds: UInt64 = 0
        public var waited: UInt64 = 0
        /// Of the requests that it answered for good, detours included.
        public var latency = LatencyHistogram()
    }

    /// In the order in which they were met.
    public var nodes: [Node] = []
    /// MOVED and ASK replies that were followed.
    public var moved: UInt64 = 0
    public var asked: UInt64 = 0
    /// TRYAGAIN and CLUSTERDOWN replies, after which the request was sent again later.
    public var retried: UInt64 = 0
    /// Requests sent again after their connection was lost: not executed, or of those that may be
    /// executed twice.
    public var resent: UInt64 = 0
    /// Requests whose connection was lost and that may have been executed: they are counted as
    /// errors and not sent again, because a second time might not be the same as none.
    public var unanswered: UInt64 = 0
    /// Maps of the slots that were taken over after the first.
    public var refreshes: UInt64 = 0
    /// Keys whose SET was acknowledged; nil where nobody asked for them.
    public var written: WrittenKeys?

    /// Requests that were sent more than once because a node said so.
    public var redirects: UInt64 { moved + asked + retried }

    /// The busiest of the nodes that serve slots over the mean of them, by operations; nil with
    /// fewer than two.
    public var imbalance: (node: Node, factor: Double)? {
        let serving = nodes.filter { ($0.slots > 0 && !$0.isReplica) || $0.operations > 0 }
        let sum = serving.reduce(0.0) { $0 + Double($1.operations) }
        guard serving.count > 1, sum > 0,
            let busiest = serving.max(by: { $0.operations < $1.operations })
        else { return nil }
        return (busiest, Double(busiest.operations) * Double(serving.count) / sum)
    }

    /// Adds what another worker, or a later burst, met.
    mutating func merge(_ other: ClusterSample) {
        for node in other.nodes {
            if let index = nodes.firstIndex(where: { $0.address == node.address }) {
                nodes[index].isReplica = node.isReplica
                nodes[index].slots = node.slots
                nodes[index].operations += node.operations
                nodes[index].redirected += node.redirected
                nodes[index].lostConnections += node.lostConnections
                nodes[index].longestAwayNanoseconds = max(
                    nodes[index].longestAwayNanoseconds, node.longestAwayNanoseconds)
                nodes[index].waited += node.waited
                nodes[index].latency.merge(node.latency)
            } else {
                nodes.append(node)
            }
        }
        moved += other.moved
        asked += other.asked
        retried += other.retried
        resent += other.resent
        unanswered += other.unanswered
        refreshes += other.refreshes
        if let more = other.written {
            if written == nil { written = more } else { written!.merge(more) }
        }
    }
}
