// Which CPUs and which memory server and client get.
import Experiments
import LinuxSystem
import SystemPackage
import Testing

@Suite struct PlacementTests {
    @Test func spellings() throws {
        let both = try Placement(parsing: "0,2-3/5")
        #expect(both.serverCPUs == [0, 2, 3] && both.clientCPUs == [5])
        #expect(try Placement(parsing: "none") == Placement())
        for bad in ["", "0", "0/", "/1", "3-1/0", "a/b", "0/8192", "0/1/2", "-1/0"] {
            #expect(throws: (any Error).self, "\(bad)") { try Placement(parsing: bad) }
        }
    }

    @Test func automaticKeepsTheClientApart() {
        let four = Placement.automatic(cpus: [0, 1, 2, 3])
        #expect(four.serverCPUs == [0, 1, 2] && four.clientCPUs == [3])
        #expect(Placement.automatic(cpus: [7]) == Placement())
    }

    @Test func severalClientThreadsHaveACPUEach() {
        let four = Placement.automatic(cpus: [0, 1, 2, 3], threads: 2)
        #expect(four.serverCPUs == [0, 1] && four.clientCPUs == [2, 3])
        // Half of the machine stays the servers'.
        let many = Placement.automatic(cpus: [0, 1, 2, 3], threads: 9)
        #expect(many.serverCPUs == [0, 1] && many.clientCPUs == [2, 3])
        let given = Placement.beside(clientCPUs: [1], of: [0, 1, 2])
        #expect(given.serverCPUs == [0, 2] && given.clientCPUs == [1])
    }

    /// Two sockets, and a node of memory without CPUs.
    private static let large = NumaTopology(nodes: [
        NumaTopology.Node(
            number: 0, cpus: Array(0...63), memoryBytes: 1 << 36, distances: [10, 21, 14]),
        NumaTopology.Node(
            number: 1, cpus: Array(64...127), memoryBytes: 0, distances: [21, 10, 24]),
        NumaTopology.Node(number: 2, cpus: [], memoryBytes: 1 << 38, distances: [14, 24, 10]),
    ])

    @Test func oneNodeIsNoChoice() {
        let one = NumaTopology(nodes: [
            NumaTopology.Node(number: 0, cpus: [0, 1], memoryBytes: 1 << 33, distances: [10])
        ])
        for topology in [one, NumaTopology(nodes: [])] {
            var placement = Placement()
            let isThere = placement.bindMemory(to: 0, on: topology, denial: nil)
            #expect(isThere && placement.binding == .trivial)
            #expect(placement.conditions["numa"] == "trivial (one node)")
            let isElsewhere = placement.bindMemory(to: 1, on: topology, denial: nil)
            #expect(!isElsewhere)
        }
    }

    @Test func whatKeepsMemoryFromBeingBoundIsSaid() {
        var placement = Placement()
        let isDenied = placement.bindMemory(
            to: 0, on: Self.large, denial: .notPermitted)
        #expect(isDenied)
        #expect(placement.conditions["numa"] == .string("denied (\(Errno.notPermitted))"))
        let isUnknown = placement.bindMemory(to: 0, on: nil, denial: nil)
        #expect(isUnknown && placement.binding == .unavailable)
        #expect(placement.conditions["numa"] == "unavailable (no libnuma)")
    }

    @Test(.enabled(if: MemoryPolicy(node: 0) != nil, "libnuma is not installed"))
    func memoryIsBoundToNodesThatHaveSome() throws {
        var placement = try Placement(parsing: "0-3,64/126-127")
        for (node, isThere) in [(0, true), (1, false), (2, true), (3, false)] {
            let binds = placement.bindMemory(to: node, on: Self.large, denial: nil)
            #expect(binds == isThere, "node \(node)")
        }
        #expect(placement.binding == .bound(2))
        #expect(placement.conditions["numa"] == "node 2, verified")
        #expect(
            placement.farCPUs == [
                "CPUs 0-3 are on node 0, at distance 14 from the memory of node 2",
                "CPUs 64,126,127 are on node 1, at distance 24 from the memory of node 2",
            ])
    }
}
