// The highest rate at which a percentile of the latency stays within an objective.
//
//     closed loop ─► capacity C       rate R meets the objective: percentile of the intended
//     bisect (0, 1.05·C)              latency within it, and the schedule kept
//     confirm: two more runs at R; one that fails lowers R by 5 % and starts again
//
// A miss at a rate that was kept may have been the machine's doing, so it is tried once more before
// the search goes below it for good. A rate that was not kept is past the capacity.
//
// The objective is on the latency from the intended moment: from the actual send, a server past its
// capacity looks fine, because the client waits with it.
//
// Credits: the search is mutilate's `--search` (Leverich); confirmation after cachecannon.
import LoadGenerator
import Progress
import Quantities

extension BenchRun {
    /// Length of one trial unless --duration says otherwise: 1 % of its 2 s is 20 ms, a pause that
    /// p99 then already shows.
    private static let usualTrial = Nanoseconds(2, .seconds)
    /// The search ends when the rate is known to 2 %, finer than runs repeat.
    private static let resolution = 0.02
    /// Requests per second of the slowest trial: a slower one has hardly a request.
    private static let leastRate = 1.0
    private static let confirmations = 2
    /// Confirmations that fail before the search gives up.
    private static let attempts = 5

    /// Length of one trial.
    private var trialNanoseconds: UInt64 {
        guard case .duration(let nanoseconds) = options.limit else {
            return Self.usualTrial.count
        }
        return nanoseconds
    }

    /// Says how long the searches will probably take, where there are any.
    func announceSearches() {
        guard options.objective != nil else { return }
        // Each begins with the capacity.
        let trials = options.works.count * (1 + Self.trialsLeft(0, 1))
        recorder.progress.start(
            options.target.map { "bench · \($0.label)" } ?? "bench",
            seconds: Double(trials) * Nanoseconds(trialNanoseconds).seconds)
    }

    /// Finds the rate, or what of it a failure leaves.
    mutating func saturate(
        _ title: String, _ objective: LatencyObjective, _ load: any Load,
        _ observer: inout some BenchObserver
    ) -> Saturation {
        var found = Saturation(
            title: title, objective: objective, arrival: options.pace?.arrival ?? .poisson)
        do throws(LoadFailure) {
            try search(&found, load, &observer)
        } catch {
            result.failure = error
            observer.noted("\(title): ended after \(found.trials.count) trials; \(found.soFar)")
        }
        return found
    }

    private mutating func search(
        _ found: inout Saturation, _ load: any Load, _ observer: inout some BenchObserver
    ) throws(LoadFailure) {
        let title = found.title
        // Works that were left out are tests without numbers.
        let before = result.saturations.count + result.tests.count
        recorder.progress.begin(title, Course.part(before, of: options.works.count))
        defer { recorder.progress.end() }
        let closed = try burst(
            "capacity", Course.part(0, of: 1 + Self.trialsLeft(0, 1)), nil, load)
        judgeErrors(title, closed, &observer)
        guard result.invalid.isEmpty else { return }
        let capacity = closed.operationsPerSecond
        guard capacity >= Self.leastRate else {
            invalidate(
                title,
                "\(title): the server answered less than one request per second in a closed loop, "
                    + "and no lower rate is searched",
                "lengthen the trials (--duration), or see what holds the server up")
            return
        }
        found.capacity = capacity
        observer.noted("\(title): \(Int(capacity)) requests per second in a closed loop")
        var low = try bisect(capacity * 1.05, &found, load, &observer)
        var attempts = 0
        var shortfall: String?
        while low >= Self.leastRate, attempts < Self.attempts, !found.isConfirmed,
            shortfall == nil
        {
            found.isConfirmed = true
            for done in 0..<Self.confirmations where found.isConfirmed {
                let left = Self.confirmations - done
                let trial = try attempt(low, left, &found, load, &observer)
                shortfall = trial.shortfall
                found.isConfirmed = trial.isMet && shortfall == nil
            }
            if !found.isConfirmed && shortfall == nil { low *= 0.95 }
            attempts += 1
        }
        if low >= Self.leastRate {
            found.rate = low
            found.nanoseconds = found.trials.last { $0.rate == low && $0.isMet }?.nanoseconds
        }
        conclude(found, low, shortfall, closed)
    }

