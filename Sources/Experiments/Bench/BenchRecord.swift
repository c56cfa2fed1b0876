// A bench run as a run record.
import LoadGenerator
import Quantities
import RunRecord
import Statistics

extension BenchResult {
    /// Why a number of a test could not be read.
    public static let unreadReason =
        "nothing was answered, or the server is not a process of this machine"

    /// Outcomes of one work, a repetition each, in the order of the works.
    var groups: [[BenchTestResult]] {
        var groups: [[BenchTestResult]] = []
        for outcome in tests where outcome.skipped == nil {
            if outcome.repetition > 0, groups.last?.first?.title == outcome.title {
                groups[groups.count - 1].append(outcome)
            } else {
                groups.append([outcome])
            }
        }
        return groups
    }

    /// Adds what this run measured, and why it counts for nothing where it does.
    public func add(to recorder: Recorder) {
        recorder.add(
            RunRecord.Target(
                label: label, spelling: "\(options.endpoint.address)", version: serverVersion,
                allocator: allocator, encryption: encryption))
        for warning in invalid { recorder.keep(warning) }
        for group in groups {
            var workload = RunRecord.Workload(name: group[0].title)
            workload.distributions = group.last.flatMap { $0.recordedDistributions }
            recorder.add(workload)
            for result in results(group, label) { recorder.add(result) }
            for outcome in group {
                let start = recorder.time(of: outcome.sample.startNanoseconds)
                recorder.add(
                    RunRecord.Phase(
                        name: workload.name, target: label, startNanoseconds: start,
                        durationNanoseconds: Int(outcome.sample.durationNanoseconds)))
                for share in shares(outcome, label) { recorder.add(share) }
                if !outcome.series.isEmpty { recorder.add(series(outcome, from: start)) }
                if let waiting = waiting(outcome, from: start) { recorder.add(waiting) }
            }
        }
        for found in best {
            recorder.add(RunRecord.Workload(name: found.title))
            recorder.add(found.result(label, conditions()))
        }
        for found in saturations {
            recorder.add(RunRecord.Workload(name: found.title))
            for result in saturation(found, label) { recorder.add(result) }
            for trial in found.trials {
                recorder.add(
                    RunRecord.Trial(
                        target: label, workload: found.title,
                        point: "p\(found.objective.percent.plainText)",
                        limitNanoseconds: Double(found.objective.nanoseconds), rate: trial.rate,
                        latencies: trial.latencies, isKept: trial.isKept, isMet: trial.isMet))
            }
        }
    }

    /// - Parameter cell: of a grid.
    private func conditions(_ cell: BenchGrid.Cell? = nil) -> Conditions {
        var options = self.options
        cell?.apply(to: &options)
        var conditions: Conditions = [
            "connections": .number(options.connections), "pipeline": .number(options.pipeline),
            "client_threads": .number(options.threads),
        ]
        // Of a command of the user's own it is the length on the wire, and no value's.
        if !options.works.contains(where: \.isOwn) {
            conditions["value_size"] = .number(options.dataBytes)
        }
        if let range = options.range { conditions["key_range"] = .number(Double(range)) }
        if !options.keepsConnections { conditions["keep_alive"] = false }
        if options.endpoint.isCluster {
            conditions["replica_reads"] = .string(options.replicaReads.rawValue)
        }
        if options.isSequential { conditions["sequential"] = true }
        if options.hasOwnParts { conditions["range_per_client"] = true }
        if options.latencyMode == .batch { conditions["latency_mode"] = "batch" }
        if let pace = options.pace {
            conditions["qps"] = .number(pace.rate)
            if let final = pace.finalRate { conditions["qps_at_end"] = .number(final) }
            conditions["arrival"] = .string(pace.arrival.rawValue)
        }
        if case .mix(let plan)? = options.works.first {
            conditions["key_distribution"] = plan.popularity.word.map {
                ConditionValue.string($0)
            }
            conditions["key_size_mean"] = .number(plan.meanKeySize)
            conditions["value_size"] = .number(plan.meanValueSize)
            if plan.ttlSeconds > 0 { conditions["ttl"] = .number(plan.ttlSeconds) }
        }
        if let placement = options.placement {
            conditions.merge(placement.conditions) { own, _ in own }
        }
        return conditions
    }

    /// The rate that met the objective, and that of the closed loop.
    private func saturation(_ found: Saturation, _ target: String) -> [RunRecord.Result] {
        var conditions = conditions()
        let closed = found.capacity.map {
            RunRecord.Result(
                .throughput, target: target, workload: found.title, conditions: conditions,
                value: $0)
        }
        conditions["objective"] = .string("\(found.objective)")
        conditions["arrival"] = .string(found.arrival.rawValue)
        guard let rate = found.rate, found.isConfirmed else {
            let rate = RunRecord.Result(
                .throughput, target: target, workload: found.title, conditions: conditions,
                unavailable: "no rate that meets the objective could be confirmed in "
                    + "\(found.trials.count) trials; \(found.soFar)")
            return [rate] + (closed.map { [$0] } ?? [])
        }
        let best = RunRecord.Result(
            .throughput, target: target, workload: found.title, conditions: conditions,
            value: rate, samples: found.trials.filter(\.isMet).map(\.rate))
        return [best] + (closed.map { [$0] } ?? [])
    }

