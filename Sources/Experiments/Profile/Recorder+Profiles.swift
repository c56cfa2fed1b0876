// The profiles of a run while it is made: what rounds bring is put together, and what makes less of
// them is said.
import Quantities
import RunRecord

extension Recorder {
    /// Of the samples that CPU time and rate make, fewer than this are not what was asked for: a
    /// machine that is only busy has 97 of 100 and more.
    private static let leastShare = 0.5

    /// Warns of samples that were lost or not taken.
    public func doubtProfiles() {
        for profile in record.profiles {
            let quality = profile.quality
            if quality.lost > 0 {
                warn(
                    "the kernel dropped \(quality.lost) samples for want of room, beside "
                        + "\(quality.samples) that it kept",
                    remedy: "raise kernel.perf_event_mlock_kb or `ulimit -l`, or sample less often",
                    target: profile.target)
            }
            if let share = quality.sampledShare, share < Self.leastShare, quality.samples > 0 {
                warn(
                    "\(quality.samples) samples are \(share.percent(0)) of what its CPU time makes "
                        + "at that rate",
                    remedy: "set kernel.perf_cpu_time_max_percent to 0, or sample less often",
                    target: profile.target)
            }
        }
    }

    /// - Throws: where a profile has no sample: nothing was measured then.
    public func requireSamples() throws(ExperimentFailure) {
        for profile in record.profiles where profile.quality.samples == 0 {
            throw ExperimentFailure(
                .invalid,
                "no stack of \(profile.target) was sampled: it was hardly on a CPU (with "
                    + "--off-cpu: hardly off it); sample for longer, or give it more to do",
                isAfterAll: true)
        }
    }
}
