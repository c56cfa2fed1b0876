// The load of one replay: phases as bursts of a quarter second on one load, their readings, and
// what the server was told to do meanwhile.
import Foundation
import LinuxSystem
import LoadGenerator
import Quantities
import RunRecord
import Statistics
import Targets
import Traces
import Workloads

final class ReplayLoad {
    private let server: RunningServer
    private let workload: CompiledWorkload
    private let plan: RoundPlan
    private let recorder: Recorder
    private let load: any Load
    private var slices: [RunRecord.Slice] = []
    /// Everything of the measured slices together.
    private(set) var total: LoadSample
    private var points: [Point] = []
    private var interval = ReplayLoad.stepMilliseconds
    private var bursts: UInt64 = 0
    /// The file's schedule, before seeds; nil for a closed loop.
    private let schedule: Pace?
    /// What happens beside the measured phase.
    private var beside: PhaseEvents?
    /// What an event of an earlier phase, which sets up those of the measured one, was refused for.
    private var setUpProblem: String?

    /// A reading of the measured phase.
    private struct Point {
        var operations: Double?
        var median: Double?
        var tail: Double?
        var longest: Double?
    }

    /// Reading points of the measured phase; short enough to see a pause, long enough to cost
    /// nothing.
    private static let stepMilliseconds = 250
    /// The same around events: a fork of a gigabyte pauses for some 10 ms, its copying of pages for
    /// a second.
    private static let stepAroundEvents = 100

    init(
        _ server: RunningServer, _ workload: CompiledWorkload, _ plan: RoundPlan,
        _ recorder: Recorder
    ) throws(ExperimentFailure) {
        self.server = server
        self.workload = workload
        self.plan = plan
        self.recorder = recorder
        schedule = try Pace.schedule(workload.workload.load.arrival, recorder)
        do throws(LoadFailure) {
            let seed = workload.workload.load.seed ?? plan.seed
            var options = LoadOptions(for: server, workload, plan)
            options.host = FleetLink.current?.place ?? options.host
            let own = try SessionLoad(to: server.endpoint.address, options) {
                WorkloadSource(workload, seed: seed, $0)
            }
            total = LoadSample(commands: own.commands)
            if let link = FleetLink.current {
                load = FleetLoad(
                    own, link, server.endpoint.address, target: server.target.label,
                    workload: workload.workload.name, recorder)
            } else {
                load = own
            }
        } catch {
            throw ExperimentFailure(error, server)
        }
    }

    /// Runs one phase, with its events.
    func run(
        _ extent: PhaseSpec.Extent, _ phase: PhaseSpec, isMeasured: Bool
    ) throws(ExperimentFailure) {
        // What happens to a server happens once, however many hosts put load on it.
        let isOurs = FleetLink.current?.isRoot ?? true
        let hasEvents = isOurs && workload.workload.events.contains { $0.phase == phase.name }
        let isAlone = !hasEvents && (!isMeasured || workload.workload.overlays.isEmpty)
        let step = step(isAlone: isAlone, extent)
        if isMeasured { interval = step }
        guard !isAlone else { return try run(extent, step, isMeasured) }
        var measured: Int?
        if isMeasured, case .milliseconds(let time) = extent { measured = time }
        let events = try PhaseEvents(
            workload, phase, measuredMilliseconds: measured,
            setUpProblem: isMeasured ? setUpProblem : nil, server, plan, recorder)
        if isMeasured { beside = events }
        var failure: ExperimentFailure?
        do throws(ExperimentFailure) {
            try run(extent, step, isMeasured)
        } catch {
            failure = error
        }
        let problem = events.finish()
        if !isMeasured, let first = events.refused.first {
            setUpProblem =
                setUpProblem ?? "its set-up was refused: \(first.name): \(first.reason)"
        }
        if let failure = failure ?? problem { throw failure }
    }

    private func run(
        _ extent: PhaseSpec.Extent, _ step: Int, _ isMeasured: Bool
    ) throws(ExperimentFailure) {
        switch extent {
        case .requests(let count): try burst(.requests(UInt64(max(count, 1))), isMeasured)
        case .steady(_, _, let timeout): try steps(timeout, step, isMeasured)
        case .milliseconds(let time): try steps(time, step, isMeasured)
        }
    }

