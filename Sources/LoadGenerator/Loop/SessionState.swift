// What a session is beside its workers: whom it is with, and whether it can be used. A burst begins
// and ends here, for one server as for a cluster: the workers' samples become one, and a failure is
// thrown with it.
import LinuxSystem

struct SessionState {
    let address: SocketAddress
    let commands: [CommandLabel]
    private var isUsable = true

    init(_ address: SocketAddress, _ commands: [CommandLabel]) {
        self.address = address
        self.commands = commands
    }

    /// One burst.
    /// - Parameters:
    ///   - results: what each worker came to, and what ended the burst early; nil: nothing did.
    ///   - alone: as `WorkerTeam.run` has it.
    /// - Returns: what all workers together came to.
    mutating func run(
        _ team: WorkerTeam, _ limit: BurstLimit, _ pace: Pace?,
        _ progress: (LoadProgress) -> Void,
        _ results: () -> (samples: [LoadSample], failure: LoadFailure.Reason?),
        alone: (BurstLimit, Pace?, (UInt64) -> Void) -> Void
    ) throws(LoadFailure) -> LoadSample {
        guard isUsable else {
            throw LoadFailure(.unusable, address, LoadSample(commands: commands))
        }
        team.run(limit, pace, progress, alone: alone)
        let (samples, failure) = results()
        var sample = samples[0]
        for other in samples.dropFirst() { sample.merge(other) }
        sample.workers = samples.count
        if let failure {
            isUsable = false
            throw LoadFailure(failure, address, sample)
        }
        if Interruption.requested { throw LoadFailure(.interrupted, address, sample) }
        return sample
    }

    /// Waits for an interruption.
    /// - Parameter look: looks at the workers, and tells of their failure.
    mutating func idle(_ look: () -> LoadFailure.Reason?) throws(LoadFailure) {
        while !Interruption.requested {
            if let failure = look() {
                isUsable = false
                throw LoadFailure(failure, address, LoadSample(commands: commands))
            }
            Clock.sleep(milliseconds: 100)
        }
    }
}
