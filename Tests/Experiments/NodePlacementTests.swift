// Which NUMA nodes server and client get, on machines that are not this one.
import Experiments
import LinuxSystem
import Quantities
import RunRecord
import SystemPackage
import Testing

@Suite struct NodePlacementTests {
    private static let hasLibrary = MemoryPolicy(.bind, nodes: [0]) != nil

    /// Two sockets, a node of memory without CPUs, and CPUs without memory.
    private static let topology = NumaTopology(nodes: [
        NumaTopology.Node(
            number: 0, cpus: Array(0...3), memoryBytes: 1 << 36, distances: [10, 21, 14, 30]),
        NumaTopology.Node(
            number: 1, cpus: Array(4...7), memoryBytes: 1 << 36, distances: [21, 10, 24, 30]),
        NumaTopology.Node(number: 2, cpus: [], memoryBytes: 1 << 38, distances: [14, 24, 10, 30]),
        NumaTopology.Node(number: 3, cpus: [8], memoryBytes: 0, distances: [30, 30, 30, 10]),
    ])

    private static let large = NodeRequest.Machine(
        topology: topology, cpus: Array(0...8), nodes: [0, 1, 2])

    private static func placed(
        servers: [Int] = [], client: [Int] = [], mode: MemoryPolicy.Mode? = nil,
        on machine: NodeRequest.Machine = large, threads: Int = 1
    ) throws -> Placement {
        var placement = Placement.automatic(cpus: Array(0...8), threads: threads)
        try placement.put(
            NodeRequest(servers: servers, client: client, mode: mode),
            choosing: [.servers, .client], threads: threads, on: machine)
        return placement
    }

    @Test func nobodyWhoAsksForNoNodeGetsOne() throws {
        let placement = try Self.placed()
        #expect(placement == Placement.automatic(cpus: Array(0...8)) && placement.nodes == nil)
    }

    @Test func oneNodeIsNoChoice() throws {
        let one = NumaTopology(nodes: [
            NumaTopology.Node(number: 0, cpus: [0, 1], memoryBytes: 1 << 33, distances: [10])
        ])
        for topology in [one, NumaTopology(nodes: [])] {
            let machine = NodeRequest.Machine(topology: topology)
            let placement = try Self.placed(servers: [0], client: [0], on: machine)
            #expect(placement.nodes?.binding == .trivial)
            #expect(placement.nodes?.conditions == ["numa": "trivial (one node)"])
            #expect(placement.serverCPUs == Placement.automatic(cpus: Array(0...8)).serverCPUs)
            #expect(throws: QuantityError.self) { try Self.placed(servers: [1], on: machine) }
        }
    }

    @Test func whatKeepsMemoryFromANodeIsSaid() throws {
        let denied = try Self.placed(
            servers: [0],
            on: .init(topology: Self.topology, denial: .notPermitted, cpus: Array(0...8)))
        let reason = "\(Errno.notPermitted)"
        #expect(denied.nodes?.binding == .denied(.notPermitted))
        #expect(denied.nodes?.conditions == ["numa": .string("denied (\(reason))")])
        let unknown = try Self.placed(servers: [0], on: .init(topology: nil))
        #expect(unknown.nodes?.binding == .unavailable)
        #expect(unknown.nodes?.conditions == ["numa": "unavailable (no libnuma)"])
        let placements = PlacementAccount.sample.placements(denied.nodes)
        #expect(placements.map(\.outcome) == [.denied, .denied])
        #expect(placements[0].errno == 1 && placements[0].reason == reason)
    }

