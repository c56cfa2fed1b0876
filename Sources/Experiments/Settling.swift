// Waiting until a server is settled: no rehash in progress. A table that still rehashes holds its
// old array to the end, worth up to 9 bytes an entry, and look-ups search both.
//
// The reference server is told to finish. Others cannot be told: they finish by themselves, faster
// at `hz 500`, and are taken as settled once used_memory has been flat for long enough.
import LinuxSystem
import Targets

enum Settling {
    /// How sure it must be.
    enum Care {
        /// For bytes per entry: flat over 8 s and at least 15 s after the fill. (At 1 M entries the
        /// last arrays of real servers were seen to go within that.)
        case memory
        /// For timing: flat over 1 s. Load on the server ends a rehash within a second anyway.
        case timing

        var flatMilliseconds: Int { self == .memory ? 8_000 : 1_000 }
        var leastMilliseconds: Int { self == .memory ? 15_000 : 0 }
    }

    private static let limitMilliseconds = 120_000
    /// used_memory moves by the buffers of clients, ours among them, also when all is at rest; the
    /// array of any table that takes time to rehash is larger.
    private static let flatBytes: Int64 = 64 << 10

    /// Returns when settled; throws `.invalid` when that does not happen within two minutes.
    static func wait(
        _ server: RunningServer, _ connection: ControlConnection, _ care: Care
    ) throws(ExperimentFailure) {
        do throws(TargetError) {
            let settled =
                if case .reference = server.target.kind {
                    // It finishes its rehash before it answers.
                    try connection.call(["HASHMARK", "SETTLE"]).text == "OK"
                } else {
                    try waitForFlatMemory(server, connection, care)
                }
            if settled { return }
        } catch {
            throw ExperimentFailure(error, server)
        }
        if Interruption.requested { throw ExperimentFailure(.interrupted, "interrupted") }
        throw ExperimentFailure(
            .invalid,
            "\(server.target.label) did not settle within \(limitMilliseconds / 1000) s; "
                + "stop other clients of it, or use fewer entries")
    }

    private static func waitForFlatMemory(
        _ server: RunningServer, _ connection: ControlConnection, _ care: Care
    ) throws(TargetError) -> Bool {
        let hz = server.target.isOwned ? try connection.configuration("hz") : nil
        if hz != nil { _ = try? connection.call(["CONFIG", "SET", "hz", "500"]) }
        defer { if let hz { _ = try? connection.call(["CONFIG", "SET", "hz", hz]) } }
        let step = 250
        var level: Int64 = 0
        var flat = 0
        var waited = 0
        while waited < limitMilliseconds && !Interruption.requested {
            guard let used = try connection.info("memory")["used_memory"].flatMap({ Int64($0) })
            else {
                throw TargetError(
                    "\(server.target.label) does not report used_memory",
                    remedy: "measure a server whose INFO has it")
            }
            if abs(used - level) <= flatBytes {
                flat += step
            } else {
                (level, flat) = (used, 0)
            }
            if flat >= care.flatMilliseconds && waited >= care.leastMilliseconds { return true }
            Clock.sleep(milliseconds: step)
            waited += step
        }
        return false
    }
}
