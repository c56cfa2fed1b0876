// Waiting until a server is settled: no rehash in progress. A table that still rehashes holds its
// old array to the end, worth up to 9 bytes an entry, and look-ups search both.
//
// The reference server is told to finish. Others cannot be told: they finish by themselves, faster
// at `hz 500`, and are taken as settled once used_memory, or else the resident set, has been flat
// for long enough.
//
// How long is enough: after a fill, redis-server 7.0 and Valkey 7.2 to 9.1 at `hz 500` let the last
// array go within 0.1 s at 65,000 to 139,000 entries, and within 1.2 s at 650,000 to 1,390,000.
import LinuxSystem
import Quantities
import Targets
import Workloads

package enum Settling {
    /// How sure it must be.
    package enum Care {
        /// For bytes per entry. A million entries, or more: flat over 8 s and at least 15 s after
        /// the fill; fewer: in proportion, with a floor of ten times what was seen.
        case memory
        /// For timing: flat over 1 s. Load on the server ends a rehash within a second anyway.
        case timing

        func flatMilliseconds(_ entries: Int) -> Int {
            self == .memory ? max(min(entries, 1_000_000) * 8 / 1_000, 1_000) : 1_000
        }

        func leastMilliseconds(_ entries: Int) -> Int {
            self == .memory ? max(min(entries, 1_000_000) * 15 / 1_000, 1_500) : 0
        }
    }

    /// used_memory moves by the buffers of clients, ours among them, also when all is at rest; the
    /// array of any table that takes time to rehash is larger.
    private static let flatBytes: Int64 = 64 << 10

    /// Returns when settled; throws `.invalid` when that does not happen in time.
    /// - Parameter milliseconds: how long it may take; nil: as a workload that says nothing.
    package static func wait(
        _ server: RunningServer, _ connection: ControlConnection, _ care: Care,
        milliseconds: Int? = nil
    ) throws(ExperimentFailure) {
        let limit = milliseconds ?? PhaseSpec.defaultSettleMilliseconds
        do throws(TargetError) {
            let settled =
                // It finishes its rehash before it answers; others refuse.
                if server.target.isOwned,
                    try connection.send(["HASHMARK", "SETTLE"]).text == "OK"
                {
                    true
                } else {
                    try waitForFlatMemory(server, connection, care, limit)
                }
            if settled { return }
        } catch {
            throw ExperimentFailure(error, server)
        }
        if Interruption.requested { throw ExperimentFailure(.interrupted, "interrupted") }
        throw ExperimentFailure(
            .invalid,
            "\(server.target.label) did not settle within "
                + "\(Nanoseconds(UInt64(limit), .milliseconds)); stop other clients of it, use "
                + "fewer entries, or give the workload's `settle` a longer timeout")
    }

    /// What the server says that it takes or, of one that says nothing (Garnet), what the kernel
    /// says.
    private static func memory(
        _ server: RunningServer, _ connection: ControlConnection
    ) throws(TargetError) -> Int64 {
        if let text = try connection.info("memory")["used_memory"], let used = Int64(text) {
            return used
        }
        let parts = (server.pids ?? []).compactMap { ProcessAccounting.residentBytes($0) }
        guard !parts.isEmpty else {
            throw TargetError(
                "\(server.target.label) does not report used_memory, and does not run here",
                remedy: "measure a server whose INFO has it, or on its machine")
        }
        return parts.reduce(0) { $0 + Int64($1) }
    }

    private static func waitForFlatMemory(
        _ server: RunningServer, _ connection: ControlConnection, _ care: Care, _ limit: Int
    ) throws(TargetError) -> Bool {
        let hz = server.target.isOwned ? try connection.configuration("hz") : nil
        if hz != nil { _ = try? connection.call(["CONFIG", "SET", "hz", "500"]) }
        defer { if let hz { _ = try? connection.call(["CONFIG", "SET", "hz", hz]) } }
        let entries = try connection.databaseSize()
        let (flatEnough, least) = (care.flatMilliseconds(entries), care.leastMilliseconds(entries))
        let step = 100
        var level: Int64 = 0
        var flat = 0
        var waited = 0
        while waited < limit && !Interruption.requested {
            let used = try memory(server, connection)
            if abs(used - level) <= flatBytes {
                flat += step
            } else {
                (level, flat) = (used, 0)
            }
            if flat >= flatEnough && waited >= least { return true }
            Clock.sleep(milliseconds: step)
            waited += step
        }
        return false
    }
}
