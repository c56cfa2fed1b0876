// What `bench` finds in its results that a run's end has no words for: a load that broke off, and
// measurements of something else than was asked for.
import ArgumentParser
import Experiments
import LinuxSystem
import LoadGenerator
import RunRecord

extension BenchVerb {
    /// Throws the exit code: an early end is an error, a rate that was not kept an invalid
    /// measurement.
    func judge(_ results: [BenchResult]) throws {
        try endEarly(results)
        let invalid = results.flatMap(\.invalid)
        guard !invalid.isEmpty else { return }
        for reason in invalid { MeasuringOptions.complain("\(reason)") }
        throw ExitCode.invalid
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
