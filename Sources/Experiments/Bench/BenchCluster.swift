// What a bench run on a cluster says of each node, and what it makes of the differences.
import LoadGenerator
import Quantities
import RESP
import RunRecord
import Statistics
import Targets

/// What one node did for a test.
public struct BenchNode: Sendable {
    public let load: ClusterSample.Node
    /// Of its process during the burst, in ns; nil where it is not on this machine.
    public let cpuNanoseconds: UInt64?

    /// - Parameter meters: of the members, in their order, from the burst's begin on.
    static func all(
        _ sample: ClusterSample?, _ members: [ClusterMember], _ meters: [ServerMeter]
    ) -> [BenchNode] {
        let spent = meters.map { $0.nanoseconds.map { UInt64(clamping: $0) } }
        return (sample?.nodes ?? []).map { node in
            let index = members.firstIndex { $0.endpoint.address == node.address }
            return BenchNode(load: node, cpuNanoseconds: index.flatMap { spent[$0] })
        }
    }

    /// CPU time per request that it answered.
    public var cpuPerOperation: Double? {
        cpuNanoseconds.flatMap {
            load.operations > 0 ? Double($0) / Double(load.operations) : nil
        }
    }
}

extension BenchResult {
    /// The nodes that requests are sent to.
    public var answering: [ClusterMember] {
        switch options.replicaReads {
        case .no: members.filter { !$0.isReplica }
        case .yes: members.filter(\.isReplica)
        case .all: members
        }
    }

    /// The nodes' parts of a test, for the record.
    func shares(_ outcome: BenchTestResult, _ target: String) -> [RunRecord.NodeShare] {
        let seconds = Nanoseconds(outcome.sample.spanNanoseconds).seconds
        return outcome.nodes.map { node in
            let operations = Double(node.load.operations)
            var share = RunRecord.NodeShare(
                target: target, workload: outcome.title, repetition: outcome.repetition,
                address: "\(node.load.address)", isReplica: node.load.isReplica,
                slots: node.load.slots, operations: Int(clamping: node.load.operations),
                operationsPerSecond: seconds > 0 ? operations / seconds : 0)
            share.serverCPUNanosecondsPerOperation = node.cpuPerOperation
            share.p99Nanoseconds = node.load.latency.carriedPercentile(99).map { Double($0) }
            share.redirected = Int(clamping: node.load.redirected)
            share.lostConnections = Int(clamping: node.load.lostConnections)
            return share
        }
    }
}

extension BenchRun {
    /// A node that has this much more to do than the mean of all is the cluster's limit before the
    /// others are busy: 16,384 slots and ten thousand keys scatter by a few per cent.
    private static let unevenFactor = 1.2

    mutating func judgeCluster(_ outcome: BenchTestResult) {
        guard let cluster = outcome.sample.cluster else { return }
        if let (node, factor) = cluster.imbalance, factor > Self.unevenFactor {
            doubts.add(
                "one node had more to do than the mean of all, and limits the cluster",
                in: outcome.title, "\(node.address): \(factor.fixed(2)) times",
                "spread slots and keys more evenly, or read them as the load of that node")
        }
        for node in cluster.nodes where node.longestAwayNanoseconds > 0 {
            doubts.add(
                "a node of the cluster did not answer for a while, and requests waited for it",
                in: outcome.title,
                "\(node.address): "
                    + "\(Nanoseconds(node.longestAwayNanoseconds).value(in: .seconds).fixed(1)) s, "
                    + "\(Double(node.waited).grouped(0)) requests",
                "see what happened to it")
        }
        if cluster.resent > 0 {
            doubts.add(
                "requests were sent again after their connections broke", in: outcome.title,
                "\(cluster.resent)", "see which node went away")
        }
    }

    /// Round trips of a connection that has the server for itself: what every latency has in it.
    mutating func measureBase(_ observer: inout some BenchObserver) {
        var load = loadOptions()
        (load.connections, load.pipeline, load.threads) = (1, 1, 1)
        load.keepsConnections = true
        var parts: [String] = []
        for (name, command) in [("PING", ["PING"]), ("GET miss", ["GET", Self.noKey])] {
            let template = RequestTemplate(
                RequestEncoder.encode(command), [CommandLabel(command[0])])
            let seed = options.seed
            do throws(LoadFailure) {
                let sample = try SessionLoad(to: options.endpoint.address, load) {
                    TemplateSource(template, range: nil, seed: seed, $0)
                }.run(.requests(Self.baseRequests))
                if let error = sample.errorKinds.first {
                    parts.append("\(name) n/a (\(error.firstText))")
                    continue
                }
                let points = [50.0, 99.0].map { point in
                    let value = sample.latency.carriedPercentile(point)
                    let text = value.map { Nanoseconds($0).value(in: .milliseconds).fixed(3) }
                    return "p\(Int(point)) \(text ?? "n/a")"
                }
                parts.append("\(name) " + points.joined(separator: " ") + " ms")
            } catch {
                result.failure = error
                return
            }
        }
        observer.noted("base rtt: " + parts.joined(separator: ", "))
    }

    /// Carries p99 ten times over, and takes a tenth of a second.
    private static let baseRequests: UInt64 = 10_000
    /// Nobody calls a key so.
    private static let noKey = "hashmark:no:such:key"
}
