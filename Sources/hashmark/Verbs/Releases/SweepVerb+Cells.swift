// `sweep --plan`, `--cell N` and `--collect`: a sweep that a fleet shares.
import ArgumentParser
import Experiments
import LinuxSystem
import Progress
import RunRecord
import Targets

extension SweepVerb {
    var folder: String { out ?? ProjectFiles.latest + "/sweep" }

    func writePlan() throws {
        let (sweep, suite) = try plan()
        let cells = try SourceOptions.reading { () throws(TargetError) -> CellPlan in
            try CellPlan(sweep, workloads: suite.workloads, entries: entries ?? suite.entries)
        }
        let text = try fleet.text(cells, folder: folder)
        do throws(RunRecordError) {
            try cells.write(to: folder)
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
        MeasuringOptions.note(
            "wrote \(CellPlan.path(in: folder)): \(cells.cells.count) "
                + "cell\(cells.cells.count == 1 ? "" : "s")")
        Output.print(text)
    }

    func runCell(_ number: Int) throws {
        let sweep = try planned()
        guard number <= sweep.releases.count else {
            throw ValidationError("--cell \(number): the plan has \(sweep.releases.count) cells")
        }
        Interruption.install()
        let progress = ProgressBar(quiet: quiet)
        progress.start("cell \(number)")
        let outcome: Sweep.Outcome
        do throws(ExperimentFailure) {
            outcome = try sweep.run(cell: number, progress, told: TargetList.told)
        } catch {
            progress.finish()
            MeasuringOptions.complain("\(error)")
            if Interruption.requested { throw ExitCode.interrupted }
            throw error.kind == .setUp ? ExitCode.error : ExitCode.invalid
        }
        progress.finish()
        if let hole = outcome.hole {
            MeasuringOptions.complain("cell \(number), \(outcome.release.label): \(hole)")
            throw outcome.record.results.isEmpty ? ExitCode.error : ExitCode.invalid
        }
    }

    func collectCells() throws {
        let sweep = try planned()
        let path = history ?? ProjectFiles.history
        try OutputFiles.prepare([path])
        let found: Sweep.Cells
        do throws(ExperimentFailure) {
            found = try sweep.collected()
            let differences = NodeReference.differences(found.nodes)
            guard differences.isEmpty else {
                for line in differences { MeasuringOptions.note(line) }
                throw ExperimentFailure(
                    .incomparable,
                    "the nodes cannot be compared, so nothing was added to the history; plan the "
                        + "sweep for nodes that are alike, or run the cells on one")
            }
            for outcome in found.outcomes { try Self.append(outcome, to: path) }
        } catch {
            MeasuringOptions.complain("\(error)")
            throw error.kind == .incomparable ? ExitCode.incomparable : ExitCode.error
        }
        show(found.outcomes)
        for (cell, reason) in found.damaged {
            MeasuringOptions.complain(
                "the record of cell \(cell) is damaged: \(reason); gather the file again, or run "
                    + "`hashmark sweep --cell \(cell) --out \(folder)`, which replaces it")
        }
        if !found.missing.isEmpty {
            let numbers = found.missing.map { String($0) }.joined(separator: ", ")
            MeasuringOptions.complain(
                "no record of cell\(found.missing.count == 1 ? "" : "s") \(numbers); run "
                    + "`hashmark sweep --cell N --out \(folder)` for each, and collect again")
        }
        guard found.missing.isEmpty, found.damaged.isEmpty else { throw ExitCode.error }
        if found.outcomes.allSatisfy({ $0.hole != nil }) { throw ExitCode.error }
    }

    private func planned() throws -> Sweep {
        let cells: CellPlan
        do throws(RunRecordError) {
            cells = try CellPlan.read(from: folder)
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
        return try cells.sweep(source.cache, folder: folder)
    }
}
