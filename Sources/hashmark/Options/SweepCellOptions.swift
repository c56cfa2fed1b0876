// Sweeps over a fleet, as flags of `sweep`: a plan of numbered cells, one of them, all of them.
import ArgumentParser
import Experiments
import Foundation
import LinuxSystem
import Progress
import RunRecord
import Targets
import Workloads

struct SweepCellOptions: ParsableArguments {
    @Flag(help: "Measure nothing: write FOLDER/cells.json and print what runs its cells.")
    var plan = false

    @Option(
        help: .value(
            "FORMAT",
            "What --plan prints: text, slurm (the job file of an array) or github (a matrix for "
                + "GITHUB_OUTPUT). (default: text)"),
        completion: .list(JobFormat.allCases.map(\.rawValue)))
    var format: String?

    @Option(
        help: .value(
            "N", "Run one cell of the plan in --out; at once over where its record is there."),
        transform: NumberOption.count(1...1_000_000))
    var cell: Int?

    @Flag(help: "Measure nothing: add the records of the plan's cells in --out to the history.")
    var collect = false

    enum JobFormat: String, CaseIterable { case text, slurm, github }

    /// The plan says everything else.
    var followsPlan: Bool { cell != nil || collect }

    func check() throws {
        guard [plan, cell != nil, collect].count(where: { $0 }) <= 1 else {
            throw ValidationError("give one of --plan, --cell and --collect")
        }
        if followsPlan {
            try GivenOptions.refuse(
                [
                    "--repo", "--build", "--server", "--refs", "--tags", "--every", "--reference",
                    "--matrix", "--suite", "--rounds", "--entries", "--no-simulated", "--seed",
                ], "is in the plan")
            try GivenOptions.refuse(
                collect ? ["--cache"] : ["--history", "--color", "--detail"],
                "has no effect with \(collect ? "--collect" : "--cell")")
            if collect { try GivenOptions.refuse(["--quiet"], "has no effect with --collect") }
        }
        if plan {
            try GivenOptions.refuse(
                ["--history", "--quiet", "--color", "--detail"], "has no effect with --plan")
        }
        guard let format else { return }
        guard plan else { throw ValidationError("--format has no effect without --plan") }
        guard JobFormat(rawValue: format) != nil else {
            throw ValidationError("there is no format '\(format)'; use text, slurm or github")
        }
    }

    // MARK: what a plan prints

    /// More jobs than this GitHub makes of no matrix.
    private static let mostOfMatrix = 256

    func text(_ cells: CellPlan, folder: String) throws -> String {
        switch format.flatMap({ JobFormat(rawValue: $0) }) ?? .text {
        case .text:
            let rows = cells.cells.enumerated().map { index, build in
                "cell \(index + 1): \(build.label) (\(build.commit ?? build.folder ?? ""))"
            }
            return rows.joined(separator: "\n")
                + "\neach: hashmark sweep --cell N --out \(folder)"
                + "\nthen: hashmark sweep --collect --out \(folder)"
        case .slurm:
            let folder = URL(filePath: folder).standardizedFileURL.path
            return """
                #!/bin/sh
                # One task a release; sbatch this, then: hashmark sweep --collect --out \(folder)
                #SBATCH --job-name=hashmark-sweep
                #SBATCH --array=1-\(cells.cells.count)
                #SBATCH --nodes=1
                #SBATCH --exclusive
                #SBATCH --requeue
                #SBATCH --output=\(folder)/cell-%a.log
                exec hashmark sweep --cell "$SLURM_ARRAY_TASK_ID" --quiet \\
                  --out \(Self.quoted(folder))
                """
        case .github:
            guard cells.cells.count <= Self.mostOfMatrix else {
                throw ValidationError(
                    "\(cells.cells.count) cells, and a matrix has \(Self.mostOfMatrix) at most; "
                        + "plan fewer releases")
            }
            let numbers = (1...cells.cells.count).map { String($0) }.joined(separator: ",")
            return "matrix={\"cell\":[\(numbers)]}"
        }
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "'\\''") + "'"
    }
}

extension CellPlan {
    /// The sweep that the plan is of.
    /// - Throws: exit 1 where a workload is another one here.
    func sweep(_ cache: BuildCache, folder: String) throws -> Sweep {
        let compiled = try workloads.map { try WorkloadFile.compiled($0, entries: entries) }
        for (workload, hash) in zip(compiled, workloadHashes)
        where workload.workload.contentHash != hash {
            MeasuringOptions.complain(
                "workload \(workload.workload.name) is another one than the plan's; use the "
                    + "hashmark, and the workload files, that it was planned with")
            throw ExitCode.error
        }
        var sweep = Sweep(
            cells.map(\.release), reference: reference.release,
            BuildRequest(.ref("HEAD"), make: make, server: server, repository: repository),
            variables.compactMap { BuildVariable($0) }, cache, compiled, folder: folder)
        Redaction.learn([server].compactMap(\.self))
        sweep.rounds = rounds
        sweep.simulated = simulated
        sweep.memory = memory
        sweep.arguments = CommandLine.arguments
        sweep.seed = seed
        return sweep
    }
}
