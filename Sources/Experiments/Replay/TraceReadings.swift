// What a replay of a trace cost both sides: slices of 250 ms, and totals over all of it. Totals,
// not medians over slices: a trace has no steady state that a median would stand for.
import LinuxSystem
import LoadGenerator
import Quantities
import RunRecord
import Statistics
import Targets

struct TraceReadings {
    /// What the load session came to.
    var sample = LoadSample(commands: [])
    private let server: RunningServer
    private let recorder: Recorder
    private var slices: [RunRecord.Slice] = []
    private var last = Reading()
    private var meters: (server: ServerMeter, client: ClientMeter)?
    /// Steps that become one slice: doubled when there are too many slices.
    private var stepsPerSlice = 1
    private var steps = 0

    /// Slices kept: eight minutes at full resolution, and never more than some 200 KB of record.
    private static let sliceLimit = 2_048

    private struct Reading {
        var operations: UInt64 = 0
        var time: UInt64 = 0
        /// CPU time since the beginning.
        var server: Int?
        var client: UInt64 = 0
        var steal: UInt64?
    }

    init(_ server: RunningServer, _ recorder: Recorder) {
        self.server = server
        self.recorder = recorder
    }

    var seed: UInt64 { recorder.record.seed }

    mutating func begin() {
        meters = (ServerMeter(server), ClientMeter(.callingThread))
        last = read(0)
    }

    private func read(_ operations: UInt64) -> Reading {
        Reading(
            operations: operations, time: Clock.monotonicNanoseconds(),
            server: meters?.server.nanoseconds, client: meters?.client.nanoseconds ?? 0,
            steal: HostAccounting.stealNanoseconds())
    }

    /// A moment of the run at which `operations` replies were there.
    mutating func step(_ operations: UInt64) {
        steps += 1
        guard steps >= stepsPerSlice else { return }
        steps = 0
        let now = read(operations)
        guard now.operations > last.operations else { return }
        slices.append(slice(last, now))
        last = now
        if slices.count == Self.sliceLimit { halve() }
    }

    private func slice(_ start: Reading, _ end: Reading) -> RunRecord.Slice {
        RunRecord.Slice(
            startNanoseconds: recorder.time(of: start.time),
            durationNanoseconds: Int(end.time - start.time),
            ops: Int(end.operations - start.operations),
            serverCPUNanoseconds: Self.difference(end.server, start.server),
            clientCPUNanoseconds: Int(end.client - start.client),
            stealNanoseconds: Self.difference(end.steal, start.steal))
    }

    private static func difference<Count: BinaryInteger>(
        _ after: Count?, _ before: Count?
    ) -> Int? {
        guard let after, let before, after >= before else { return nil }
        return Int(after - before)
    }

    /// Joins pairs of slices, and makes the next ones twice as long.
    private mutating func halve() {
        slices = stride(from: 0, to: slices.count - 1, by: 2).map { index in
            let (one, other) = (slices[index], slices[index + 1])
            func sum(_ part: (RunRecord.Slice) -> Int?) -> Int? {
                part(one).flatMap { first in part(other).map { first + $0 } }
            }
            return RunRecord.Slice(
                startNanoseconds: one.startNanoseconds,
                durationNanoseconds: sum(\.durationNanoseconds), ops: one.ops + other.ops,
                serverCPUNanoseconds: sum(\.serverCPUNanoseconds),
                clientCPUNanoseconds: sum(\.clientCPUNanoseconds),
                stealNanoseconds: sum(\.stealNanoseconds))
        }
        stepsPerSlice *= 2
    }

    /// Adds the slices and the results to the record.
    func finish(_ workload: String, _ conditions: Conditions) {
        let target = server.target.label
        recorder.add(
            RunRecord.Round(round: 0, seed: seed, order: 0, target: target, slices: slices))
        func add(_ metric: Metric, _ value: Double?, _ reason: String) {
            var result = RunRecord.Result(
                metric, target: target, workload: workload, conditions: conditions,
                unavailable: reason)
            if let value {
                result = RunRecord.Result(
                    metric, target: target, workload: workload, conditions: conditions, value: value
                )
            }
            recorder.add(result)
        }
        let operations = Double(last.operations)
        let server = last.server.map { Double($0) / operations }
        let remote = "the server's process is not on this machine, or may not be read"
        add(.throughput, sample.operationsPerSecond, "")
        add(
            .throughputPerCore, server.flatMap { $0 > 0 ? Nanoseconds.perSecond / $0 : nil },
            remote)
        add(.serverCPU, operations > 0 ? server : nil, remote)
        add(.clientCPU, Double(sample.clientCPUNanoseconds) / Double(sample.operations), "")
        let latencies = LatencyResults(
            target: target, workload: workload, conditions: conditions, parts: .repetitions)
        for command in sample.commands where command.operations > 0 {
            // By a schedule, what counts is the time from it: first where there is one.
            for (timing, histogram) in [
                (Metric.Timing.intended, command.intendedLatency), (.actual, command.latency),
            ] {
                guard let histogram else { continue }
                let results = latencies.results([histogram]) {
                    .latency(command: command.label.name, timing: timing, point: $0)
                }
                for result in results { recorder.add(result) }
            }
        }
        let lookUps = sample.commands.filter(\.label.nullIsMiss).reduce(0) { $0 + $1.operations }
        add(
            .hitRatio, lookUps > 0 ? 1 - Double(sample.misses) / Double(lookUps) : nil,
            "the trace looks nothing up")
        warn()
    }

    private func warn() {
        if let error = sample.errorKinds.first {
            recorder.warn(
                "\(sample.errors) requests were answered with errors, first "
                    + "\"\(error.firstText)\"",
                remedy: "measure a server that has these commands and room for the values",
                target: server.target.label)
        }
        if let pacing = sample.pacing, !pacing.isKept {
            let lag = Nanoseconds(pacing.endLagNanoseconds).seconds
            recorder.warn(
                "the trace's gaps could not be kept: the last request left "
                    + "\((lag * 100).rounded() / 100) s late",
                remedy: "use a smaller --speed, or more --connections",
                target: server.target.label)
        }
        recorder.warn(of: sample.pacing, server.target.label)
    }
}
