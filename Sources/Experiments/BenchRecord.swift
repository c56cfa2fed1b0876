// A bench run as a run record.
import LoadGenerator
import RunRecord
import Statistics

extension BenchResult {
    /// Fills in what this run measured; arguments, seed, times and environment are the caller's.
    public func add(to record: inout RunRecord) {
        let target = RunRecord.Target(
            label: "server", spelling: "\(options.endpoint.address)", version: serverVersion,
            allocator: allocator)
        record.targets.append(target)
        record.warnings += warnings
        record.partial = record.partial || partial
        let origin = tests.first?.sample.startNanoseconds ?? 0
        for outcome in tests where outcome.skipped == nil {
            let workload = outcome.test.title
            record.workloads.append(.init(name: workload))
            record.results += results(outcome, target.label)
            record.phases.append(
                .init(
                    name: workload, target: target.label,
                    startNanoseconds: Int(outcome.sample.startNanoseconds - origin),
                    durationNanoseconds: Int(outcome.sample.durationNanoseconds)))
            if !outcome.series.isEmpty {
                record.series.append(series(outcome, target.label, origin))
            }
        }
    }

    private func conditions() -> Conditions {
        var conditions: Conditions = [
            "connections": .number(options.connections), "pipeline": .number(options.pipeline),
            "client_threads": .number(options.threads), "value_size": .number(options.dataBytes),
        ]
        if let range = options.range { conditions["key_range"] = .number(Double(range)) }
        return conditions
    }

    private func results(_ outcome: BenchTestResult, _ target: String) -> [RunRecord.Result] {
        let workload = outcome.test.title
        let conditions = conditions()
        func reading(_ metric: Metric, _ value: Double?) -> RunRecord.Result {
            guard let value else {
                return .init(
                    metric, target: target, workload: workload, conditions: conditions,
                    unavailable:
                        "nothing was answered, or the server is not a process of this machine")
            }
            return .init(
                metric, target: target, workload: workload, conditions: conditions, value: value)
        }
        var results = [
            reading(.throughput, outcome.sample.operationsPerSecond),
            reading(.throughputPerCore, outcome.operationsPerCoreSecond),
            reading(.serverCPU, outcome.serverCPUPerOperation),
            reading(.clientCPU, outcome.clientCPUPerOperation),
        ]
        for command in outcome.sample.commands where !command.latency.isEmpty {
            let encoded = command.latency.base64V2()
            for (point, value) in command.latency.points {
                results.append(
                    .init(
                        .latency(
                            command: command.label.name.lowercased(), timing: .actual, point: point),
                        target: target, workload: workload, conditions: conditions, value: value,
                        // Once is enough: every point can be computed from it.
                        histogram: point == "p50" ? encoded : nil))
            }
        }
        let lookUps = outcome.sample.commands.filter(\.label.nullIsMiss)
            .reduce(0) { $0 + $1.operations }
        if lookUps > 0 {
            results.append(
                reading(.hitRatio, 1 - Double(outcome.sample.misses) / Double(lookUps)))
        }
        return results
    }

    private func series(
        _ outcome: BenchTestResult, _ target: String, _ origin: UInt64
    ) -> RunRecord.Series {
        var before: UInt64 = 0
        var elapsed: UInt64 = 0
        let values = outcome.series.map { point -> Double? in
            defer { (before, elapsed) = (point.operations, point.elapsedNanoseconds) }
            let span = point.elapsedNanoseconds - elapsed
            return span > 0 ? Double(point.operations - before) * 1e9 / Double(span) : nil
        }
        return RunRecord.Series(
            metric: Metric.throughput.id, unit: Metric.throughput.unit, target: target,
            workload: outcome.test.title,
            startNanoseconds: Int(outcome.sample.startNanoseconds - origin), values: values)
    }
}

extension LatencyHistogram {
    /// The points that every record has, in ns.
    var points: [(String, Double)] {
        guard let min, let max, let mean else { return [] }
        let percentiles = [50, 90, 95, 99, 99.9, 99.99].map { percent -> (String, Double) in
            let name = percent == percent.rounded() ? "\(Int(percent))" : "\(percent)"
            return ("p\(name)", Double(percentile(percent) ?? max))
        }
        return percentiles + [("mean", mean), ("min", Double(min)), ("max", Double(max))]
    }
}
