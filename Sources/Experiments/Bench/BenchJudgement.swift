// What makes the numbers of a bench run worth less, each with its remedy, and what makes them
// worthless. What may hold for many tests is a doubt, said once at the end (BenchDoubts).
import LoadGenerator
import Quantities
import RESP
import Statistics
import Targets

extension BenchRun {
    /// A client that waits this share of the time for a CPU is held up by its neighbours.
    static let queuedShare = 0.1
    /// Hit ratios agree when they differ by at most this much.
    private static let hitTolerance = 0.01
    /// A rate this far above its limit is said to be.
    private static let limitTolerance = 0.01
    /// Halves of a burst that differ by more than this are no steady state: runs of a steady
    /// server on a busy machine stay within it.
    private static let driftShare = 0.25
    /// A realised distribution this unlikely is not one of the requested: four are looked at in
    /// every run, and nobody runs a quarter of a million of them.
    private static let falseAlarm = 1e-6
    /// Points of the series (250 ms each) that a look for drift needs: four on either side.
    private static let driftPoints = 8
    /// And requests in either half.
    private static let driftOperations = 100

    mutating func judge(_ outcome: BenchTestResult, _ observer: inout some BenchObserver) {
        let sample = outcome.sample
        let title = outcome.title
        judgeErrors(title, sample, &observer)
        judgeAnswers(title, sample)
        judgeHits(outcome)
        judgeClient(outcome)
        judgePace(outcome)
        judgeSeries(outcome)
        judgeMix(outcome, &observer)
        judgeCluster(outcome)
        let clamped = sample.commands.reduce(0) { $0 + $1.latency.clamped }
        if clamped > 0 {
            doubts.add(
                "latencies were longer than an hour", in: title, "\(clamped) of them",
                "look at the server")
        }
    }

    /// The same of a combination of a grid, which may be too short for a steady state, and whose
    /// rate is judged behind the others (`judgeKept`).
    mutating func judgeCell(_ outcome: BenchTestResult, _ observer: inout some BenchObserver) {
        judgeErrors(outcome.title, outcome.sample, &observer)
        judgeAnswers(outcome.title, outcome.sample)
        judgeHits(outcome)
        judgeClient(outcome)
        judgeCluster(outcome)
    }

    /// Error replies make a measurement one of something else, unless they were asked for.
    mutating func judgeErrors(
        _ title: String, _ sample: LoadSample, _ observer: inout some BenchObserver
    ) {
        for error in sample.errorKinds {
            let cause =
                "\(title): \(error.count) of \(sample.operations) replies were errors: "
                + error.firstText
            let remedy = ErrorReply.remedy(for: error.firstText)
            switch options.errorPolicy {
            case .invalid:
                invalidate(
                    title, cause,
                    "\(remedy) (--on-errors ignore measures them all the same)")
            case .ignore, .stop: warn(cause, remedy, &observer)
            }
        }
    }

    /// Other values than this run has written: a rate of wrong answers measures nothing.
    private mutating func judgeAnswers(_ title: String, _ sample: LoadSample) {
        guard sample.answers.wrong > 0 else { return }
        let example = sample.answers.firstWrong.map { ", first \($0)" } ?? ""
        invalidate(
            title,
            "\(title): wrong values in \(sample.answers.wrong) of \(sample.operations) replies"
                + example, "mend the server, or see that nothing else writes to it")
    }

    private mutating func judgeHits(_ outcome: BenchTestResult) {
        guard let ratio = outcome.hitRatio else { return }
        if let expected = options.hitRatio {
            guard abs(ratio - expected) > Self.hitTolerance else { return }
            invalidate(
                outcome.title,
                "\(outcome.title): the hit ratio was \(ratio.fixed(4)), not "
                    + "\(expected)",
                ratio > expected
                    ? "more keys were there than asked for: widen the key range (-r)" : missRemedy)
        } else if outcome.sample.misses > 0 {
            doubts.add(
                "look-ups found no key", in: outcome.title, "\((1 - ratio).percent()) of them",
                missRemedy + ", or say how many shall (--hit-ratio)")
        }
    }

    /// What to do about look-ups that find nothing.
    private var missRemedy: String {
        let deletes = options.works.contains(where: \.deletes)
        if !options.populates {
            return "fill the key range first (--populate)"
                + (deletes ? ", of which the run then deletes keys itself" : "")
        }
        return deletes
            ? "the run deletes keys itself: let it write more of them"
            : "keys went away: see the server's evictions, and --ttl"
    }

    /// Was the client the bottleneck?
    private mutating func judgeClient(_ outcome: BenchTestResult) {
        guard let isBottleneck = outcome.clientIsBottleneck,
            let busy = outcome.sample.clientShare
        else { return }
        if isBottleneck {
            doubts.add(
                "the client was the bottleneck, computing nearly all the time", in: outcome.title,
                busy.percent(0), "give it more --threads, or a lower rate (--qps)")
        } else if let queued = outcome.sample.queuedShare, queued >= Self.queuedShare {
            let isPlaced = options.placement?.clientCPUs.isEmpty == false
            doubts.add(
                "the client's threads waited for a CPU", in: outcome.title,
                "\(queued.percent(0)) of the time",
                isPlaced
                    ? "keep others off its CPUs"
                    : "keep server and client on CPUs of their own (--cpus), and the machine idle")
        }
    }

    private mutating func judgePace(_ outcome: BenchTestResult) {
        judgeLimit(outcome)
        guard options.mustKeepPace, let pacing = outcome.sample.pacing, !outcome.partial else {
            return
        }
        if let doubt = pacing.doubt {
            doubts.add(
                doubt.cause, in: outcome.title, doubt.extent,
                "send more requests (-n), or for longer (--duration)")
        }
        judgeKept(outcome)
    }