    /// Several hosts agree on where a phase begins, and not on each of its steps.
    private func step(isAlone: Bool, _ extent: PhaseSpec.Extent) -> Int {
        if FleetLink.current != nil, case .milliseconds(let time) = extent { return time }
        return isAlone ? Self.stepMilliseconds : Self.stepAroundEvents
    }

    private func steps(
        _ milliseconds: Int, _ step: Int, _ isMeasured: Bool
    ) throws(ExperimentFailure) {
        let whole = Nanoseconds(milliseconds: milliseconds).count
        var done = 0
        while done < milliseconds {
            let length = min(milliseconds - done, step)
            try burst(
                .duration(nanoseconds: Nanoseconds(milliseconds: length).count), isMeasured,
                of: whole, goesOn: done > 0)
            done += length
            recorder.progress.advance(to: Double(done) / Double(milliseconds))
        }
    }

    /// Windows of load until server CPU per request has come to rest: two changes in a row within
    /// `change`. A server whose CPU cannot be read is judged by its throughput.
    func warmUp(window: Int, change: Double, timeout: Int) throws(ExperimentFailure) {
        var last: Double?
        var calm = 0
        var spent = 0
        while spent + window <= timeout {
            let account = SliceAccount(server)
            let sample = try burst(
                .duration(nanoseconds: Nanoseconds(milliseconds: window).count), false,
                of: Nanoseconds(milliseconds: timeout).count, goesOn: spent > 0)
            spent += window
            recorder.progress.advance(to: Double(spent) / Double(timeout))
            guard sample.operations > 0 else { continue }
            let cost =
                serverCPU(account).map { Double($0) / Double(sample.operations) }
                ?? sample.operationsPerSecond
            if let last { calm = abs(cost / last - 1) <= change ? calm + 1 : 0 }
            if calm == 2 { return }
            last = cost
        }
        recorder.warn(
            "it was not steady after \(timeout) ms of warm-up",
            remedy: "give the phase `warm_up` more time, or a larger `change`",
            target: server.target.label)
    }

    /// Nil among several hosts, of which not all can read it: they have to decide alike.
    private func serverCPU(_ account: SliceAccount) -> Int? {
        FleetLink.current == nil ? account.serverCPUNanoseconds : nil
    }

    /// - Parameters:
    ///   - whole: how long the phase's schedule is, in ns; nil where the burst is all of it.
    ///   - goesOn: the burst is not the phase's first.
    @discardableResult
    private func burst(
        _ limit: BurstLimit, _ isMeasured: Bool, of whole: UInt64? = nil, goesOn: Bool = false
    ) throws(ExperimentFailure) -> LoadSample {
        var pace = schedule
        pace?.seed = plan.seed &+ bursts
        pace?.wholeNanoseconds = whole
        pace?.goesOn = goesOn
        bursts += 1
        let account = SliceAccount(server)
        let begin = Clock.monotonicNanoseconds()
        let sample: LoadSample
        do throws(LoadFailure) {
            sample = try load.run(limit, pace: pace) {
                // Bursts of some time are steps of their phase, which tells how far it is.
                guard case .requests(let count) = limit else { return }
                recorder.progress.advance(to: Double($0.operations) / Double(count))
            }
        } catch {
            throw ExperimentFailure(error, server)
        }
        guard isMeasured else { return sample }
        slices.append(account.slice(of: sample, recorder))
        beside?.add(sample, isOpen: pace != nil, from: begin)
        let latency = pace == nil ? sample.latency : sample.intendedLatency ?? sample.latency
        points.append(
            Point(
                operations: sample.operationsPerSecond, median: Self.point(latency, 50),
                tail: Self.point(latency, 99), longest: Self.point(latency, 100)))
        total.goOn(with: sample)
        return sample
    }

    private static func point(_ latency: LatencyHistogram, _ percent: Double) -> Double? {
        latency.percentile(percent).map { Double($0) }
    }

