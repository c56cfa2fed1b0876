// What a round's sums say, and when its servers were not in a steady state.
import Experiments
import RunRecord
import Testing

@Suite struct RoundTotalsTests {
    private func slice(ops: Int, cpu: Int?, took: Int = 5_000_000) -> RunRecord.Slice {
        .init(
            startNanoseconds: 0, durationNanoseconds: took, ops: ops, serverCPUNanoseconds: cpu,
            clientCPUNanoseconds: ops * 300)
    }

    /// 12 ms of CPU once in forty slices: a median of slices would not see it.
    @Test func whatIsRareCounts() throws {
        let slices = (0..<40).map { index in
            slice(
                ops: 5_000, cpu: 2_500_000 + (index == 7 ? 12_000_000 : 0),
                took: 5_000_000 + (index == 7 ? 12_000_000 : 0))
        }
        let totals = RunRecord.Totals(of: slices)
        #expect(totals.serverCPU == 560)
        #expect(totals.clientCPU == 300)
        #expect(abs(try #require(totals.throughput) - 200_000 / 0.212) < 1)
    }

    @Test func theMachinesTimeIsTakenOutOfThroughputAlone() throws {
        var totals = RunRecord.Totals(ops: 1_000, nanoseconds: 10_000_000)
        totals.serverCPUNanoseconds = 5_000_000
        totals.machineNanoseconds = 5_000_000
        totals.stallNanoseconds = 2_000_000
        #expect(totals.throughput == 200_000)
        #expect(totals.serverCPU == 5_000)
        #expect(totals.stallShare == 0.2)
    }

    @Test func nothingMeasuredIsNoReading() {
        let totals = RunRecord.Totals(ops: 0, nanoseconds: 0)
        #expect(totals.throughput == nil && totals.serverCPU == nil && totals.stallShare == nil)
    }

    @Test func driftIsSplitIntoCommonAndOwn() throws {
        // Both slow down by half in the later slices: the machine's.
        let together = [500, 600].map { cost in
            (0..<20).map { slice(ops: 1_000, cpu: cost * 1_000 * ($0 < 10 ? 2 : 3)) }
        }
        #expect(abs(try #require(RoundDrift.common(together)) - 0.5) < 1e-9)
        #expect(RoundDrift.own(together).allSatisfy { abs($0 ?? 1) < 1e-9 })
        // One alone: it was not in a steady state.
        let alone = [
            (0..<20).map { _ in slice(ops: 1_000, cpu: 500_000) },
            (0..<20).map { slice(ops: 1_000, cpu: $0 < 10 ? 500_000 : 700_000) },
        ]
        #expect(try #require(RoundDrift.own(alone)[1]) > 0.1)
        #expect(RoundDrift.own([together[0]]) == [nil], "a server alone has nothing to differ from")
        #expect(RoundDrift.common(together.map { Array($0.prefix(4)) }) == nil)
    }
}
