// What several load hosts make of a window together: nothing is lost between their shares and the
// total, times are on one clock, and who is missing or late is named.
import Experiments
import Foundation
import LoadGenerator
import Statistics
import Testing

@Suite struct FleetTests {
    private static func sample(
        _ latencies: [UInt64], start: UInt64, end: UInt64, errors: UInt64 = 0
    ) -> LoadSample {
        var sample = LoadSample(commands: [CommandLabel("GET", nullIsMiss: true)])
        sample.startNanoseconds = start
        sample.endNanoseconds = end
        sample.commands[0].operations = UInt64(latencies.count)
        sample.commands[0].errors = errors
        sample.commands[0].nulls = 2
        for latency in latencies { sample.commands[0].latency.record(latency) }
        sample.bytesSent = 100
        sample.clientCPUNanoseconds = 40
        sample.workers = 2
        return sample
    }

    private static func burst(
        _ rank: Int, _ sample: LoadSample, offset: Int64 = 0, late: UInt64 = 0,
        failure: String? = nil, isInterrupted: Bool = false
    ) -> HostBurst {
        HostBurst(
            rank: rank, host: "host-\(rank)", window: 3, offsetNanoseconds: offset,
            boundNanoseconds: 50, lateNanoseconds: late, sample: sample,
            points: (1...UInt64(2 + rank)).map {
                LoadProgress(
                    elapsedNanoseconds: $0 * 250, operations: $0 * 10, latencySumNanoseconds: $0)
            }, failure: failure, isInterrupted: isInterrupted)
    }

    private static let tenSeconds: Int64 = 10_000_000_000

    /// Three hosts, one of them ten seconds ahead and one ten behind.
    private static let bursts = [
        burst(0, sample([100, 200, 5_000], start: 20_000_000_100, end: 20_000_001_000)),
        burst(
            1, sample([100, 90_000], start: 30_000_000_050, end: 30_000_001_500, errors: 1),
            offset: tenSeconds),
        burst(
            2, sample([7], start: 10_000_000_200, end: 10_000_000_900), offset: -tenSeconds),
    ]

    @Test func theTotalIsTheSum() {
        let total = FleetBurst(Self.bursts, lost: [])
        #expect(total.failure == nil && !total.isInterrupted)
        #expect(total.sample.operations == 6)
        #expect(total.sample.errors == 1)
        #expect(total.sample.misses == 6)
        #expect(total.sample.bytesSent == 300)
        #expect(total.sample.clientCPUNanoseconds == 120)
        #expect(total.sample.workers == 6)
        var sum = LatencyHistogram()
        for burst in Self.bursts { sum.merge(burst.sample.latency) }
        #expect(total.sample.latency.buckets() == sum.buckets())
    }

    /// From the first send to the last reply, on the clock of rank 0.
    @Test func clocksThatDifferDoNotShow() {
        let total = FleetBurst(Self.bursts, lost: [])
        #expect(total.sample.startNanoseconds == 20_000_000_050)
        #expect(total.sample.endNanoseconds == 20_000_001_500)
        // A clock's reading that cannot be moved stays one.
        let early = Self.burst(1, Self.sample([1], start: 5, end: 9), offset: Self.tenSeconds)
        #expect(early.onRootClock.startNanoseconds == 1)
        let silent = Self.burst(1, Self.sample([], start: 0, end: 0), offset: Self.tenSeconds)
        #expect(silent.onRootClock.startNanoseconds == 0)
        #expect(
            FleetBurst([Self.bursts[0], silent], lost: []).sample.startNanoseconds
                == 20_000_000_100)
    }

    @Test func seriesAreAddedAsFarAsAllGo() {
        let points = FleetBurst(Self.bursts, lost: []).points
        #expect(points.map(\.operations) == [30, 60])
        #expect(points.map(\.elapsedNanoseconds) == [250, 500])
    }

    @Test func sharesSurviveTheirDocuments() throws {
        let documents = try Self.bursts.map { try JSONEncoder().encode($0) }
        let again = try documents.map { try JSONDecoder().decode(HostBurst.self, from: $0) }
        let (total, other) = (FleetBurst(again, lost: []), FleetBurst(Self.bursts, lost: []))
        #expect(total.sample.operations == other.sample.operations)
        #expect(total.sample.latency.buckets() == other.sample.latency.buckets())
        #expect(total.sample.startNanoseconds == other.sample.startNanoseconds)
        #expect(again.map(\.offsetNanoseconds) == [0, Self.tenSeconds, -Self.tenSeconds])
    }

    @Test func whoIsMissingIsNamed() throws {
        let total = FleetBurst(
            Array(Self.bursts.dropLast()), lost: ["load host c (rank 2) was lost"])
        let failure = try #require(total.failure)
        #expect(failure.hasPrefix("load host c (rank 2) was lost; what the others"))
        // What is there is kept.
        #expect(total.sample.operations == 5)
    }

    /// Whose burst was ended because of another's loss is not to blame.
    @Test func aLossIsNoInterruption() {
        let stopped = Self.burst(
            0, Self.sample([1], start: 1, end: 2), failure: "interrupted", isInterrupted: true)
        #expect(FleetBurst([stopped], lost: []).isInterrupted)
        let total = FleetBurst([stopped], lost: ["load host b (rank 1) was lost"])
        #expect(!total.isInterrupted)
        #expect(total.failure?.hasPrefix("load host b") == true)
    }

    @Test func whoFailsOrIsLateIsNamed() {
        let failed = Self.burst(1, Self.sample([1], start: 1, end: 2), failure: "it hangs")
        #expect(
            FleetBurst([Self.bursts[0], failed], lost: []).failure
                == "load host host-1 (rank 1): it hangs")
        let late = Self.burst(1, Self.sample([1], start: 1, end: 2), late: 35_000_000)
        let total = FleetBurst([Self.bursts[0], late], lost: [])
        #expect(total.failure?.contains("host-1 (rank 1) began 35 ms late") == true)
        let onTime = Self.burst(
            1, Self.sample([1], start: 1, end: 2), late: FleetBurst.latestStart.count)
        #expect(FleetBurst([Self.bursts[0], onTime], lost: []).failure == nil)
    }

    @Test func otherCommandsAreNotAdded() {
        var stranger = Self.bursts[1]
        stranger.sample = LoadSample(commands: [CommandLabel("SET")])
        let total = FleetBurst([Self.bursts[0], stranger], lost: [])
        #expect(total.sample.operations == 3)
        #expect(total.failure?.hasPrefix("host-1 sent other commands") == true)
    }
}