    /// The highest rate below `high` that met the objective; 0 where none did.
    private func bisect(
        _ high: Double, _ found: inout Saturation, _ load: any Load,
        _ observer: inout some BenchObserver
    ) throws(LoadFailure) -> Double {
        var (low, high) = (0.0, high)
        while high - low > Self.resolution * high {
            let rate = (low + high) / 2
            guard rate >= Self.leastRate else {
                observer.noted(
                    "\(found.title): the search ends here, for no trial is slower than one "
                        + "request per second")
                break
            }
            let left = Self.trialsLeft(low, high)
            var trial = try attempt(rate, left, &found, load, &observer)
            if !trial.isMet && trial.isKept {
                trial = try attempt(rate, left, &found, load, &observer)
            }
            if trial.isMet { low = rate } else { high = rate }
        }
        return low
    }

    /// Why what was found counts for nothing, where it does.
    /// - Parameters:
    ///   - low: the rate that was confirmed, or was not.
    ///   - shortfall: why trials say nothing.
    ///   - closed: the load of the closed loop.
    private mutating func conclude(
        _ found: Saturation, _ low: Double, _ shortfall: String?, _ closed: LoadSample
    ) {
        let (title, objective) = (found.title, found.objective)
        if let shortfall {
            invalidate(
                title,
                "\(title): a trial at \(Int(low)) requests per second does not say whether "
                    + "\(objective) was met: \(shortfall)",
                "lengthen the trials (--duration), or use a lower percentile")
        } else if !found.isConfirmed {
            let isQueued = closed.queuedShare ?? 0 >= Self.queuedShare
            let others = isQueued ? "the client waited for a CPU" : recorder.busyStart
            invalidate(
                title,
                "\(title): no rate that meets \(objective) could be confirmed"
                    + (others.map { ", and \($0)" } ?? ""),
                others == nil
                    ? "relax the objective, or lengthen the trials (--duration)"
                    : "measure on an idle machine, or relax the objective")
        }
    }

    /// Trials that the search will probably still take, its confirmations included.
    private static func trialsLeft(_ low: Double, _ high: Double) -> Int {
        var left = confirmations
        var width = high - low
        while width > resolution * high {
            left += 1
            width /= 2
        }
        return left
    }

    /// - Parameter left: trials that will probably follow, this one included.
    private func attempt(
        _ rate: Double, _ left: Int, _ found: inout Saturation, _ load: any Load,
        _ observer: inout some BenchObserver
    ) throws(LoadFailure) -> Trial {
        let pace = Pace(
            rate: rate, arrival: found.arrival,
            seed: options.seed &+ UInt64(found.trials.count))
        let title = found.title
        let number = found.trials.count + 1
        let all = found.trials.count + left
        // The capacity was measured before all of them.
        let sample = try burst(
            "trial \(number) of about \(all)", Course.part(number, of: 1 + all), pace, load)
        let percent = found.objective.percent
        let value = sample.intendedLatency?.percentile(percent)
        let isKept = sample.pacing?.isKept == true
        let isMet = isKept && value.map { $0 <= found.objective.nanoseconds } ?? false
        found.trials.append(
            Saturation.Trial(
                rate: rate, nanoseconds: value, isKept: isKept, isMet: isMet,
                latencies: Self.latencies(sample, found.objective)))
        let text = value.map { "\(Double($0 / 1000) / 1000) ms" } ?? "n/a"
        observer.noted(
            "\(title): \(Int(rate)) requests per second: \(text), "
                + (isMet ? "met" : "missed"))
        // Where nothing was answered the objective was missed.
        let isCarried =
            value == nil || sample.intendedLatency?.carriedPercentile(percent) != nil
        return Trial(
            isMet: isMet, isKept: isKept,
            shortfall: isCarried ? nil : sample.intendedLatency?.shortfall(percent))
    }

    /// The median, p99 and the objective's percentile, where the requests carry them.
    private static func latencies(
        _ sample: LoadSample, _ objective: LatencyObjective
    ) -> [String: Double] {
        var latencies: [String: Double] = [:]
        for percent in [50, 99, objective.percent] {
            let value = sample.intendedLatency?.carriedPercentile(percent)
            latencies["p\(percent.plainText)"] = value.map { Double($0) }
        }
        return latencies
    }

    /// Load for the time of a trial: a part of the search.
    private func burst(
        _ name: String, _ span: ClosedRange<Double>, _ pace: Pace?, _ load: any Load
    ) throws(LoadFailure) -> LoadSample {
        recorder.progress.begin(name, span)
        defer { recorder.progress.end() }
        let length = trialNanoseconds
        return try load.run(.duration(nanoseconds: length), pace: pace) {
            recorder.progress.advance(to: Double($0.elapsedNanoseconds) / Double(length))
        }
    }

    /// What one rate came to.
    private struct Trial {
        var isMet: Bool
        /// Whether the schedule was kept.
        var isKept: Bool
        /// Why the percentile says nothing, with too few requests: enough to search by, and not to
        /// confirm.
        var shortfall: String?
    }
}
