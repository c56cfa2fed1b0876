// Workload files as verbs take them: a name or a path, perhaps scaled.
import ArgumentParser
import Workloads

enum WorkloadFile {
    /// Complains on stderr and throws exit code 1 when the file has problems.
    /// - Parameter name: what results are recorded under, instead of the workload's own name.
    static func compiled(
        _ nameOrPath: String, entries: UInt64?, name: String? = nil
    ) throws -> CompiledWorkload {
        do throws(WorkloadProblems) {
            return try CompiledWorkload.read(
                nameOrPath, in: ProjectFiles.search, entries: entries, name: name)
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }
}
