// Clusters as targets:
//
//     cluster:N*TARGET                                N nodes of a target that is started, made one
//     cluster://[[USER]:PASSWORD@]HOST:PORT[,HOST:PORT…][?QUERY]   one that runs: some of its nodes
//
// The query is that of other URIs (Target+URI.swift). A cluster is reached through TLS where it
// says how, or with `tls=1`.
import LinuxSystem
import Spelling

extension Target {
    /// As many nodes as one machine starts in a sensible time.
    private static let nodeCounts = 1...100

    /// Reads what stands behind `cluster:`.
    static func parseCluster(_ text: Substring) throws(TargetError) -> Kind {
        let usual = "write cluster:3*ref:valkey-9.1, or 'cluster:3*exec:valkey-server'"
        guard let star = text.firstIndex(of: "*") else {
            throw TargetError("'cluster:' is not followed by a number of nodes", remedy: usual)
        }
        guard let count = Int(text[..<star]), nodeCounts.contains(count) else {
            throw TargetError(
                "between 'cluster:' and '*' there is no number of nodes from "
                    + "\(nodeCounts.lowerBound) to \(nodeCounts.upperBound)", remedy: usual)
        }
        let member = try Target(parsing: String(text[text.index(after: star)...]))
        switch member.kind {
        case .reference(_, let options):
            if let own = options.first(where: { $0.key == "cluster" }), own.value != "1" {
                throw TargetError(
                    "'\(member.spelling)' is no node of a cluster with cluster=\(own.value)",
                    remedy: "leave that out")
            }
        case .command: break
        case .build:
            throw TargetError(
                "the nodes of 'cluster:\(count)*\(member.spelling)' have to be built first",
                remedy: "build it, and write cluster:\(count)*exec:SERVER")
        case .running, .cluster:
            throw TargetError(
                "'\(member.spelling)' cannot be started as a node",
                remedy: "write cluster://HOST:PORT for a cluster that runs")
        }
        return .cluster(nodes: count, of: member)
    }

    /// Reads `cluster://…`: an endpoint whose address is the first of its seeds.
    static func parseRunningCluster(_ text: String) throws(TargetError) -> Kind {
        let rest = text.dropFirst("cluster://".count)
        let at = rest.lastIndex(of: "@").map { rest.index(after: $0) } ?? rest.startIndex
        let mark = rest[at...].firstIndex(of: "?") ?? rest.endIndex
        var first: Endpoint?
        var seeds: [SocketAddress] = []
        for place in rest[at..<mark].split(separator: ",", omittingEmptySubsequences: false) {
            let one = try Endpoint(uri: "cluster://\(rest[..<at])\(place)\(rest[mark...])")
            if first == nil { first = one }
            seeds.append(one.address)
        }
        guard var endpoint = first, endpoint.database == 0 else {
            throw TargetError(
                "'\(Redaction.masked(uri: text))' names a database",
                remedy: "leave it out: a cluster has database 0 alone")
        }
        endpoint.seeds = seeds
        return .running(endpoint)
    }

    /// Whether it is, or its nodes are, reference servers.
    public var isReference: Bool {
        switch kind {
        case .reference: true
        case .cluster(_, let member): member.isReference
        case .command, .build, .running: false
        }
    }

    /// Whether it has several nodes, each with a part of the keys.
    public var isCluster: Bool {
        switch kind {
        case .cluster: true
        case .running(let endpoint): endpoint.isCluster
        case .reference, .command, .build: false
        }
    }

    /// What the nodes of a cluster that is started are; nil of all else.
    public var member: Target? {
        if case .cluster(_, let member) = kind { member } else { nil }
    }

    /// Starts the nodes and makes them a cluster.
    func launchCluster(
        _ count: Int, of member: Target, _ options: LaunchOptions
    ) throws(TargetError) -> RunningServer {
        var options = options
        var node = member
        if case .command(let words) = member.kind {
            node = Target(
                label: member.label, spelling: member.spelling,
                kind: .command(words + Self.nodeWords(words)))
            options.busDistance = Self.busDistance
        } else {
            options.referenceOptions.append((name: "cluster", value: "1"))
        }
        // They end with the last reference to them, also when one of them does not start.
        var nodes: [RunningServer] = []
        for _ in 0..<count { nodes.append(try node.launch(options)) }
        let assembly = try ClusterAssembly(nodes, label: label)
        if member.isReference { try assembly.introduce() } else { try assembly.meet() }
        var endpoint = nodes[0].endpoint
        endpoint.seeds = nodes.map(\.endpoint.address)
        return RunningServer(self, endpoint, nodes: nodes)
    }

    /// Nodes talk to each other on a port that is so far above their own, of TLS where that is what
    /// they talk (CLUSTER_PORT_INCR of Redis).
    private static let busDistance = 10_000

    /// What makes a server a node. The file is in the folder that it runs in, which is its own.
    private static func nodeWords(_ words: [String]) -> [String] {
        var options = [
            ("--cluster-enabled", "yes"), ("--cluster-config-file", "hashmark-nodes.conf"),
            ("--cluster-node-timeout", "5000"),
        ]
        // With a port of TLS alone the bus has to go by that, and who asks over TLS is told of
        // the ports that the bus goes by.
        if encryption(in: words) != nil { options += [("--port", "0"), ("--tls-cluster", "yes")] }
        var more: [String] = []
        for (option, value) in options where !words.contains(option) { more += [option, value] }
        return more
    }

    /// A cluster that runs, and where its nodes do.
    func reachCluster(_ endpoint: Endpoint) throws(TargetError) -> RunningServer {
        let seed = try ControlConnection(to: endpoint)
        try seed.ping()
        var nodes: [RunningServer] = []
        let counted = try CountedProcesses.pids(endpoint.alsoCounted)
        for member in try seed.members() {
            let own = member.endpoint
            let node = Target(
                label: "\(own.address)", spelling: "tcp://\(own.address)", kind: .running(own))
            nodes.append(RunningServer(node, own, pid: member.pid))
        }
        return RunningServer(self, endpoint, nodes: nodes, counted: counted)
    }
}

extension Target.Endpoint {
    /// Whether it stands for all nodes of a cluster.
    public var isCluster: Bool { !seeds.isEmpty }

    /// One of its nodes, with the same credentials and encryption.
    func member(_ address: SocketAddress) -> Target.Endpoint {
        var own = Target.Endpoint(address)
        (own.user, own.password, own.tls) = (user, password, tls)
        return own
    }
}
