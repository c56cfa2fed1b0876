// What a counting leaves in the record: each counter per operation, and what it is above a PING.
import Counters
import Quantities
import RunRecord
import Targets
import Workloads

extension CounterExperiment {
    /// The counters per operation, and above a PING, of all launches.
    func addResults(
        _ measurements: [Measurement], _ target: Target, _ recorder: Recorder
    ) {
        guard let first = measurements.first else { return }
        var conditions: Conditions = [
            "entries": .number(Int(workload.populatedKeys)), "requests": .number(Int(requests)),
            "connections": .number(connections), "pipeline": .number(pipeline),
        ]
        for (name, value) in first.window.conditions { conditions[name] = .string(value) }
        for (name, value) in self.conditions { conditions[name] = value }
        let counters: [Counter] =
            mode == .simulated && !allCounters
            ? [
                .simulatedInstructions, .simulatedD1ReadMisses, .simulatedLLReadMisses,
                .simulatedSystemCalls,
            ]
            : Counter.all(mode)
        let shares = measurements.flatMap { $0.window.entries }.compactMap(\.reading.runningShare)
        if let least = shares.min() {
            recorder.warn(
                "the processor counts fewer events at once than were asked for: some were counted "
                    + "\(least.percent(0)) of the time, and scaled up",
                remedy: "take them for estimates, or switch off what else counts, such as the NMI "
                    + "watchdog", target: target.label)
        }
        for counter in counters {
            add(
                counter.metricID, measurements.map { $0.window.perOperation(counter) }, target,
                conditions, recorder)
            guard let id = counter.metricIDAbovePing else { continue }
            add(
                id, measurements.map { $0.window.perOperation(counter, above: $0.ping) }, target,
                conditions, recorder)
        }
    }

    private func add(
        _ id: String, _ readings: [Reading], _ target: Target, _ conditions: Conditions,
        _ recorder: Recorder
    ) {
        guard let metric = Metric.named(id) else { preconditionFailure("no metric \(id)") }
        let name = workload.workload.name
        let samples = readings.map(\.value)
        let spread = CounterSpread(readings)
        if let spread, metric.isAbovePing, spread.median < 0 {
            // Misses below none are the scatter of two counts of which one is taken from the other.
            recorder.add(
                RunRecord.Result(
                    metric, target: target.label, workload: name, conditions: conditions,
                    unavailable: "a PING takes as many: nothing is left above it"))
        } else if let spread {
            recorder.add(
                RunRecord.Result(
                    metric, target: target.label, workload: name, conditions: conditions,
                    value: spread.median, samples: samples))
        } else {
            let reason = readings.first?.reason.map { "\($0)" } ?? "nothing was measured"
            recorder.add(
                RunRecord.Result(
                    metric, target: target.label, workload: name, conditions: conditions,
                    unavailable: reason))
        }
    }
}
