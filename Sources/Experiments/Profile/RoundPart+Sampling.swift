// What a round samples: slices of their own at the end of a cell, behind those that are measured. A
// sample costs its server some 15 µs, so figures come from slices without.
//
//     a b b a  a b b a  …  measured    a* b* b* a*  …  sampled, the sampler on within a slice alone
//
// What sampling costs is another question: then one target is sampled in its measured slices.
//
//     a b* b* a  a b* b* a  …
import LoadGenerator
import Profiling
import RunRecord

extension RoundPart {
    private struct Sampled {
        let entrant: Entrant
        let sampler: any StackSampler
        var window = StackProfile.Round.empty
    }

    /// Drives the cell that is open on, and samples.
    /// - Parameter begun: which part of the cell's progress is done.
    mutating func sample(
        _ entrants: [Entrant], from begun: Double, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        guard let sampling else { return }
        var sampled: [Sampled] = []
        for entrant in entrants where entrant.contestant.target.label != sampling.sentinel {
            let server = entrant.contestant.server
            if let sampler = try sampler(of: server, sampling.sampling, recorder) {
                sampled.append(Sampled(entrant: entrant, sampler: sampler))
            }
        }
        guard !sampled.isEmpty else { return }
        let slice = BurstLimit.duration(nanoseconds: plan.sliceNanoseconds)
        let turns = Array(sampled.indices) + sampled.indices.reversed()
        try recorder.phase("sample") { () throws(ExperimentFailure) in
            var failures = RoundFailures(round: round)
            for block in 0..<sampling.blocks {
                let isLast = !failures.isEmpty
                for index in turns {
                    let contestant = sampled[index].entrant.contestant
                    let sampler = sampled[index].sampler
                    try failures.attempt(sampled[index].entrant.target, recorder) {
                        () throws(ExperimentFailure) in
                        let window = try contestant.sampledSlice(slice, sampler)
                        sampled[index].window.add(window)
                    }
                }
                recorder.progress.advance(
                    to: begun + (1 - begun) * Double(block + 1) / Double(sampling.blocks))
                if isLast { break }
            }
            try failures.end()
        }
        // By their places on the command line: the first is the one compared with.
        for one in sampled.sorted(by: { $0.entrant.target < $1.entrant.target }) {
            profiles.append(
                one.sampler.profile(
                    target: one.entrant.contestant.target.label, workload: sampling.load,
                    rounds: [one.window]))
        }
    }

    /// Lets the target whose measured slices are sampled, if any, be sampled in this cell.
    func sampleMeasured(_ entrants: [Entrant], _ recorder: Recorder) throws(ExperimentFailure) {
        guard let sampling = plan.sampling, let label = sampling.measured else { return }
        for entrant in entrants where entrant.contestant.target.label == label {
            let server = entrant.contestant.server
            if let sampler = try sampler(of: server, sampling, recorder) {
                entrant.contestant.sampleSlices(sampler)
            }
        }
    }

    /// Takes what became of it.
    mutating func keepMeasured(_ cell: RoundCell, _ entrants: [Entrant]) {
        let load = cell.workload.workload.name
        profiles += entrants.compactMap { $0.contestant.takeProfile(workload: load) }
    }

    /// Nil where there is none, which is a warning then.
    private func sampler(
        of server: any MeasuredServer, _ sampling: StackSampling, _ recorder: Recorder
    ) throws(ExperimentFailure) -> (any StackSampler)? {
        let problem: String
        do throws(ProfilerError) {
            if let sampler = try server.sampler(sampling) { return sampler }
            problem =
                server.target.isCluster
                ? "a cluster has several processes, and stacks are of one; sample one of its nodes"
                : "its process is not on this machine; sample it where it runs"
        } catch {
            problem = "\(error)"
        }
        let label = server.target.label
        if sampling.isRequired { throw ExperimentFailure(.setUp, "\(label): \(problem)") }
        let parts = problem.split(separator: "; ", maxSplits: 1).map { String($0) }
        recorder.warn(
            "its stacks could not be sampled: \(parts[0])",
            remedy: parts.count > 1 ? parts[1] : "leave --profile out", target: label)
        return nil
    }
}
