// How a run of `bench` ends: with what was measured, with what broke it, and by which exit code.
import ArgumentParser
import Experiments
import LinuxSystem
import LoadGenerator
import RunRecord

extension BenchVerb {
    /// The exit code: an early end is an error, a rate that was not kept an invalid measurement.
    func end(
        _ results: [BenchResult], _ broken: ExperimentFailure?, _ record: RunRecord
    ) throws {
        // The one writer has said so, and knows the status.
        guard Output.failure == nil else { throw ExitCode.error }
        if let broken {
            let kept = " (what was measured is kept, marked partial)"
            MeasuringOptions.complain("\(broken)" + (results.isEmpty ? "" : kept))
            if Interruption.requested { throw ExitCode.interrupted }
            throw broken.kind == .setUp && results.isEmpty ? ExitCode.error : .invalid
        }
        try endEarly(results)
        let invalid = results.flatMap(\.invalid)
        if !invalid.isEmpty {
            for reason in invalid { MeasuringOptions.complain("\(reason)") }
            throw ExitCode.invalid
        }
        try output.outputs.requireNone(of: record.warnings)
    }

    /// Throws what ended the last run, if something did.
    private func endEarly(_ results: [BenchResult]) throws {
        guard let result = results.last, let failure = result.failure else { return }
        if case .errorReply(let text) = failure.reason, BenchOriginal.current != nil {
            Output.note("Error from server: \(text)")
            throw ExitCode.error
        }
        let kept = result.tests.contains(where: \.partial) ? "; the last result is partial" : ""
        if Interruption.requested {
            Output.note("hashmark: \(failure)\(kept)")
            throw ExitCode.interrupted
        }
        // What a host among several did is no error of this one.
        if FleetLink.current != nil, case .program = failure.reason {
            MeasuringOptions.complain("\(failure)\(kept)")
            throw ExitCode.invalid
        }
        throw Self.failure((result.death ?? "\(failure)") + kept)
    }
}
