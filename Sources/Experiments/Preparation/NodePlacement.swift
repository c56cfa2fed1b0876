// NUMA nodes for both sides of a run: their CPUs, and memory policies that are set in the load
// generator's thread and, between fork and exec, in every server. A policy is a wish: `preferred`
// goes elsewhere without a word, so PlacementAccount looks where the pages are.
import LinuxSystem
import Quantities
import RunRecord
import SystemPackage

public struct NodePlacement: Sendable, Equatable {
    /// With all that was left open filled in.
    public let request: NodeRequest
    /// What asking for it comes to here.
    public let binding: Binding
    /// Nil where nothing is asked of the kernel.
    let serverMemory: MemoryPolicy?
    let clientMemory: MemoryPolicy?
    private let topology: NumaTopology?

    public enum Binding: Sendable, Equatable {
        /// There is one node: nothing to choose.
        case trivial
        case bound
        /// The kernel does not let it.
        case denied(Errno)
        /// libnuma is not installed.
        case unavailable
    }

    /// - Throws: where the machine lacks what is asked for.
    init(_ request: NodeRequest, on machine: NodeRequest.Machine) throws(QuantityError) {
        guard let topology = machine.topology else {
            self.init(request, .unavailable, nil)
            return
        }
        let whole = try request.completed(on: topology, machine)
        if topology.nodes.count <= 1 {
            self.init(whole, .trivial, topology)
        } else if let denial = machine.denial {
            self.init(whole, .denied(denial), topology)
        } else {
            self.init(whole, .bound, topology)
        }
    }

    private init(_ request: NodeRequest, _ binding: Binding, _ topology: NumaTopology?) {
        self.request = request
        self.topology = topology
        guard binding == .bound else {
            self.binding = binding
            (serverMemory, clientMemory) = (nil, nil)
            return
        }
        let server = MemoryPolicy(request.mode ?? .bind, nodes: request.servers)
        let client =
            request.client.isEmpty ? nil : MemoryPolicy(.bind, nodes: request.client)
        self.binding = server == nil ? .unavailable : .bound
        (serverMemory, clientMemory) = (server, client)
    }

    /// CPUs of both sides' nodes; nil for a side that has none there.
    /// - Parameter threads: of the load generator, which gets CPUs of its own where both share a
    ///   node; nil where its CPUs are given.
    func cpus(_ allowed: [Int]?, threads: Int?) -> (servers: [Int]?, client: [Int]?) {
        guard let topology, topology.nodes.count > 1 else { return (nil, nil) }
        func near(_ nodes: [Int]) -> [Int]? {
            let cpus = topology.cpus(of: nodes).filter { allowed?.contains($0) != false }
            return cpus.isEmpty ? nil : cpus
        }
        let ofServers = near(request.servers)
        let ofClient = near(request.client)
        guard let threads, let servers = ofServers, let client = ofClient, client.count > 1,
            !Set(servers).isDisjoint(with: client)
        else { return (ofServers, ofClient) }
        let last = Array(client.suffix(min(max(threads, 1), client.count / 2)))
        let others = servers.filter { !last.contains($0) }
        return (others.isEmpty ? servers : others, last)
    }

    /// Puts the calling thread's memory where it belongs.
    func apply(_ recorder: Recorder) throws(ExperimentFailure) {
        switch binding {
        case .trivial, .bound: break
        case .denied(let errno):
            recorder.warn(
                "memory could not be kept to a node (\(errno))",
                remedy: "allow set_mempolicy in this container, or leave the nodes out")
        case .unavailable:
            recorder.warn(
                "memory could not be kept to a node (libnuma is not installed)",
                remedy: "install libnuma1, or leave the nodes out")
        }
        guard let clientMemory else { return }
        do throws(SystemCallError) {
            try clientMemory.apply()
        } catch {
            throw ExperimentFailure(.setUp, "\(error); leave the nodes out")
        }
        let got = MemoryPolicy.boundNodes()
        if got != clientMemory.nodes {
            recorder.warn(
                "the load generator takes memory from nodes \(CPUList.text(got)) instead of "
                    + CPUList.text(clientMemory.nodes),
                remedy: "give nodes that its cgroup allows")
        }
    }

