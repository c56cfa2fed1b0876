// Schedules of an open loop, and what they show that a closed loop hides.
import Foundation
import Glibc
import LoadGenerator
import Quantities
import Testing

private let alone = WorkerPlace(index: 0, count: 1)

/// Gaps of a schedule in units of their mean.
private func gaps(_ arrival: Arrival, rate: Double, count: Int, _ places: [WorkerPlace]) -> [Double]
{
    var moments: [UInt64] = []
    for place in places {
        var pacer = Pacer(Pace(rate: rate, arrival: arrival, seed: 42), place)
        for _ in 0..<count / places.count {
            moments.append(pacer.next)
            pacer.advance()
        }
    }
    moments.sort()
    // Workers end at moments of their own; past the first end the superposition is thinner.
    moments.removeLast(moments.count / 10)
    return zip(moments, moments.dropFirst()).map { Double($1 - $0) * rate / 1e9 }
}

/// Kolmogorov's statistic against a distribution, times √n.
private func distance(_ samples: [Double], _ cumulative: (Double) -> Double) -> Double {
    let sorted = samples.sorted()
    let n = Double(sorted.count)
    var worst = 0.0
    for (index, value) in sorted.enumerated() {
        let p = cumulative(value)
        worst = max(worst, abs(p - Double(index) / n), abs(Double(index + 1) / n - p))
    }
    return worst * n.squareRoot()
}

@Suite struct PacingTests {
    /// Poisson arrivals at 50,000/s, of one worker and of three together.
    @Test(arguments: [1, 3])
    func poissonGapsAreExponential(_ workers: Int) {
        let places = (0..<workers).map { WorkerPlace(index: $0, count: workers) }
        let samples = gaps(.poisson, rate: 50_000, count: 100_000, places)
        // 1.63 is the 1 % point of Kolmogorov's distribution.
        let statistic = distance(samples) { 1 - exp(-$0) }
        #expect(statistic < 1.63, "√n·D = \(statistic)")
        // The test can tell: constant gaps fail it.
        #expect(
            distance(gaps(.constant, rate: 50_000, count: 10_000, [alone])) { 1 - exp(-$0) } > 10)
    }

    @Test func paretoGapsFit() {
        let shape = Pacer.paretoShape
        let samples = gaps(.gpd, rate: 50_000, count: 100_000, [alone])
        let statistic = distance(samples) {
            1 - pow(1 + shape * $0 / (1 - shape), -1 / shape)
        }
        #expect(statistic < 1.63, "√n·D = \(statistic)")
    }

    @Test(
        arguments: [
            // Length of the schedule and lag at its end, in µs: kept, and more than 1 % short.
            (10_000_000, 100_000, true, false), (10_000_000, 100_001, false, false),
            (200_000, 2_000, true, false), (200_000, 2_100, true, true),
            (200_000, 10_000, true, true), (200_000, 10_001, false, false),
            (10_000, 100, true, false), (10_000, 2_000, true, true),
            (10_000, 10_001, false, false),
            // A hundred million a second, of which a thousand requests were sent in 5 ms.
            (10, 5_000, false, false),
            // One request has no rate.
            (0, 9_000, true, false), (0, 10_001, false, false),
        ] as [(UInt64, UInt64, Bool, Bool)])
    func schedulesAreKeptToTheirEnd(length: UInt64, lag: UInt64, isKept: Bool, isShort: Bool) {
        var sample = PacingSample()
        sample.planned = 1_000
        sample.scheduleNanoseconds = length * 1_000
        sample.endLagNanoseconds = lag * 1_000
        #expect(sample.isKept == isKept && sample.isShort == isShort)
        sample.unsent = 1
        #expect(!sample.isKept && !sample.isShort)
    }

    @Test func constantGapsOfWorkersInterleave() {
        let places = (0..<4).map { WorkerPlace(index: $0, count: 4) }
        let samples = gaps(.constant, rate: 1_000, count: 4_000, places)
        #expect(samples.allSatisfy { abs($0 - 1) < 1e-3 })
    }

    /// On for 0.2 s and off for 0.3 s, over and over; while it is on, moments are spread evenly.
    @Test func burstsComeAndGo() {
        var pace = Pace(rate: 10_000, arrival: .poisson, seed: 3)
        pace.cycle = .burst(on: 0.2, off: 0.3)
        var pacer = Pacer(pace, WorkerPlace(index: 0, count: 1))
        var moments: [Double] = []
        while pacer.next < 10_000_000_000 {
            moments.append(Double(pacer.next) / 1e9)
            pacer.advance()
        }
        // 2 of 5 s: 40,000 requests, and none while it is off
        #expect(abs(Double(moments.count) - 40_000) < 5 * 200)
        #expect(moments.allSatisfy { $0.truncatingRemainder(dividingBy: 0.5) <= 0.2 + 1e-6 })
        #expect(zip(moments, moments.dropFirst()).allSatisfy { $0 <= $1 })
        let phases = moments.map { $0.truncatingRemainder(dividingBy: 0.5) / 0.2 }
        #expect(distance(phases) { min(1, max(0, $0)) } < 1.95)
    }

    @Test func sinesRiseAndFall() {
        var pace = Pace(rate: 5_000, arrival: .poisson, seed: 3)
        pace.cycle = .sine(amplitude: 4_000, period: 4)
        var pacer = Pacer(pace, WorkerPlace(index: 1, count: 2))
        var moments: [Double] = []
        while pacer.next < 16_000_000_000 {
            moments.append(Double(pacer.next) / 1e9)
            pacer.advance()
        }
        // four periods of one of two workers: 2,500 a second on average
        #expect(abs(Double(moments.count) - 40_000) < 5 * 200)
        let places = moments.map { $0.truncatingRemainder(dividingBy: 4) / 4 }
        let fit = distance(places) { t in
            let x = min(1, max(0, t))
            return x + 0.8 * (1 - cos(2 * .pi * x)) / (2 * .pi)
        }
        #expect(fit < 1.95)
    }

    /// Four steps of half a second, the third without any: over and over.
    @Test(arguments: [1, 3])
    func countedRequestsComeInTheirSteps(workers: Int) {
        let counts: [UInt32] = [600, 30, 0, 3_000]
        var found = [Int](repeating: 0, count: 12)
        for index in 0..<workers {
            var pace = Pace(rate: 1_815)
            pace.cycle = .counting(counts, step: 0.5)
            var pacer = Pacer(pace, WorkerPlace(index: index, count: workers))
            var last: UInt64 = 0
            while pacer.next < 5_000_000_000 {
                #expect(pacer.next >= last)
                last = pacer.next
                found[Int(Double(pacer.next) / 5e8 + 1e-9)] += 1
                pacer.advance()
            }
        }
        for step in 0..<9 {
            let expected = Int(counts[step % 4])
            #expect(abs(found[step] - expected) <= workers - 1, "step \(step): \(found[step])")
        }
    }

    @Test func rampsGrow() {
        var pace = Pace(rate: 1_000)
        pace.finalRate = 9_000
        pace.ramp = Nanoseconds(10, .seconds)
        var pacer = Pacer(pace, alone)
        var counts = [0, 0, 0]
        while pacer.next < 15_000_000_000 {
            counts[Int(pacer.next / 5_000_000_000)] += 1
            pacer.advance()
        }
        #expect(abs(counts[0] - 15_000) <= 1)
        #expect(abs(counts[1] - 35_000) <= 1)
        #expect(abs(counts[2] - 45_000) <= 1)
    }
}
