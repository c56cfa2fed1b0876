// Which targets have the commands of a workload: servers differ, tables of yours may hold strings
// alone, and a workload of sets would only measure how fast they are refused.
import LinuxSystem
import Targets
import Workloads

public enum CommandSupport {
    /// Commands that every server of strings has; who needs no others is not asked.
    private static let plain: Set<String> = [
        "GET", "SET", "DEL", "UNLINK", "APPEND", "INCR", "DECR", "INCRBY", "DECRBY", "GETEX",
        "GETDEL", "STRLEN", "EXISTS", "EXPIRE", "TTL", "MGET", "PING",
    ]

    /// Those of `targets` that have all commands of `workload`. Whoever lacks one is left out, and
    /// the record says so.
    public static func targets(
        _ targets: [Target], that workload: CompiledWorkload, _ recorder: Recorder
    ) throws(ExperimentFailure) -> [Target] {
        let rare = Set(workload.operations.map(\.command.verb)).subtracting(plain).sorted()
        guard !rare.isEmpty else { return targets }
        var able: [Target] = []
        for target in targets {
            let missing = try missing(rare, target, recorder)
            if missing.isEmpty {
                able.append(target)
            } else {
                recorder.warn(
                    "it has no \(missing.joined(separator: ", ")), so "
                        + "\(workload.workload.name) is not measured on it",
                    remedy: "measure it on a server that has them", target: target.label)
            }
        }
        return able
    }

    private static func missing(
        _ commands: [String], _ target: Target, _ recorder: Recorder
    ) throws(ExperimentFailure) -> [String] {
        let server = try Round.launch(target, LaunchOptions(), recorder, describes: false)
        defer { server.stop() }
        let connection = try server.controlConnection()
        var missing: [String] = []
        do throws(TargetError) {
            // A server that does not say is taken at its replies.
            for command in commands where try connection.knows(command) == false {
                missing.append(command)
            }
        } catch {
            throw ExperimentFailure(error, server)
        }
        return missing
    }
}
