// Which CPUs and which memory server and client get.
import Experiments
import Glibc
import LinuxSystem
import Testing

@Suite struct PlacementTests {
    @Test func spellings() throws {
        let both = try #require(Placement(parsing: "0,2-3/5"))
        #expect(both.serverCPUs == [0, 2, 3] && both.clientCPUs == [5])
        #expect(Placement(parsing: "none") == Placement())
        for bad in ["", "0", "0/", "/1", "3-1/0", "a/b", "0/8192", "0/1/2", "-1/0"] {
            #expect(Placement(parsing: bad) == nil, "\(bad)")
        }
    }

    @Test func automaticKeepsTheClientApart() {
        let four = Placement.automatic(cpus: [0, 1, 2, 3])
        #expect(four.serverCPUs == [0, 1, 2] && four.clientCPUs == [3])
        #expect(Placement.automatic(cpus: [7]) == Placement())
    }

    @Test func memoryIsBoundOnlyWhereThereIsAChoice() {
        var placement = Placement()
        let bindsNowhere = placement.bindMemory(to: 4_711)
        #expect(!bindsNowhere)
        let nodes = MemoryPolicy.nodes()
        let binds = placement.bindMemory(to: nodes.first ?? 0)
        #expect(binds)
        if nodes.count <= 1 {
            #expect(placement.binding == .trivial)
            #expect(placement.conditions["numa"] == "trivial (one node)")
        } else {
            #expect(placement.binding != .none && placement.binding != .trivial)
        }
    }

    @Test(.enabled(if: MemoryPolicy.anonymousPages(of: getpid()) != nil, "no numa_maps here"))
    func pagesOfThisProcessLieOnKnownNodes() throws {
        let pages = try #require(MemoryPolicy.anonymousPages(of: getpid()))
        #expect(Set(pages.keys).isSubset(of: MemoryPolicy.nodes()))
        #expect(pages.values.reduce(0, +) > 0)
    }
}