    /// A rate that was not kept is not the one that was asked for.
    mutating func judgeKept(_ outcome: BenchTestResult) {
        guard isUnkept(outcome), let pacing = outcome.sample.pacing else { return }
        let lag = Nanoseconds(pacing.endLagNanoseconds).value(in: .milliseconds).fixed(1)
        invalidate(
            outcome.title,
            "\(outcome.title): the rate was not kept: \(pacing.unsent) of \(pacing.planned) "
                + "requests were not sent and the last one left \(lag) ms late",
            (outcome.cell?.rate == nil ? "lower --qps" : "lower the rates of --grid qps")
                + ", or give more connections (-c) or threads")
    }

    /// Whether a rate was to be kept, and was not.
    func isUnkept(_ outcome: BenchTestResult) -> Bool {
        options.mustKeepPace && !outcome.partial && outcome.sample.pacing?.isKept == false
    }

    /// Pipelines are sent whole: the last one of a short run holds requests of the time behind it.
    private mutating func judgeLimit(_ outcome: BenchTestResult) {
        guard !options.mustKeepPace, let limit = options.pace?.rate else { return }
        let rate = outcome.sample.operationsPerSecond
        let allowed = limit * Nanoseconds(outcome.sample.spanNanoseconds).seconds
        guard rate > limit * (1 + Self.limitTolerance),
            Double(outcome.sample.operations) >= allowed + 1
        else { return }
        doubts.add(
            "requests per second are above --rps \(Int(limit)): pipelines are sent whole, and the "
                + "last one holds requests that were due after the end", in: outcome.title,
            rate.fixed(2), "run longer, or lower -P")
    }

    /// Throughput that falls or rises within a burst is no steady state.
    private mutating func judgeSeries(_ outcome: BenchTestResult) {
        // A ramp changes on purpose.
        guard options.pace?.finalRate == nil else { return }
        let series = outcome.series
        guard series.count >= Self.driftPoints, let last = series.last else { return }
        let middle = series[series.count / 2]
        // Few requests in a half differ by chance: a hundred scatter by a tenth.
        guard min(middle.operations, last.operations - middle.operations) >= Self.driftOperations
        else { return }
        func rate(_ from: LoadProgress?, _ to: LoadProgress) -> Double {
            let span = to.elapsedNanoseconds - (from?.elapsedNanoseconds ?? 0)
            return Double(to.operations - (from?.operations ?? 0)) / Double(max(span, 1))
        }
        let change = rate(middle, last) / max(rate(nil, middle), .leastNonzeroMagnitude) - 1
        guard abs(change) > Self.driftShare else { return }
        doubts.add(
            "throughput drifted: the second half against the first", in: outcome.title,
            change.changeText,
            "warm up longer (--warmup), and look for other load on the machine")
    }

    /// Requested against realised distributions of a mix.
    private mutating func judgeMix(
        _ outcome: BenchTestResult, _ observer: inout some BenchObserver
    ) {
        guard let mix = outcome.distributions.first(where: { $0.name == "commands" }) else {
            return
        }
        let shares = mix.classes.map {
            "\($0.name) \($0.realised.percent(2)) (asked: \($0.requested.percent(2)))"
        }
        let fits = outcome.distributions.compactMap { found in
            found.pValue.map { "\(found.name) p=\($0.fixed(3))" }
        }
        observer.noted(
            "\(outcome.title): realised " + shares.joined(separator: ", ")
                + (fits.isEmpty ? "" : "; goodness of fit: " + fits.joined(separator: ", ")))
        for found in outcome.distributions where found.pValue ?? 1 < Self.falseAlarm {
            warn(
                "\(outcome.title): \(found.name) were not distributed as asked (χ² over "
                    + "\(found.count) draws)",
                "report this as a bug, with --seed \(options.seed)", &observer)
        }
    }

    mutating func judgeDrift(_ outcomes: [BenchTestResult]) {
        let rates = outcomes.map(\.sample.operationsPerSecond)
        guard let least = rates.min(), let most = rates.max(),
            let median = Descriptive.median(rates),
            (most - least) / median > Self.driftShare
        else { return }
        doubts.add(
            "throughput of \(outcomes.count) repetitions differs", in: outcomes[0].title,
            ((most - least) / median).percent(0),
            "trust CPU time per request, or measure on an idle machine")
    }

    // MARK: keys that went away

    /// Keys that the server evicted and that expired, so far.
    func losses() -> (evicted: Int, expired: Int)? {
        guard let fields = ask({ (control) throws(TargetError) in try control.info("stats") }),
            let evicted = fields["evicted_keys"].flatMap({ Int($0) }),
            let expired = fields["expired_keys"].flatMap({ Int($0) })
        else { return nil }
        return (max(evicted, 0), max(expired, 0))
    }

    mutating func judgeLosses(
        _ title: String, _ before: (evicted: Int, expired: Int)?,
        _ after: (evicted: Int, expired: Int)?
    ) {
        guard let before, let after else { return }
        if after.evicted > before.evicted {
            doubts.add(
                "the server evicted keys", in: title, "\(after.evicted - before.evicted)",
                "raise its maxmemory, or use fewer or smaller entries")
        }
        if after.expired > before.expired, !hasExpiry {
            doubts.add(
                "keys expired", in: title, "\(after.expired - before.expired)",
                "empty the database first: they are not of this run")
        }
    }

    private var hasExpiry: Bool {
        options.works.contains { work in
            if case .mix(let plan) = work { plan.ttlSeconds > 0 } else { false }
        }
    }
}