    /// Of the CPUs in use, those that are far from the memory in use, and sides that are far from
    /// each other.
    public func farCPUs(_ placement: Placement) -> [RunRecord.Warning] {
        guard let topology, binding != .trivial else { return [] }
        var found: [RunRecord.Warning] = []
        func look(_ side: String, _ cpus: [Int], _ nodes: [Int]) {
            for far in topology.far(cpus, from: nodes) {
                found.append(
                    RunRecord.Warning(
                        cause: "\(side)'s CPUs \(CPUList.text(far.cpus)) are on node \(far.node), "
                            + "at distance \(far.distance) from its memory on node "
                            + CPUList.text(nodes),
                        remedy: "give CPUs of that node unless that is the question"))
            }
        }
        if request.mode == .bind || request.mode == .preferred {
            look("the server", placement.serverCPUs, request.servers)
        }
        look("the load generator", placement.clientCPUs, request.client)
        let servers = topology.homes(of: placement.serverCPUs)
        let client = topology.homes(of: placement.clientCPUs)
        if !servers.isEmpty, !client.isEmpty, Set(servers).isDisjoint(with: client),
            let far = topology.far(placement.clientCPUs, from: servers).first
        {
            found.append(
                RunRecord.Warning(
                    cause: "the load generator runs on node \(CPUList.text(client)), at distance "
                        + "\(far.distance) from the servers on node \(CPUList.text(servers))",
                    remedy: "give both one node unless that is the question"))
        }
        return found
    }

    /// Why the nodes of the servers cannot hold so many bytes; nil where they can, or may use
    /// others.
    /// - Parameter available: bytes of a node; nil: not known.
    public func shortage(
        of bytes: Double, available: (Int) -> Int? = { NumaTopology.availableBytes(of: $0) }
    ) -> String? {
        guard binding == .bound, request.mode == .bind || request.mode == .interleave else {
            return nil
        }
        let each = request.servers.compactMap(available)
        guard each.count == request.servers.count, let least = each.min() else { return nil }
        // In turn: the smallest is full first.
        let room = request.mode == .bind ? each.reduce(0, +) : least * each.count
        guard bytes > Double(room) else { return nil }
        let nodes = zip(request.servers, each).map { node, bytes in
            "node \(node) has \(ByteCount.text(bytes))"
        }
        return nodes.joined(separator: ", ")
    }

    /// What results must match to be compared.
    public var conditions: Conditions {
        switch binding {
        case .trivial: return ["numa": "trivial (one node)"]
        case .denied(let errno): return ["numa": .string("denied (\(errno))")]
        case .unavailable: return ["numa": "unavailable (no libnuma)"]
        case .bound:
            var conditions: Conditions = [:]
            if let serverMemory { conditions["numa"] = .string(serverMemory.description) }
            let sides = [("server_node", request.servers), ("client_node", request.client)]
            for (name, nodes) in sides where !nodes.isEmpty {
                conditions[name] = .string(CPUList.text(nodes))
            }
            return conditions
        }
    }
}

extension Placement {
    /// Puts both sides on nodes.
    /// - Parameters:
    ///   - sides: whose CPUs follow from that; the others' stay.
    ///   - threads: of the load generator; each has a CPU where the sides share a node.
    /// - Throws: where the request has no meaning, or the machine lacks a node of it.
    public mutating func put(
        _ request: NodeRequest, choosing sides: NodeRequest.Sides, threads: Int = 1,
        on machine: NodeRequest.Machine = .current
    ) throws(QuantityError) {
        guard !request.isEmpty else { return }
        let nodes = try NodePlacement(request, on: machine)
        self.nodes = nodes
        // Interleaved over all nodes, or local to wherever they run: no word of CPUs.
        guard !request.servers.isEmpty || !request.client.isEmpty else { return }
        let near = nodes.cpus(machine.cpus, threads: sides.contains(.client) ? threads : nil)
        guard near.servers != nil || near.client != nil else { return }
        func others(_ cpus: [Int]?, than taken: [Int]) -> [Int]? {
            let others = cpus?.filter { !taken.contains($0) } ?? []
            return others.isEmpty ? cpus : others
        }
        // Whose nodes are memory alone has the CPUs that the other side leaves.
        if sides.contains(.client) {
            clientCPUs = near.client ?? others(machine.cpus, than: near.servers ?? []) ?? clientCPUs
        }
        if sides.contains(.servers) {
            serverCPUs = others(near.servers ?? machine.cpus, than: clientCPUs) ?? serverCPUs
        }
    }
}
