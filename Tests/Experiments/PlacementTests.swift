// Which CPUs server and client get.
import Experiments
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
}
