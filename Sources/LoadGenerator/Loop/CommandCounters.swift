// What a worker counts of each of its commands, in an array of its own that the loop reaches by a
// pointer.
import Statistics

/// Counters of one command on one worker.
struct CommandCounters {
    var operations: UInt64 = 0
    var errors: UInt64 = 0
    var nulls: UInt64 = 0
    let latency = LatencyRecorder()
}

extension UnsafeMutablePointer<CommandCounters> {
    /// Of so many commands.
    static func make(_ count: Int) -> UnsafeMutablePointer<CommandCounters> {
        let made = UnsafeMutablePointer<CommandCounters>.allocate(capacity: count)
        for index in 0..<count { (made + index).initialize(to: CommandCounters()) }
        return made
    }

    /// Begins a burst.
    func reset(_ count: Int) {
        for index in 0..<count {
            self[index].operations = 0
            self[index].errors = 0
            self[index].nulls = 0
            self[index].latency.reset()
        }
    }

    /// What was counted, into the samples of the same commands.
    func fill(_ commands: inout [CommandSample]) {
        for index in commands.indices {
            commands[index].operations = self[index].operations
            commands[index].errors = self[index].errors
            commands[index].nulls = self[index].nulls
            commands[index].latency = self[index].latency.histogram()
        }
    }
}
