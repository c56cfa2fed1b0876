// Which workloads and tables can climb a ladder: what cannot is refused with the reason, before
// anything is launched.
import Experiments
import Keyspaces
import Ladders
import ReferenceServer
import Targets
import Testing
import Workloads

@Suite struct LadderTests {
    private func problem(
        _ workload: CompiledWorkload, table: String = "valkey-9.1",
        _ change: (inout ServerConfiguration) -> Void = { _ in }
    ) throws -> String? {
        var configuration = ServerConfiguration(table: .valkey91)
        change(&configuration)
        let ladder = Ladder(try Target(parsing: "ref:\(table)"), configuration)
        return LadderExperiment([ladder], workload, LadderPlan()).problem
    }

    private func plain(
        _ operations: [OperationSpec], ttlSeconds: Int = 0
    ) throws -> CompiledWorkload {
        var workload = Workload.plain(keys: 100, keySize: 8, valueSize: 8, ttlSeconds: ttlSeconds)
        workload.operations = operations
        return try CompiledWorkload(workload)
    }

    private func operation(_ text: String) throws -> OperationSpec {
        OperationSpec(command: try CommandTemplate.parse(text).get(), weight: 1)
    }

    @Test func getSetAndDelClimb() throws {
        let workload = try plain([
            operation("GET {key}"), operation("SET {key} {value} {expiry}"),
            operation("DEL {key}"), operation("UNLINK {key}"),
        ])
        #expect(try problem(workload) == nil)
    }

    @Test(arguments: [
        ("INCR {key}", "`INCR {key}` is no command that a table alone can be asked"),
        ("SET {key} {value} NX", "has options"),
    ])
    func otherCommandsAreRefused(_ command: String, _ words: String) throws {
        let found = try #require(try problem(try plain([operation(command)])))
        #expect(found.contains(words) && found.contains("; use a workload of GET"), "\(found)")
    }

    @Test func expiriesAndRepliesThatMakeRequestsAreRefused() throws {
        let expiring = try plain([operation("SET {key} {value} {expiry}")], ttlSeconds: 60)
        #expect(try problem(expiring)?.contains("without `ttl`") == true)
        var missing = Workload.plain(keys: 100, keySize: 8, valueSize: 8)
        missing.keyspaces[0].onMiss = .set
        #expect(try problem(CompiledWorkload(missing))?.contains("`on_miss`") == true)
    }

    @Test func whatNotEveryRungHasIsRefused() throws {
        let workload = try plain([operation("GET {key}")])
        #expect(
            try problem(workload) { $0.maxMemory = 1 << 20 }?.contains("evicts nothing") == true)
        #expect(
            try problem(workload) { $0.threads = .io(2) }?.contains("has one") == true)
        #expect(
            try problem(workload, table: "valkey-9.1?requirepass=x")?.contains("no sockets")
                == true)
    }
}
