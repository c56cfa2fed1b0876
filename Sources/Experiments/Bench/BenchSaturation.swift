// The highest rate at which a percentile of the latency stays within an objective.
//
//     closed loop ─► capacity C       rate R meets the objective: percentile of the intended
//     bisect (0, 1.05·C)              latency within it, and the schedule kept
//     confirm: two more runs at R; one that fails lowers R by 5 % and starts again
//
// The objective is on the latency from the intended moment: from the actual send, a server past its
// capacity looks fine, because the client waits with it.
//
// Credits: the search is mutilate's `--search` (Leverich); confirmation after cachecannon.
import LoadGenerator

extension BenchRun {
    /// Length of one trial unless --duration says otherwise: 1 % of its 2 s is 20 ms, a pause that
    /// p99 then already shows.
    private static let trialNanoseconds: UInt64 = 2_000_000_000
    /// The search ends when the rate is known to 2 %, finer than runs repeat.
    private static let resolution = 0.02
    private static let confirmations = 2
    /// Confirmations that fail before the search gives up.
    private static let attempts = 5

    mutating func saturate<Source: RequestSource & ~Copyable>(
        _ title: String, _ objective: LatencyObjective, _ session: inout LoadSession<Source>,
        _ observer: inout some BenchObserver
    ) throws(LoadFailure) -> Saturation {
        var length = Self.trialNanoseconds
        if case .duration(let nanoseconds) = options.limit { length = nanoseconds }
        let limit = BurstLimit.duration(nanoseconds: length)
        var found = Saturation(title: title, objective: objective)
        let capacity = try session.run(limit) { observer.progressed("\(title) capacity", $0) }
            .operationsPerSecond
        observer.noted("\(title): \(Int(capacity)) requests per second in a closed loop")
        var (low, high) = (0.0, capacity * 1.05)
        while high - low > Self.resolution * high {
            let rate = (low + high) / 2
            if try meets(rate, limit, &found, &session, &observer) {
                low = rate
            } else {
                high = rate
            }
            if high < 1 { break }
        }
        var attempt = 0
        while low > 0 && attempt < Self.attempts && !found.isConfirmed {
            found.isConfirmed = true
            for _ in 0..<Self.confirmations where found.isConfirmed {
                found.isConfirmed = try meets(low, limit, &found, &session, &observer)
            }
            if !found.isConfirmed { low *= 0.95 }
            attempt += 1
        }
        if low > 0 {
            found.rate = low
            found.nanoseconds = found.trials.last { $0.rate == low && $0.isMet }?.nanoseconds
        }
        if !found.isConfirmed {
            result.invalid.append(
                "\(title): no rate that meets \(objective) could be confirmed; relax the "
                    + "objective, or lengthen the trials (--duration)")
        }
        return found
    }

    private func meets<Source: RequestSource & ~Copyable>(
        _ rate: Double, _ limit: BurstLimit, _ found: inout Saturation,
        _ session: inout LoadSession<Source>, _ observer: inout some BenchObserver
    ) throws(LoadFailure) -> Bool {
        let pace = Pace(
            rate: rate, arrival: options.pace?.arrival ?? .poisson,
            seed: options.seed &+ UInt64(found.trials.count))
        let title = found.title
        let sample = try session.run(limit, pace: pace) { observer.progressed(title, $0) }
        let value = sample.intendedLatency?.percentile(found.objective.percent) ?? .max
        let isMet = value <= found.objective.nanoseconds && sample.pacing?.isKept == true
        found.trials.append((rate, value, isMet))
        observer.noted(
            "\(title): \(Int(rate)) requests per second: \(Double(value / 1000) / 1000) ms, "
                + (isMet ? "met" : "missed"))
        return isMet
    }
}
