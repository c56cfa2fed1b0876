// An open loop's schedule: at which moments requests are to be sent, whatever the server does.
//
// Gaps are drawn in units of the mean gap, so that their sum u counts "requests due on average";
// a moment is where the integral of the rate reaches u:
//
//     constant rate q     t = u / q
//     ramp from a to b    a·t + (b − a)·t²/2T = u, solved for t; after T the rate stays b
//     on/off bursts       q while on, nothing while off: whole cycles by division
//     sine                m·t + (A/ω)·(1 − cos ωt) = u, solved by Newton's method
//     counted             so many in each step of time: a table of sums, by bisection
//
// Gap distributions, all of mean 1: constant; exponential (Poisson arrivals); generalised Pareto
// with the shape that Atikoglu et al. fitted to the inter-arrival times of a Facebook pool
// ("Workload analysis of a large-scale key-value store", SIGMETRICS 2012; also mutilate's).
//
// Every worker has a schedule of its own: exponential gaps of n workers at rate q/n overlap to
// Poisson arrivals at q, and constant ones are shifted against each other by 1/n of a gap.
import Distributions
import Glibc
import Quantities

/// How an open loop spreads its requests over time.
public enum Arrival: String, Hashable, Sendable, CaseIterable {
    case constant, poisson
    /// Generalised Pareto gaps: burstier than Poisson.
    case gpd
}

public struct Pace: Hashable, Sendable {
    /// The source says when each request is due (`RequestSource.due`); the rest does not matter.
    public private(set) var isOfSource = false

    /// The schedule that the requests bring along, such as a trace's.
    public static let ofSource: Pace = {
        var pace = Pace(rate: 1)
        pace.isOfSource = true
        return pace
    }()

    /// Requests per second over all workers; of a ramp, at its start.
    public var rate: Double
    /// The rate that a ramp reaches; nil without a ramp.
    public var finalRate: Double?
    /// How long the ramp takes.
    public var ramp = Nanoseconds(0, .seconds)
    public var arrival: Arrival
    /// Every moment sends a whole pipeline, as valkey-benchmark's `--rps` does, instead of what is
    /// due alone.
    public var sendsWholePipelines = false
    public var seed: UInt64
    /// What the rate does over and over; nil where it stays (or ramps).
    public var cycle: Cycle?
    /// How long the schedule is over all of its bursts; nil where it is one burst's. Its first
    /// burst begins it, and each of the next ones goes on where the one before had come to,
    /// whatever time it is meanwhile: what fell due during a stall is sent late, and counts so.
    public var wholeNanoseconds: UInt64?
    /// Of such a schedule: this is not its first burst.
    public var goesOn = false

    /// A rate that repeats itself.
    public enum Cycle: Hashable, Sendable {
        /// `rate` for so many seconds, then nothing for so many.
        case burst(on: Double, off: Double)
        /// rate + amplitude·sin(2πt ÷ period), amplitude ≤ rate.
        case sine(amplitude: Double, period: Double)
        /// So many requests by the end of each step of so many seconds, the steps before it
        /// included; at least one in all.
        case counted(sums: [Double], step: Double)

        /// The same by the number of each step alone.
        public static func counting(_ counts: [UInt32], step: Double) -> Cycle {
            var sum = 0.0
            let sums = counts.map { count in
                sum += Double(count)
                return sum
            }
            return .counted(sums: sums, step: step)
        }
    }

    public init(rate: Double, arrival: Arrival = .constant, seed: UInt64 = 0) {
        self.rate = rate
        self.arrival = arrival
        self.seed = seed
    }
}

/// The moments of one worker, in order.
public struct Pacer: Sendable {
    /// Shape of the generalised Pareto distribution (Atikoglu et al., table 4).
    public static let paretoShape = 0.154971

    private let arrival: Arrival
    /// Per ns.
    private let startRate: Double
    /// Growth of the rate per ns, per ns.
    private let slope: Double
    private let rampNanoseconds: Double
    /// Requests due at the end of the ramp.
    private let rampArrivals: Double
    private let endRate: Double
    private let cycle: Pace.Cycle?
    /// Of a cycle, in ns: on and off, or the period; and the sine's amplitude per ns.
    private let cycleNanoseconds: (on: Double, off: Double)
    private let amplitude: Double
    /// Of counted requests: how many are due by the end of each step, and this worker's share.
    private let sums: [Double]
    private let sumShare: Double
    /// Of a request: what is due at the very end of a step belongs to the next one, whichever way
    /// its moment is rounded.
    private static let slack = 1e-6
    private var random: Xoshiro256PlusPlus
    private var due: Double
    /// The next moment, in ns since the schedule began.
    public private(set) var next: UInt64 = 0

