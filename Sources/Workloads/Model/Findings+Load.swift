// The rules for how requests are sent, in which phases, and what happens meanwhile.
import Quantities

extension LoadSpec {
    func rangeFindings() -> [Finding] {
        var findings: [Finding] = []
        // More connections than a process may have open, or deeper than any reply buffer: a slip.
        if !(1...60_000).contains(connections) {
            findings.append(
                Finding("load.connections", "\(connections) connections", "use 1 to 60000"))
        }
        if !(1...100_000).contains(pipeline) {
            findings.append(
                Finding("load.pipeline", "pipeline of \(pipeline)", "use 1 to 100000"))
        }
        if !(1...1_000).contains(streams) {
            findings.append(
                Finding("load.streams", "\(streams) streams", "use 1 to 1000"))
        }
        // Each is a server of its own on this machine.
        if !(0...10).contains(replicas) {
            findings.append(
                Finding("load.replicas", "\(replicas) replicas", "use 0 to 10"))
        }
        return findings
    }
}

extension OperationSpec {
    /// Keys of one command: what no client asks for at once is a slip.
    static let longestRun = 10_000.0

    func rangeFindings(_ path: String) -> [Finding] {
        if weight > 0 && weight.isFinite { return [] }
        return [
            Finding(
                "\(path).weight", "weight \(weight.plainText) is not above 0",
                "state its share of the requests, or remove the operation")
        ]
    }
}

extension Workload {
    func phaseFindings() -> [Finding] {
        var findings: [Finding] = []
        let positions = phases.map { PhaseSpec.order.firstIndex(of: $0.name)! }
        for (index, pair) in zip(positions, positions.dropFirst()).enumerated()
        where pair.0 >= pair.1 {
            findings.append(
                Finding(
                    "phases[\(index + 1)]",
                    "phase `\(phases[index + 1].name)` after `\(phases[index].name)`",
                    "keep the order \(PhaseSpec.order.joined(separator: ", ")), each at most once"))
        }
        if !phases.contains(where: { $0.name == "measure" }) {
            findings.append(
                Finding("phases", "there is no phase `measure`", "add `- measure: {duration: 10s}`")
            )
        }
        for (index, phase) in phases.enumerated() {
            let path = "phases[\(index)]"
            switch phase {
            case .prefill(let command, let pipeline):
                findings += holeFindings(
                    command, "\(path).prefill",
                    keyspaces.filter { $0.prefill == nil && $0.populatedKeys > 0 })
                if !command.hasKey {
                    findings.append(
                        Finding(
                            "\(path).prefill", "a prefill needs {key} in its command",
                            "use `command: SET {key} {value} {expiry}`"))
                }
                if !(1...100_000).contains(pipeline) {
                    findings.append(
                        Finding("\(path).prefill", "pipeline of \(pipeline)", "use 1 to 100000"))
                }
            case .verify(let count), .settle(let count),
                .warmUp(.requests(let count)), .warmUp(.milliseconds(let count)),
                .measure(.requests(let count)), .measure(.milliseconds(let count)),
                .coolDown(.requests(let count)), .coolDown(.milliseconds(let count)):
                if count < 1 {
                    findings.append(
                        Finding(
                            "\(path).\(phase.name)", "phase `\(phase.name)` of length \(count)",
                            "give it at least 1, or remove it"))
                }
            case .warmUp(.steady(let window, let change, let timeout)):
                if window < 10 || timeout < 2 * window || !(change > 0 && change < 1) {
                    findings.append(
                        Finding(
                            "\(path).warm_up.steady",
                            "windows of \(window) ms within \(timeout) ms",
                            "use windows of 10 ms or more, a timeout of at least two, and a change "
                                + "between 0 and 1"))
                }
            case .measure(.steady), .coolDown(.steady):
                findings.append(
                    Finding(
                        "\(path).\(phase.name)", "only a warm-up ends when it is steady",
                        "give it `requests` or `duration`"))
            }
        }
        return findings
    }

    func arrivalFindings() -> [Finding] {
        let rate: Double
        var holds = true
        switch load.arrival {
        case .closed: return []
        case .constant(let value), .poisson(let value), .gpd(let value): rate = value
        case .burst(let value, let on, let off):
            rate = value
            holds = on >= 1 && off >= 1
        case .sine(let mean, let amplitude, let period):
            rate = mean
            holds = amplitude > 0 && amplitude <= mean && period >= 1
        case .trace(_, let speed, _, _):
            guard speed >= 1e-6 && speed <= 1e6 else {
                return [
                    Finding(
                        "load.arrival.trace.speed", "a trace at \(speed.plainText) times its speed",
                        "use a number above 0, 1 for the trace's own")
                ]
            }
            return []
        }
        // From one request in eleven days, so that gaps can be counted in nanoseconds, to more than
        // any server answers on one machine.
        guard holds && rate >= 1e-6 && rate <= 1e9 else {
            return [
                Finding(
                    "load.arrival", "a schedule that cannot be kept: \(load.arrival)",
                    "use rates from 1e-6 to 1e9 a second, times of at least 1 ms, and an amplitude "
                        + "up to the mean")
            ]
        }
        return []
    }

    func eventFindings() -> [Finding] {
        events.enumerated().flatMap { index, event -> [Finding] in
            let position = phases.firstIndex { $0.name == event.phase } ?? 0
            let path = "phases[\(position)].\(event.phase).events"
            var findings = event.actionFindings(path)
            if case .milliseconds(let length) = phases[position].extent,
                event.atMilliseconds >= length
            {
                findings.append(
                    Finding(
                        path, "an event \(event.atMilliseconds) ms into a phase of \(length) ms",
                        "put it before the end"))
            } else if case .milliseconds = phases[position].extent {
            } else {
                findings.append(
                    Finding(
                        path, "events in a phase without a duration",
                        "give the phase a `duration`, within which they have their times"))
            }
            return findings
        }
    }
}