    private func results(_ group: [BenchTestResult], _ target: String) -> [RunRecord.Result] {
        let workload = group[0].title
        let conditions = conditions(group[0].cell)
        /// The median of the repetitions, each of them a sample.
        func reading(
            _ metric: Metric, _ value: (BenchTestResult) -> Double?
        ) -> RunRecord.Result {
            let samples = group.map(value)
            guard let median = Descriptive.median(samples.compactMap(\.self)) else {
                return .init(
                    metric, target: target, workload: workload, conditions: conditions,
                    unavailable: Self.unreadReason)
            }
            return .init(
                metric, target: target, workload: workload, conditions: conditions, value: median,
                samples: group.count > 1 ? samples : [])
        }
        var results = [
            reading(.throughput) { $0.sample.operationsPerSecond },
            reading(.throughputPerCore) { $0.operationsPerCoreSecond },
            reading(.serverCPU) { $0.serverCPUPerOperation },
            reading(.clientCPU) { $0.clientCPUPerOperation },
            reading(.trafficPerOperation) { $0.bytesPerOperation },
        ]
        let latencies = LatencyResults(
            target: target, workload: workload, conditions: conditions, points: LatencyPoint.all,
            parts: .repetitions)
        func add(
            _ histograms: [LatencyHistogram?], keepsWhole: Bool = true, _ metric: (String) -> Metric
        ) {
            guard histograms[0] != nil, histograms.contains(where: { $0?.isEmpty == false }) else {
                return
            }
            results += latencies.results(histograms, keepsWhole: keepsWhole, metric)
        }
        if group[0].redirectsPerOperation != nil {
            results.append(reading(.redirects) { $0.redirectsPerOperation })
            // In an open loop it is part of the latencies.
            if group[0].sample.pacing == nil {
                results.append(
                    reading(.stallMax) { Double($0.sample.longestStallNanoseconds) })
            }
        }
        results += BenchReadBack.results(
            group, target: target, workload: workload, conditions: conditions)
        for (command, timing, histograms) in Self.latencies(group) {
            add(histograms) { .latency(command: command, timing: timing, point: $0) }
        }
        if group[0].hitRatio != nil { results.append(reading(.hitRatio) { $0.hitRatio }) }
        add(group.map { $0.sample.pacing?.slip }, keepsWhole: false) { .scheduleSlip($0) }
        if encryption != nil {
            results.append(reading(.recordsPerOperation) { $0.recordsPerOperation })
        }
        if group.contains(where: { $0.handshakes != nil }) {
            results.append(reading(.handshakeRate) { $0.handshakes?.perSecond })
            results.append(reading(.handshakesResumed) { $0.handshakes?.resumedRatio })
        }
        return results
    }

    /// Latencies of every repetition, in the order of the record: those of several commands
    /// together before those of each; by a schedule, what counts is the time from it, which comes
    /// first.
    private static func latencies(
        _ group: [BenchTestResult]
    ) -> [(command: String, timing: Metric.Timing, histograms: [LatencyHistogram?])] {
        var all: [(String, Metric.Timing, [LatencyHistogram?])] = []
        let churn = HandshakeChurn.label.name.lowercased()
        let commands = group[0].sample.commands
        if commands.count(where: { $0.operations > 0 }) > 1 {
            all.append(("all", .intended, group.map(\.sample.intendedLatency)))
            all.append(("all", .actual, group.map(\.sample.latency)))
        }
        for (index, command) in commands.enumerated() {
            let name = command.label.name.lowercased()
            let samples = group.map(\.sample.commands[index])
            all.append((name, .intended, samples.map(\.intendedLatency)))
            all.append((name, .actual, samples.map(\.latency)))
        }
        // Handshakes beside requests; where they are all there is, they are the requests.
        if !commands.contains(where: { $0.label == HandshakeChurn.label }) {
            all.append((churn, .actual, group.map { $0.handshakes?.latency }))
        }
        return all
    }

    /// - Parameter start: of the burst, in ns since the run began.
    private func series(_ outcome: BenchTestResult, from start: Int) -> RunRecord.Series {
        var before: UInt64 = 0
        var elapsed: UInt64 = 0
        let values = outcome.series.map { point -> Double? in
            defer { (before, elapsed) = (point.operations, point.elapsedNanoseconds) }
            let span = point.elapsedNanoseconds - elapsed
            return span > 0
                ? Double(point.operations - before) * Nanoseconds.perSecond / Double(span) : nil
        }
        return RunRecord.Series(
            metric: Metric.throughput.id, unit: Metric.throughput.unit, target: label,
            workload: outcome.title, startNanoseconds: start, values: values)
    }
}

extension BenchResult {
    /// Requests that waited for nodes that were away, at each moment; nil where none did.
    private func waiting(_ outcome: BenchTestResult, from start: Int) -> RunRecord.Series? {
        guard outcome.series.contains(where: { $0.waiting > 0 }) else { return nil }
        return RunRecord.Series(
            metric: Metric.requestsWaiting.id, unit: Metric.requestsWaiting.unit, target: label,
            workload: outcome.title, startNanoseconds: start,
            values: outcome.series.map { Double($0.waiting) })
    }
}

extension BenchTestResult {
    fileprivate var recordedDistributions: [RunRecord.Distribution]? {
        guard !distributions.isEmpty else { return nil }
        return distributions.map { found in
            .init(
                name: found.name, count: found.count,
                classes: found.classes.map {
                    .init(name: $0.name, requested: $0.requested, realised: $0.realised)
                }, pValue: found.pValue)
        }
    }
}