    /// - Parameter requests: requests that are sent at each moment (a sequence of commands).
    public init(_ pace: Pace, _ place: WorkerPlace, requests: Int = 1) {
        let share = 1 / Nanoseconds.perSecond / Double(place.count * requests)
        arrival = pace.arrival
        startRate = pace.rate * share
        endRate = (pace.finalRate ?? pace.rate) * share
        rampNanoseconds = pace.finalRate == nil ? 0 : Double(pace.ramp.count)
        slope = rampNanoseconds > 0 ? (endRate - startRate) / rampNanoseconds : 0
        rampArrivals = (startRate + endRate) / 2 * rampNanoseconds
        cycle = pace.cycle
        sumShare = share * Nanoseconds.perSecond
        switch pace.cycle {
        case .burst(let on, let off):
            cycleNanoseconds = (on * Nanoseconds.perSecond, off * Nanoseconds.perSecond)
            amplitude = 0
            sums = []
        case .sine(let height, let period):
            cycleNanoseconds = (period * Nanoseconds.perSecond, 0)
            amplitude = height * share
            sums = []
        case .counted(let counted, let step):
            cycleNanoseconds = (step * Nanoseconds.perSecond, 0)
            amplitude = 0
            sums = counted
        case nil:
            cycleNanoseconds = (0, 0)
            amplitude = 0
            sums = []
        }
        var seeds = SplitMix64(seed: pace.seed ^ 0x7061_6365)  // apart from the requests' numbers
        for _ in 0..<place.index { _ = seeds.next() }
        random = Xoshiro256PlusPlus(seed: seeds.next())
        due = 0
        due = arrival == .constant ? Double(place.index) / Double(place.count) : gap()
        next = moment(due)
    }

    /// Goes on to the next moment. - Complexity: O(1), some 20 ns. - Allocations: none.
    @inline(__always)
    public mutating func advance() {
        due += gap()
        next = moment(due)
    }

    @inline(__always)
    private mutating func gap() -> Double {
        switch arrival {
        case .constant: 1
        case .poisson: -log1p(-random.nextUnit())
        case .gpd: (1 / Self.paretoShape - 1) * (pow(1 - random.nextUnit(), -Self.paretoShape) - 1)
        }
    }

    @inline(__always)
    private func moment(_ due: Double) -> UInt64 {
        if cycle != nil { return cyclicMoment(due) }
        if due >= rampArrivals {
            return Self.clamped(rampNanoseconds + (due - rampArrivals) / endRate)
        }
        if slope == 0 { return Self.clamped(due / startRate) }
        // The form of the root that does not cancel where the slope is small.
        let root = (startRate * startRate + 2 * slope * due).squareRoot()
        return Self.clamped(2 * due / (startRate + root))
    }

    /// Far beyond any burst (146 years), and far enough from the end of 64 bits to be added to.
    private static let farthest = 0x1p62

    /// To the nearest: what is due at 2 s sharp must not come a nanosecond before the end of 2 s.
    @inline(__always)
    private static func clamped(_ time: Double) -> UInt64 {
        time < farthest ? UInt64(max(time, 0) + 0.5) : UInt64(farthest)
    }

    /// Goes on to `time` (in ns of the schedule); returns how many moments that leaves out, on
    /// average.
    mutating func skip(to time: UInt64) -> Double {
        let before = due
        due = max(due, arrivals(Double(time)))
        next = moment(due)
        return due - before
    }

    /// Requests due by `time` (in ns of the schedule) on average.
    private func arrivals(_ time: Double) -> Double {
        switch cycle {
        case nil:
            return time >= rampNanoseconds
                ? rampArrivals + (time - rampNanoseconds) * endRate
                : startRate * time + slope * time * time / 2
        case .burst:
            let (on, off) = cycleNanoseconds
            let whole = (time / (on + off)).rounded(.down)
            return startRate * (whole * on + min(time - whole * (on + off), on))
        case .sine:
            let speed = 2 * Double.pi / cycleNanoseconds.on
            return startRate * time + amplitude / speed * (1 - cos(speed * time))
        case .counted:
            let steps = time / cycleNanoseconds.on
            let whole = (steps / Double(sums.count)).rounded(.down)
            let rest = max(0, steps - whole * Double(sums.count))
            let step = min(Int(rest), sums.count - 1)
            let before = step > 0 ? sums[step - 1] : 0
            let inStep = (rest - Double(step)) * (sums[step] - before)
            return (whole * sums[sums.count - 1] + before + inStep) * sumShare
        }
    }

    /// When so many are due.
    @inline(never)
    private func cyclicMoment(_ due: Double) -> UInt64 {
        var time: Double
        if case .burst = cycle {
            let (on, off) = cycleNanoseconds
            let perCycle = startRate * on
            let whole = (due / perCycle).rounded(.down)
            time = whole * (on + off) + (due - whole * perCycle) / startRate
        } else if case .counted = cycle {
            time = countedMoment((due + Self.slack) / sumShare)
        } else {
            // At least one period brackets it; a step that leaves the bracket is halved into it.
            var (low, high) = (0.0, due / startRate + cycleNanoseconds.on)
            low = max(0, due / startRate - cycleNanoseconds.on)
            time = min(max(Double(next), low), high)
            let speed = 2 * Double.pi / cycleNanoseconds.on
            for _ in 0..<60 {
                let error = arrivals(time) - due
                if error > 0 { high = time } else { low = time }
                let rate = startRate + amplitude * sin(speed * time)
                let step = rate > 0 ? time - error / rate : .infinity
                let better = step > low && step < high ? step : (low + high) / 2
                if abs(better - time) < 1 { break }  // a nanosecond
                time = better
            }
        }
        return Self.clamped(time)
    }

    /// When so many of the counted requests are due, in ns since the first step began: in the first
    /// step whose sum is above that, and in proportion within.
    private func countedMoment(_ due: Double) -> Double {
        let perCycle = sums[sums.count - 1]
        let whole = (due / perCycle).rounded(.down)
        let rest = min(max(0, due - whole * perCycle), perCycle.nextDown)
        var (low, high) = (0, sums.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > rest { high = middle } else { low = middle + 1 }
        }
        let before = low > 0 ? sums[low - 1] : 0
        let steps = Double(low) + (rest - before) / (sums[low] - before)
        return (whole * Double(sums.count) + steps) * cycleNanoseconds.on
    }
}
