// What can climb a ladder: requests that a table alone can be asked, whose replies hang on nothing
// but the requests before them. All else is refused before anything is launched.
import Experiments
import ReferenceServer
import Workloads

extension LadderExperiment {
    /// Why these ladders cannot be climbed with that workload, with the remedy; nil when they can.
    public var problem: String? {
        let name = workload.workload.name
        for operation in workload.operations {
            if let reason = Self.reason(against: operation.command) {
                return "\(name)'s `\(operation.command)` \(reason); use a workload of GET, SET and "
                    + "DEL, such as valkey-fleet-median or ycsb-b"
            }
        }
        if workload.operations.contains(where: \.command.hasTimeToLive),
            workload.workload.keyspaces.contains(where: { $0.ttl != nil })
        {
            return "\(name)'s keys expire, by the clock and not by the requests, so no two rungs "
                + "would answer alike; use a workload without `ttl`"
        }
        if workload.workload.keyspaces.contains(where: { $0.onMiss != nil }) {
            return "\(name)'s `on_miss` makes requests of replies, which a table alone does not "
                + "send; use a workload without it"
        }
        return ladders.lazy.compactMap { Self.problem(of: $0) }.first
    }

    /// Why a table alone cannot be asked it; nil when it can.
    private static func reason(against command: CommandTemplate) -> String? {
        let rest = command.arguments.dropFirst()
        switch command.verb {
        case "GET", "DEL", "UNLINK": return rest == [.key] ? nil : "has more than a key"
        case "SET":
            return rest == [.key, .value] || rest == [.key, .value, .expiry]
                ? nil : "has options, which are the server's and not the table's"
        default: return "is no command that a table alone can be asked"
        }
    }

    /// Settings of a reference server that every rung of its ladder has, or that no rung's cost
    /// hangs on.
    private static func problem(of ladder: Ladder) -> String? {
        guard let (target, configuration) = ladder.table else { return nil }
        let defaults = ServerConfiguration(table: configuration.table)
        let reason: String? =
            if configuration.threads != defaults.threads {
                "threads: the engine in this process has one"
            } else if configuration.maxMemory != 0
                || configuration.keyspace.eviction != defaults.keyspace.eviction
            {
                "maxmemory or policy: a table alone evicts nothing"
            } else if case .reference(_, let options) = target.kind,
                let other = options.first(where: { $0.key == "requirepass" })
            {
                "\(other.key): the engine in this process has no sockets"
            } else {
                nil
            }
        return reason.map { "\(target.spelling) has \($0); leave that out of the query" }
    }
}
