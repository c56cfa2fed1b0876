// Which targets have the commands of a workload: servers differ, tables of yours may hold strings
// alone, and a workload of sets would only measure how fast they are refused.
import LinuxSystem
import RunRecord
import Targets
import Workloads

public enum CommandSupport {
    /// Commands that every server of strings has; who needs no others is not asked.
    private static let plain: Set<String> = [
        "GET", "SET", "DEL", "UNLINK", "APPEND", "INCR", "DECR", "INCRBY", "DECRBY", "GETEX",
        "GETDEL", "STRLEN", "EXISTS", "EXPIRE", "TTL", "MGET", "PING",
    ]

    /// Those of `targets` that have all commands of `workload`, and can give what it waits for.
    /// Whoever lacks something is left out, and the record says so.
    /// - Parameter conditions: those of the results that are missing then; nil: no result says so.
    public static func targets(
        _ targets: [Target], that workload: CompiledWorkload, _ recorder: Recorder,
        noting conditions: Conditions? = nil
    ) throws(ExperimentFailure) -> [Target] {
        let spec = workload.workload
        let verbs = workload.operations.map(\.command.verb) + spec.waits.map(\.verb)
        let rare = Set(verbs).subtracting(plain).sorted()
        guard !rare.isEmpty || spec.load.replicas > 0 else { return targets }
        var able: [Target] = []
        for target in targets {
            guard let reason = try lack(of: target, rare, spec, recorder) else {
                able.append(target)
                continue
            }
            recorder.warn(
                "\(reason), so \(spec.name) is not measured on it",
                remedy: "measure it on a server that has them", target: target.label)
            guard let conditions else { continue }
            recorder.add([target])
            recorder.add(
                RunRecord.Result(
                    .throughput, target: target.label, workload: spec.name,
                    conditions: conditions, unavailable: reason))
        }
        return able
    }

    /// What a target lacks, as the beginning of a sentence; nil where it lacks nothing.
    private static func lack(
        of target: Target, _ commands: [String], _ workload: Workload, _ recorder: Recorder
    ) throws(ExperimentFailure) -> String? {
        let server = try Launching.launch(target, LaunchOptions(), recorder, describes: false)
        defer { server.stop() }
        let connection = try server.controlConnection()
        do throws(TargetError) {
            // A server that does not say is taken at its replies.
            var missing: [String] = []
            for command in commands where try connection.knows(command) == false {
                missing.append(command)
            }
            if !missing.isEmpty { return "it has no \(missing.joined(separator: ", "))" }
            return try DurabilitySupport.problem(workload, server, connection)
        } catch {
            throw ExperimentFailure(error, server)
        }
    }
}
