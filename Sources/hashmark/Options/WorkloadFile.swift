// Workload files as verbs take them: a name or a path, perhaps scaled; and the suites that list
// them.
import ArgumentParser
import Experiments
import ShippedFiles
import Workloads

enum WorkloadFile {
    /// Complains on stderr and throws exit code 1 when the file has problems; a name that there is
    /// not is a usage error.
    /// - Parameters:
    ///   - name: what results are recorded under, instead of the workload's own name.
    ///   - change: what is made of the file's workload before it is scaled.
    static func compiled(
        _ nameOrPath: String, entries: UInt64?, name: String? = nil,
        change: (Workload) -> Workload = { $0 }
    ) throws -> CompiledWorkload {
        try FileKind.workload.check(nameOrPath)
        do throws(WorkloadProblems) {
            return try CompiledWorkload.read(
                nameOrPath, in: ProjectFiles.search, entries: entries, name: name,
                change: change)
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }

    /// The suite that `--suite` names; complains as above, and of a suite of something else.
    static func suite(_ nameOrPath: String) throws -> Suite {
        try FileKind.suite.check(nameOrPath)
        do throws(WorkloadProblems) {
            let file = try SuiteFile(file: nameOrPath, in: ProjectFiles.search)
            if case .comparison(let suite) = file { return suite }
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
        throw ValidationError(
            "--suite '\(nameOrPath)' is a suite of claims or tables; give one of workloads")
    }
}
