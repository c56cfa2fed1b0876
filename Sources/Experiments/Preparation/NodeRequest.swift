// Which NUMA nodes a run's two sides are to have, as it was asked for, and whether this machine has
// them. What comes of it is Placement's.
import LinuxSystem
import Quantities
import SystemPackage

public struct NodeRequest: Sendable, Equatable {
    /// Empty: not said.
    public var servers: [Int]
    public var client: [Int]
    /// How the servers' memory comes from theirs; nil: from these alone.
    public var mode: MemoryPolicy.Mode?

    public init(servers: [Int] = [], client: [Int] = [], mode: MemoryPolicy.Mode? = nil) {
        self.servers = servers
        self.client = client
        self.mode = mode
    }

    var isEmpty: Bool { servers.isEmpty && client.isEmpty && mode == nil }

    /// Whose CPUs follow from the nodes.
    public struct Sides: OptionSet, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }
        public static let servers = Sides(rawValue: 1)
        public static let client = Sides(rawValue: 2)
    }

    /// What this machine has to give.
    public struct Machine: Sendable {
        /// Nil: it cannot be known, for libnuma is not installed.
        public var topology: NumaTopology?
        /// Why the kernel lets no policy be asked for.
        public var denial: Errno?
        /// CPUs and nodes that this process may use; nil: all.
        public var cpus: [Int]?
        public var nodes: [Int]?

        public init(
            topology: NumaTopology?, denial: Errno? = nil, cpus: [Int]? = nil, nodes: [Int]? = nil
        ) {
            self.topology = topology
            self.denial = denial
            self.cpus = cpus
            self.nodes = nodes
        }

        public static var current: Machine {
            Machine(
                topology: NumaTopology.current, denial: MemoryPolicy.denial,
                cpus: Placement.allowedCPUs(), nodes: MemoryPolicy.permittedNodes())
        }

        /// Nodes whose memory may be used, in order. Without NUMA there is one, 0.
        func usable(_ topology: NumaTopology) -> [Int] {
            let all = topology.nodes.isEmpty ? [0] : topology.nodes.map(\.number)
            return all.filter { topology.hasMemory(on: $0) && nodes?.contains($0) != false }
        }
    }

    /// The same with all that it leaves open.
    ///
    /// One side without nodes has the other's: a server is measured on the memory that is near its
    /// client unless the distance is the question.
    /// - Throws: where it has no meaning, or this machine lacks a node of it.
    func completed(
        on topology: NumaTopology, _ machine: Machine
    ) throws(QuantityError) -> NodeRequest {
        let usable = machine.usable(topology)
        for (option, nodes) in [("--server-node", servers), ("--client-node", client)] {
            for node in nodes where !usable.contains(node) {
                throw QuantityError(
                    "\(option) \(node): \(Self.flaw(of: node, topology))",
                    remedy: "use \(Self.list(usable, topology))")
            }
        }
        var request = self
        if servers.isEmpty { request.servers = client }
        if client.isEmpty { request.client = servers }
        let mode = mode ?? .bind
        switch mode {
        case .local: break
        case .interleave: if request.servers.isEmpty { request.servers = usable }
        case .bind, .preferred:
            if request.servers.isEmpty {
                throw QuantityError(
                    "--numa-policy \(mode.rawValue) needs a node",
                    remedy: "give --server-node, \(Self.list(usable, topology))")
            }
        }
        if mode == .preferred && request.servers.count > 1 {
            throw QuantityError(
                "--numa-policy preferred takes one node, not \(CPUList.text(request.servers))",
                remedy: "give one as --server-node, or use --numa-policy bind")
        }
        request.mode = mode
        return request
    }

    private static func flaw(of node: Int, _ topology: NumaTopology) -> String {
        if topology.hasMemory(on: node) {
            return "the cgroup of this process does not let memory come from it"
        }
        return topology.nodes.contains { $0.number == node }
            ? "this node has no memory" : "there is no such node here"
    }

    /// `0 (CPUs 0-1, 7.7 GiB) or 1 (CPUs 2-3, 7.8 GiB)`
    private static func list(_ usable: [Int], _ topology: NumaTopology) -> String {
        usable.map { number in
            guard let node = topology.nodes.first(where: { $0.number == number }) else {
                return "\(number)"
            }
            let cpus = node.cpus.isEmpty ? "no CPUs" : "CPUs \(CPUList.text(node.cpus))"
            return "\(number) (\(cpus), \(ByteCount.text(node.memoryBytes)))"
        }.joined(separator: " or ")
    }
}