    /// What was measured until now: all of it, or what there is after a failure.
    func keep() {
        guard let first = slices.first else { return }
        let label = server.target.label
        let name = workload.workload.name
        recorder.add(
            RunRecord.Round(
                round: 0, seed: plan.seed, order: 0, target: label, slices: slices))
        var readings = RoundReadings()
        var totals = RunRecord.Totals(of: slices)
        totals.count(total)
        readings.add(totals, total, slices, label, recorder)
        let conditions = plan.conditions(ofReplay: workload)
        let isOpen = schedule != nil
        beside?.addResults(conditions, isOpen: isOpen)
        for result in readings.results(label, name, conditions, isOpen ? .open : .closed) {
            recorder.add(result)
        }
        let timing: Metric.Timing = isOpen ? .intended : .actual
        let columns: [(Metric, [Double?])] = [
            (.throughput, points.map(\.operations)),
            (.latency(command: "all", timing: timing, point: "p50"), points.map(\.median)),
            (.latency(command: "all", timing: timing, point: "p99"), points.map(\.tail)),
            (.latency(command: "all", timing: timing, point: "max"), points.map(\.longest)),
        ]
        for (metric, values) in columns {
            recorder.add(
                RunRecord.Series(
                    metric: metric.id, unit: metric.unit, target: label, workload: name,
                    startNanoseconds: first.startNanoseconds, intervalMilliseconds: interval,
                    values: values))
        }
        if let pacing = total.pacing, !pacing.isKept {
            recorder.warn(
                "the schedule was not kept: \(pacing.unsent) of \(pacing.planned) requests were "
                    + "not sent in time",
                remedy: "ask for a lower rate, or use more connections", target: label)
        }
        recorder.warn(of: total.pacing, label)
    }
}

extension RoundPlan {
    /// The conditions of a replay's results.
    func conditions(ofReplay workload: CompiledWorkload) -> Conditions {
        let load = workload.workload.load
        var conditions: Conditions = [
            "entries": .number(Int(workload.populatedKeys)),
            "connections": .number(connections ?? load.connections),
            "pipeline": .number(pipeline ?? load.pipeline),
            "estimator": "total",
        ]
        if load.arrival != .closed { conditions["arrival"] = .string("\(load.arrival)") }
        let overlays = workload.workload.overlays.map(\.name)
        if !overlays.isEmpty {
            conditions["overlays"] = .string(overlays.joined(separator: ","))
        }
        return conditions
    }
}

extension Pace {
    /// What a workload file asks for; nil for a closed loop.
    /// - Throws: when the trace that it names cannot be read.
    static func schedule(
        _ arrival: ArrivalSpec, _ recorder: Recorder
    ) throws(ExperimentFailure) -> Pace? {
        switch arrival {
        case .closed: return nil
        case .constant(let rate): return Pace(rate: rate, arrival: .constant)
        case .poisson(let rate): return Pace(rate: rate, arrival: .poisson)
        case .gpd(let rate): return Pace(rate: rate, arrival: .gpd)
        case .burst(let rate, let on, let off):
            var pace = Pace(rate: rate, arrival: .poisson)
            pace.cycle = .burst(
                on: Nanoseconds(milliseconds: on).seconds,
                off: Nanoseconds(milliseconds: off).seconds)
            return pace
        case .sine(let mean, let amplitude, let period):
            var pace = Pace(rate: mean, arrival: .poisson)
            pace.cycle = .sine(
                amplitude: amplitude, period: Nanoseconds(milliseconds: period).seconds)
            return pace
        case .trace(let file, let speed, let format, let skipsDamaged):
            let counts = try requestsPerSecond(file, format, skipsDamaged, recorder)
            let total = counts.reduce(0) { $0 + Double($1) }
            var pace = Pace(rate: total / Double(counts.count) * speed, arrival: .constant)
            pace.cycle = .counting(counts, step: 1 / speed)
            return pace
        }
    }

    private static func requestsPerSecond(
        _ file: String, _ name: String?, _ skipsDamaged: Bool, _ recorder: Recorder
    ) throws(ExperimentFailure) -> [UInt32] {
        do throws(TraceError) {
            var format: (any TraceDecoder)?
            if let name { format = try TraceFormats.named(name, for: file) }
            let reader = try TraceReader(file, format: format, skipsDamaged: skipsDamaged)
            let counts = try reader.requestsPerSecond()
            if let first = reader.firstDamage {
                recorder.warn(
                    "\(reader.damagedCount) damaged records of the schedule's trace were left out; "
                        + "the first: \(first)",
                    remedy: "fetch the trace again if they are many")
            }
            return counts
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
    }
}
