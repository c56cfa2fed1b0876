// One sample per server from a round's slices.
import Experiments
import RunRecord
import Testing

@Suite struct RoundSampleTests {
    private func slice(ops: Int, cpu: Int?, took: Int = 5_000_000) -> RunRecord.Slice {
        .init(
            startNanoseconds: 0, durationNanoseconds: took, ops: ops, serverCPUNanoseconds: cpu,
            clientCPUNanoseconds: ops * 300)
    }

    @Test func aSlowMomentThatBothSawDoesNotCount() throws {
        // 500 and 600 ns per operation; in the second and third pass everything takes twice as long.
        let slow = [1, 2, 2, 1, 1]
        let samples = RoundSample.samples([
            slow.map { slice(ops: 10_000 / $0, cpu: 5_000_000) },
            slow.map { slice(ops: 10_000 / $0, cpu: 6_000_000) },
        ])
        let cpu = samples.compactMap(\.serverCPU)
        #expect(abs(cpu[0] - 500) < 1e-9 && abs(cpu[1] - 600) < 1e-9)
        #expect(abs(try #require(samples[0].throughput) - 2_000_000) < 1e-3)
        #expect(samples.allSatisfy { abs(($0.clientCPU ?? 0) - 300) < 1e-9 })
        #expect(samples.allSatisfy { abs($0.drift ?? 1) < 1e-9 })
    }

    @Test func aServerElsewhereHasNoCPUTimeAndTheOtherKeepsIts() {
        let samples = RoundSample.samples([
            (0..<4).map { _ in slice(ops: 1_000, cpu: nil) },
            (0..<4).map { _ in slice(ops: 1_000, cpu: 700_000) },
        ])
        #expect(samples[0].serverCPU == nil && samples[0].drift == nil)
        #expect(abs((samples[1].serverCPU ?? 0) - 700) < 1e-9)
        #expect(samples[1].drift == nil, "it has nothing to drift against")
        #expect(samples.allSatisfy { $0.throughput != nil })
    }

    @Test func aPassWithoutAnOperationIsLeftOut() {
        let samples = RoundSample.samples([
            [
                slice(ops: 1_000, cpu: 500_000), slice(ops: 0, cpu: 100),
                slice(ops: 1_000, cpu: 500_000),
            ],
            [
                slice(ops: 1_000, cpu: 600_000), slice(ops: 9, cpu: 5_000_000),
                slice(ops: 1_000, cpu: 600_000),
            ],
        ])
        #expect(abs((samples[1].serverCPU ?? 0) - 600) < 1e-9)
        let nothing = RoundSample.samples([[slice(ops: 0, cpu: 1)]])
        #expect(nothing.count == 1 && nothing[0].serverCPU == nil && nothing[0].throughput == nil)
    }

    @Test func driftTogetherAndAlone() throws {
        let together = [
            (0..<6).map { slice(ops: 1_000, cpu: $0 < 3 ? 500_000 : 750_000) },
            (0..<6).map { slice(ops: 1_000, cpu: $0 < 3 ? 500_000 : 750_000) },
        ]
        #expect(abs(try #require(RoundSample.commonDrift(together)) - 0.5) < 1e-9)
        #expect(RoundSample.samples(together).allSatisfy { abs($0.drift ?? 1) < 1e-9 })
        let alone = [
            (0..<6).map { slice(ops: 1_000, cpu: $0 < 3 ? 1_000_000 : 640_000) },
            (0..<6).map { _ in slice(ops: 1_000, cpu: 500_000) },
        ]
        // 0.64 is shared by both: the level falls by a fifth, the one by a fifth against it.
        let samples = RoundSample.samples(alone)
        #expect(abs(try #require(samples[0].drift) + 0.2) < 1e-9)
        #expect(abs(try #require(samples[1].drift) - 0.25) < 1e-9)
    }
}
