// Where the pages of a run's servers turned out to be, launch by launch: what a memory policy
// promised and nobody else checks.
import Glibc
import LinuxSystem
import RunRecord

public struct PlacementAccount {
    /// A server at the end of a launch.
    public struct Reading {
        public var pages: NumaPages
        public var farShare: Double?
        public var migrated: Int?

        public init(pages: NumaPages, farShare: Double?, migrated: Int?) {
            self.pages = pages
            self.farShare = farShare
            self.migrated = migrated
        }

        /// A process now; nil where there is one node, or its pages may not be looked at.
        init?(_ pid: pid_t) {
            guard let topology = NumaTopology.current, topology.nodes.count > 1,
                let pages = NumaPages(of: pid)
            else { return nil }
            let cpus = ProcessAccounting.allowedCPUs(ofProcess: "\(pid)")
            self.init(
                pages: pages, farShare: cpus.flatMap { topology.farShare(of: pages, from: $0) },
                migrated: NumaPages.migrated(of: pid))
        }
    }

    /// A target's launches.
    private struct Servers {
        let label: String
        /// Started here, and so put where it belongs.
        let isOwned: Bool
        var readings: [Reading]
    }

    private var servers: [Servers] = []

    public init() {}

    /// - Parameter reading: nil: there was none of that launch.
    public mutating func add(_ reading: Reading?, of label: String, isOwned: Bool) {
        let known = servers.firstIndex { $0.label == label }
        let index = known ?? servers.count
        if known == nil { servers.append(Servers(label: label, isOwned: isOwned, readings: [])) }
        if let reading { servers[index].readings.append(reading) }
    }

    /// Tells of them in this order, not in that of their first ends.
    mutating func order(by labels: [String]) {
        servers.sort {
            (labels.firstIndex(of: $0.label) ?? .max) < (labels.firstIndex(of: $1.label) ?? .max)
        }
    }

    /// Of targets whose pages were looked at; a sample for each launch.
    public func results() -> [RunRecord.Result] {
        servers.filter { !$0.readings.isEmpty }.flatMap { server in
            [
                RoundReadings.result(
                    .numaFarShare, server.readings.map(\.farShare), server.label, nil, [:],
                    "its CPUs are on no node, or it had no pages"),
                RoundReadings.result(
                    .numaPagesMigrated, server.readings.map { $0.migrated.map { Double($0) } },
                    server.label, nil, [:], "this kernel does not count them"),
            ]
        }
    }

    /// What came of `nodes` for each of the servers that were started here, and for the load
    /// generator; nothing where nobody asked for any.
    public func placements(_ nodes: NodePlacement?) -> [RunRecord.Placement] {
        guard let nodes else { return [] }
        var all = servers.filter(\.isOwned).map { placement(nodes, of: $0) }
        if !nodes.request.client.isEmpty {
            all.append(
                nodes.outcome(
                    RunRecord.Placement(
                        target: nil, policy: MemoryPolicy.Mode.bind.rawValue,
                        nodes: nodes.request.client, outcome: .applied)))
        }
        return all
    }

    private func placement(_ nodes: NodePlacement, of server: Servers) -> RunRecord.Placement {
        let request = nodes.request
        let mode = request.mode ?? .bind
        var placement = nodes.outcome(
            RunRecord.Placement(
                target: server.label, policy: mode.rawValue,
                nodes: mode == .local ? [] : request.servers, outcome: .applied))
        guard let last = server.readings.last else { return placement }
        placement.launches = server.readings.count
        placement.pages = [:]
        for (node, count) in last.pages.byNode { placement.pages?["\(node)"] = count }
        guard placement.outcome == .applied, !request.servers.isEmpty,
            let most = server.readings.compactMap({ $0.pages.share(outside: request.servers) })
                .max()
        else { return placement }
        placement.spilledShare = most
        if most > 0 { placement.outcome = .spilled }
        return placement
    }
}

extension NodePlacement {
    /// The same with what keeps it from being applied.
    fileprivate func outcome(_ placement: RunRecord.Placement) -> RunRecord.Placement {
        var placement = placement
        switch binding {
        case .trivial: placement.outcome = .trivial
        case .bound: break
        case .unavailable:
            placement.outcome = .unavailable
            placement.reason = "libnuma is not installed"
        case .denied(let errno):
            placement.outcome = .denied
            placement.reason = "\(errno)"
            placement.errno = Int(errno.rawValue)
        }
        return placement
    }
}

extension RunRecord.Placement {
    /// What to tell of servers whose memory is elsewhere.
    var doubt: RunRecord.Warning? {
        guard outcome == .spilled, let target, let spilledShare, let pages else { return nil }
        let places = pages.sorted { $0.key < $1.key }.map { "\($0.value) on node \($0.key)" }
        let share = max(spilledShare, 0.001).percent(1)
        return RunRecord.Warning(
            cause: "\(share) of its memory is not where --numa-policy \(policy) was to put it "
                + "(pages: \(places.joined(separator: ", ")))",
            remedy: "free memory on that node, use fewer entries, or measure on another",
            target: target)
    }
}