    @Test(
        arguments: [
            (
                [4], [], nil,
                "--server-node 4: there is no such node here; use 0 (CPUs 0-3, 64 GiB) or"
            ),
            ([3], [], nil, "this node has no memory; use 0"),
            ([0], [9], nil, "--client-node 9: "),
            ([], [], .bind, "--numa-policy bind needs a node; give --server-node, 0 (CPUs"),
            ([0, 1], [], .preferred, "takes one node, not 0,1"),
        ] as [([Int], [Int], MemoryPolicy.Mode?, String)])
    func whatIsNotThereIsRefused(
        servers: [Int], client: [Int], mode: MemoryPolicy.Mode?, words: String
    ) throws {
        let error = try #require(throws: QuantityError.self) {
            try Self.placed(servers: servers, client: client, mode: mode)
        }
        #expect("\(error)".contains(words), "\(error)")
    }

    @Test func aCgroupsNodesAreTheOnlyOnes() throws {
        let few = NodeRequest.Machine(topology: Self.topology, cpus: [0], nodes: [1])
        let error = try #require(throws: QuantityError.self) {
            try Self.placed(servers: [0], on: few)
        }
        #expect("\(error)".contains("does not let memory come from it; use 1 (CPUs 4-7"))
    }

    /// One side's nodes are the other's too, and CPUs follow.
    @Test(
        arguments: [
            ([1], [], [4, 5, 6], [7]), ([], [0], [0, 1, 2], [3]),
            ([1], [0], [4, 5, 6, 7], [0, 1, 2, 3]),
            // Memory without CPUs: those that the other side leaves.
            ([2], [0], [4, 5, 6, 7, 8], [0, 1, 2, 3]),
            ([0, 1], [1], [0, 1, 2, 3, 4, 5, 6], [7]),
        ] as [([Int], [Int], [Int], [Int])])
    func cpusFollowTheNodes(
        servers: [Int], client: [Int], serverCPUs: [Int], clientCPUs: [Int]
    ) throws {
        let placement = try Self.placed(servers: servers, client: client)
        #expect(placement.serverCPUs == serverCPUs && placement.clientCPUs == clientCPUs)
    }

    @Test func threadsOfTheClientHaveCPUsOfItsNode() throws {
        let placement = try Self.placed(servers: [1], threads: 2)
        #expect(placement.serverCPUs == [4, 5] && placement.clientCPUs == [6, 7])
    }

    @Test func cpusThatWereGivenStay() throws {
        var placement = try Placement(parsing: "0-1,8/2")
        try placement.put(NodeRequest(servers: [2]), choosing: [], on: Self.large)
        #expect(placement.serverCPUs == [0, 1, 8] && placement.clientCPUs == [2])
        let causes = placement.nodes?.farCPUs(placement).map(\.cause)
        #expect(
            causes == [
                "the server's CPUs 0,1 are on node 0, at distance 14 from its memory on node 2",
                "the server's CPUs 8 are on node 3, at distance 30 from its memory on node 2",
                "the load generator's CPUs 2 are on node 0, at distance 14 from its memory on "
                    + "node 2",
            ])
        var beside = Placement.beside(clientCPUs: [5], of: Array(0...8))
        try beside.put(NodeRequest(servers: [1]), choosing: [.servers], on: Self.large)
        #expect(beside.serverCPUs == [4, 6, 7] && beside.clientCPUs == [5])
    }

    @Test func sidesOnDifferentNodesAreTold() throws {
        let placement = try Self.placed(servers: [1], client: [0])
        let causes = placement.nodes?.farCPUs(placement).map(\.cause)
        #expect(
            causes == [
                "the load generator runs on node 0, at distance 21 from the servers on node 1"
            ])
        let near = try Self.placed(servers: [1])
        #expect(near.nodes?.farCPUs(near) == [])
    }

    @Test(.enabled(if: NodePlacementTests.hasLibrary, "libnuma is not installed"))
    func whatComparisonsMustMatch() throws {
        #expect(
            try Self.placed(servers: [1], client: [0]).nodes?.conditions
                == ["numa": "bind 1", "server_node": "1", "client_node": "0"])
        #expect(
            try Self.placed(mode: .interleave).nodes?.conditions
                == ["numa": "interleave 0-2", "server_node": "0-2"])
        #expect(try Self.placed(mode: .local).nodes?.conditions == ["numa": "local"])
        let interleaved = try Self.placed(mode: .interleave)
        #expect(interleaved.serverCPUs == Placement.automatic(cpus: Array(0...8)).serverCPUs)
    }

    /// Of the nodes that were asked for, and of these alone.
    @Test(
        .enabled(if: NodePlacementTests.hasLibrary, "libnuma is not installed"),
        arguments: [
            ([1], .bind, 100, nil), ([1], .bind, 300, "node 1 has 200 B"),
            ([0, 1], .bind, 300, nil),
            ([0, 1], .interleave, 300, "node 0 has 100 B, node 1 has 200 B"),
            ([0, 1], .interleave, 200, nil), ([1], .preferred, 300, nil), ([1], .local, 300, nil),
        ] as [([Int], MemoryPolicy.Mode, Double, String?)])
    func nodesThatAreTooSmall(
        nodes: [Int], mode: MemoryPolicy.Mode, bytes: Double, shortage: String?
    ) throws {
        let placed = try #require(try Self.placed(servers: nodes, mode: mode).nodes)
        #expect(placed.shortage(of: bytes) { ($0 + 1) * 100 } == shortage)
        #expect(placed.shortage(of: 1e30) { _ in nil } == nil)
    }

    @Test(.enabled(if: NodePlacementTests.hasLibrary, "libnuma is not installed"))
    func whereThePagesAreDecides() throws {
        let nodes = try Self.placed(servers: [1], client: [0], mode: .preferred).nodes
        let account = PlacementAccount.sample
        let placements = account.placements(nodes)
        #expect(placements.map(\.target) == ["a", nil])
        let server = placements[0]
        #expect(server.outcome == .spilled && server.policy == "preferred" && server.nodes == [1])
        #expect(server.launches == 2 && server.pages == ["1": 50] && server.spilledShare == 0.25)
        #expect(placements[1].outcome == .applied && placements[1].policy == "bind")
        #expect(account.placements(nil).isEmpty)

        let results = account.results()
        let metrics = ["numa_far_share", "numa_pages_migrated"]
        #expect(results.map(\.metric) == metrics + metrics)
        #expect(results[0].samples == [0.25, 0] && results[0].value == 0.125)
        #expect(results[1].samples == [3, nil] && results[1].value == 3)
        #expect(results[3].value == nil && results[3].target == "running")
    }

    @Test(.enabled(if: NodePlacementTests.hasLibrary, "libnuma is not installed"))
    func pagesThatAreAllWhereTheyBelongAreApplied() throws {
        let nodes = try Self.placed(servers: [0, 1], mode: .interleave).nodes
        let server = PlacementAccount.sample.placements(nodes)[0]
        #expect(server.outcome == .applied && server.spilledShare == 0)
    }
}

extension PlacementAccount {
    /// Two launches of one server, the first with a quarter of its pages on node 0; and a server
    /// that ran already.
    fileprivate static var sample: PlacementAccount {
        var account = PlacementAccount()
        account.add(
            Reading(pages: NumaPages(byNode: [0: 10, 1: 30]), farShare: 0.25, migrated: 3), of: "a",
            isOwned: true)
        account.add(
            Reading(pages: NumaPages(byNode: [1: 50]), farShare: 0, migrated: nil), of: "a",
            isOwned: true)
        account.add(nil, of: "a", isOwned: true)
        account.add(
            Reading(pages: NumaPages(byNode: [0: 9]), farShare: nil, migrated: nil), of: "running",
            isOwned: false)
        return account
    }
}
