// Rates of an open loop against a real server's clock: timed, so they run by themselves.
import Foundation
import Glibc
import LinuxSystem
import LoadGenerator
import RESP
import Synchronization
import TestSupport
import Testing

private let ping = RequestTemplate(RequestEncoder.encode(["PING"]), [CommandLabel("PING")])

extension Timed {
    @Suite(.serialized) struct RateTests {
        @Test(arguments: [(1, 1), (2, 4)])
        func ratesAreKept(_ threads: Int, _ pipeline: Int) throws {
            let server = try RedisServer()
            var options = LoadOptions()
            options.threads = threads
            options.pipeline = pipeline
            var load = try LoadSession(to: server.address, options) {
                TemplateSource(ping, range: nil, seed: 1, $0)
            }
            func run() throws -> LoadSample {
                try load.run(
                    .duration(nanoseconds: 1_000_000_000),
                    pace: Pace(rate: 2_000, arrival: .poisson, seed: 3))
            }
            // A pause of a busy machine at the very end leaves the rate unkept: then the next
            // counts, or the one after.
            var sample = try run()
            for _ in 0..<2 where sample.pacing?.isKept == false { sample = try run() }
            let pacing = try #require(sample.pacing)
            #expect(pacing.isKept)
            #expect(sample.operations == pacing.planned && pacing.unsent == 0)
            // Four standard deviations of a Poisson count.
            #expect(abs(Double(sample.operations) - 2_000) < 4 * 2_000.0.squareRoot())
            #expect(sample.intendedLatency?.count == sample.operations)
            #expect(pacing.slip.count == sample.operations)
            #expect((sample.intendedLatency?.mean ?? 0) >= (sample.latency.mean ?? 0))
            // The session goes back to a closed loop, and to exact numbers of paced requests.
            #expect(try load.run(.requests(100)).pacing == nil)
            #expect(try load.run(.requests(101), pace: Pace(rate: 1_000)).operations == 101)
        }

        @Test func aRateBeyondTheServerIsNotKept() throws {
            let server = try RedisServer()
            var load = try LoadSession(to: server.address, LoadOptions()) {
                TemplateSource(ping, range: nil, seed: 1, $0)
            }
            let sample = try load.run(
                .duration(nanoseconds: 200_000_000), pace: Pace(rate: 50_000_000))
            let pacing = try #require(sample.pacing)
            #expect(!pacing.isKept && pacing.unsent > 0)
            #expect(pacing.planned == sample.operations + pacing.unsent)
        }

        /// Coordinated omission: a server that stands still for S = 0.4 s in a run of T = 4 s. Of
        /// all requests S/T were due meanwhile, evenly spread, and wait 0 to S: the p-th percentile
        /// is S − (1 − p)·T, the maximum S. From the actual send the stall is one request a
        /// connection.
        @Test func stallsCountFromTheIntendedMoment() throws {
            let server = try RedisServer()
            var options = LoadOptions()
            options.connections = 10
            var load = try LoadSession(to: server.address, options) {
                TemplateSource(ping, range: nil, seed: 1, $0)
            }
            let child = server.child
            let stopped = DispatchSemaphore(value: 0)
            let holder = StallHolder()
            Thread.detachNewThread {
                Clock.sleep(milliseconds: 1_200)
                let start = Clock.monotonicNanoseconds()
                child.signal(SIGSTOP)
                Clock.sleep(milliseconds: 400)
                child.signal(SIGCONT)
                holder.nanoseconds.store(
                    Clock.monotonicNanoseconds() - start, ordering: .relaxed)
                stopped.signal()
            }
            let sample = try load.run(
                .duration(nanoseconds: 4_000_000_000), pace: Pace(rate: 2_000))
            stopped.wait()
            let length = Double(holder.nanoseconds.load(ordering: .relaxed))
            let intended = try #require(sample.intendedLatency)
            let p99 = Double(try #require(intended.percentile(99)))
            let most = Double(try #require(intended.max))
            let computed = length - 0.01 * 4e9
            #expect(abs(p99 / computed - 1) < 0.05, "p99 \(p99), computed \(computed)")
            #expect(abs(most / length - 1) < 0.05, "max \(most), computed \(length)")
            // The uncorrected numbers beside them: blind at p99.
            #expect(Double(try #require(sample.latency.percentile(99))) < 0.2 * computed)
            #expect(sample.pacing?.isKept == true)
            print(
                "stall \(length / 1e6) ms: intended p99 \(p99 / 1e6) (computed \(computed / 1e6)), "
                    + "max \(most / 1e6) ms; actual p99 "
                    + "\(Double(sample.latency.percentile(99) ?? 0) / 1e6) ms")
        }
    }
}

private final class StallHolder: Sendable {
    let nanoseconds = Atomic<UInt64>(0)
}
