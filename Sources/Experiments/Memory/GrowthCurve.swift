// Memory as a curve over what a server holds: one server, filled further from point to point, read
// when it is settled. What is counted, how it is written, and what its results are called is each
// curve's own.
import Progress
import RunRecord
import Targets

protocol GrowthCurve {
    /// The workload under whose name results are kept.
    var name: String { get }
    /// Counts at which memory is read, ascending.
    var points: [UInt64] { get }
    /// What they count, in the plural.
    var unit: String { get }
    /// Writes that one more of it takes.
    var writesOfOne: Double { get }
    /// Writes until the last point, and bytes of keys and values.
    var most: (writes: Double, bytes: Double) { get }
    /// What the fill and its check use besides commands on strings.
    var firstUses: [[String]] { get }

    /// Throws where a server has not the commands for it.
    func requireCommands(
        _ server: RunningServer, _ connection: ControlConnection
    ) throws(ExperimentFailure)

    /// Writes what lies between two points.
    func fill(
        _ server: RunningServer, _ added: Range<UInt64>, _ recorder: Recorder
    ) throws(ExperimentFailure)

    /// Throws unless the server holds what a point says.
    func verify(
        _ server: RunningServer, _ connection: ControlConnection, _ count: UInt64
    ) throws(ExperimentFailure)

    /// Adds the results of a point.
    func add(
        _ growth: MemoryReading, _ count: UInt64, _ server: RunningServer,
        _ connection: ControlConnection, _ recorder: Recorder
    ) throws(ExperimentFailure)
}

extension GrowthCurve {
    /// How long one target will probably take, in s.
    var seconds: Double { weights.reduce(0.5, +) }

    /// Seconds for each point, probably: the fill, and some waiting until it is settled.
    private var weights: [Double] {
        let before: [UInt64] = [0] + points
        return zip(points, before).map { count, before in
            1 + Double(count - before) * writesOfOne / Fill.expectedPerSecond
        }
    }

    /// Measures targets, one after the other.
    func measure(
        _ targets: [Target], _ launch: LaunchOptions, _ recorder: Recorder, allowFlush: Bool
    ) throws(ExperimentFailure) {
        try MemoryNeeds.check(
            entries: most.writes, bytes: most.bytes,
            servers: targets.contains(where: \.isOwned) ? 1 : 0, recorder.placement)
        for (index, target) in targets.enumerated() {
            recorder.progress.begin("", Course.part(index, of: targets.count))
            defer { recorder.progress.end() }
            try measure(target, launch, recorder, allowFlush: allowFlush)
        }
    }

    private func measure(
        _ target: Target, _ launch: LaunchOptions, _ recorder: Recorder, allowFlush: Bool
    ) throws(ExperimentFailure) {
        let server = try Launching.launch(target, launch, recorder)
        defer {
            recorder.notePages(of: server)
            server.stop()
        }
        let connection = try server.controlConnection()
        try requireCommands(server, connection)
        try Launching.requireEmpty(server, connection, allowFlush: allowFlush)
        let empty = try MemoryReading.takeEmpty(server, connection, with: firstUses)
        var filled: UInt64 = 0
        for (count, span) in zip(points, Course.spans(weights)) {
            recorder.progress.begin("\(target.label): \(count) \(unit)", span)
            defer { recorder.progress.end() }
            try measure(server, connection, filled..<count, empty, recorder)
            filled = count
        }
    }

    private func measure(
        _ server: RunningServer, _ connection: ControlConnection, _ added: Range<UInt64>,
        _ empty: MemoryReading, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        try recorder.phase("fill", server.target.label) { () throws(ExperimentFailure) in
            try fill(server, added, recorder)
        }
        recorder.progress.say("settling")
        try recorder.phase("settle", server.target.label) { () throws(ExperimentFailure) in
            try Settling.wait(server, connection, .memory)
        }
        try verify(server, connection, added.upperBound)
        let full = try MemoryReading.take(server, connection)
        recorder.add(workload: name, contentHash: nil)
        try add(full.grown(since: empty), added.upperBound, server, connection, recorder)
    }
}
