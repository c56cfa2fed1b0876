// What the machine took from a slice, by cause.
import Experiments
import Testing

@Suite struct MachineShareTests {
    private static let apart = Placement.beside(clientCPUs: [1], of: [0, 1])

    private func mark(
        server: [Int32: UInt64] = [:], client: UInt64 = 0, own: UInt64 = 0, all: UInt64 = 0,
        steal: UInt64 = 0
    ) -> MachineShare.Mark {
        .init(
            serverWaits: server, clientWaits: [9: client], ownCPU: own, allCPU: all, steal: steal)
    }

    private func taken(
        _ after: MachineShare.Mark, _ placement: Placement = apart, overslept: Int = 0
    ) -> Int {
        MachineShare(placement).nanoseconds(
            from: mark(server: [1: 0, 2: 0, 3: 0]), to: after, of: 10_000_000,
            overslept: overslept)
    }

    @Test func waitsThatNobodyExplainsAreTheMachines() {
        #expect(taken(mark(server: [1: 3_000_000], own: 5_000_000, all: 5_000_000)) == 3_000_000)
        #expect(taken(mark(client: 2_000_000, own: 8_000_000, all: 8_000_000)) == 2_000_000)
        #expect(taken(mark(steal: 4_000_000)) == 4_000_000)
        #expect(taken(mark(steal: 40_000_000)) == 10_000_000, "no more than there was")
    }

    @Test func oneSidesWaitMayBeHiddenBehindTheOthersWork() {
        #expect(
            taken(
                mark(server: [1: 3_000_000], client: 2_000_000, own: 5_000_000, all: 5_000_000))
                == 3_000_000)
    }

    @Test func aServersOwnThreadsExplainItsWaits() {
        // Two threads on one CPU: each waits while the other runs.
        let two: [Int32: UInt64] = [1: 4_000_000, 2: 4_000_000]
        #expect(taken(mark(server: two, own: 8_000_000, all: 8_000_000)) == 0)
        // What goes beyond that somebody else has taken.
        #expect(taken(mark(server: two, own: 5_000_000, all: 5_000_000)) == 3_000_000)
    }

    @Test func anotherServersWorkExplainsThem() {
        #expect(taken(mark(server: [1: 3_000_000], own: 5_000_000, all: 9_000_000)) == 0)
    }

    /// The load generator woke up 5 ms late.
    @Test func aLateHeartbeatIsAPauseThatNoAccountShows() {
        #expect(taken(mark(), overslept: 5_000_000) == 5_000_000)
        // Its wait for a CPU is in it, and is nobody's twice.
        #expect(taken(mark(client: 4_000_000), overslept: 5_000_000) == 5_000_000)
        #expect(taken(mark(steal: 6_000_000), overslept: 5_000_000) == 6_000_000)
        // Where servers had its CPU, they are why.
        let after = mark(client: 4_000_000, own: 8_000_000, all: 8_000_000)
        #expect(taken(after, Placement(), overslept: 4_500_000) == 500_000)
    }

    @Test func onSharedCPUsServersExplainTheGeneratorsWaits() {
        let after = mark(client: 2_000_000, own: 8_000_000, all: 8_000_000)
        #expect(taken(after, Placement()) == 0)
        #expect(taken(after) == 2_000_000)
    }
}
