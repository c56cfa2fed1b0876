// Weights of stacks as time per operation, by stack and by function.
import Foundation
import RunRecord
import Testing

@Suite struct StackProfileTests {
    private func close(_ one: [Double], _ other: [Double]) -> Bool {
        one.count == other.count && zip(one, other).allSatisfy { abs($0 - $1) < 1e-9 }
    }

    /// Each round's share of its time, however many samples it has.
    @Test func roundsArePooledByTheirTime() {
        let profile = sampleProfile()
        #expect(close(profile.perOperation, [60, 30, 10, 0]))
        #expect(close(profile.sums, [1_200, 600, 200, 0]))
        #expect(profile.operations == 20 && abs(profile.whole - 100) < 1e-9)
    }

    @Test func aRoundWithoutSamplesSaysNothing() {
        var profile = sampleProfile()
        profile.rounds.append(.init(weights: [], operations: 1_000, total: 5_000))
        #expect(profile.operations == 20 && close(profile.perOperation, [60, 30, 10, 0]))
        #expect(profile.ownByRound.map { $0 == nil } == [false, false, true])
    }

    @Test func unknownOperationsLeaveTheWholeRun() {
        var profile = sampleProfile()
        profile.rounds[1].operations = nil
        #expect(profile.operations == nil && close(profile.perOperation, profile.sums))
        #expect(profile.ownByRound.map { $0 == nil } == [false, true])
        #expect(StackProfile(target: "a", unit: .cpuNanoseconds).operations == nil)
    }

    @Test func functionsHaveTheirOwnAndTheTotal() throws {
        let functions = sampleProfile().functions
        #expect(functions.map(\.name.text) == ["find; it", "memcpy", "hash", "__x64_sys_write"])
        #expect(close(functions.map(\.own), [60, 30, 10, 0]))
        #expect(close(functions.map(\.total), [100, 30, 10, 0]))
        #expect(functions.map(\.kind) == [.user, .user, .inlined, .kernel])
        #expect(functions.map(\.name.isKernel) == [false, false, false, true])
        let own = try #require(sampleProfile().ownByRound[1])
        #expect(close([own[functions[0].name] ?? 0], [60]))
    }

    /// Recursion counts once, and a function is one wherever it was inlined.
    @Test func aFunctionCountsOnceInAStack() {
        var profile = StackProfile(target: "a", unit: .cpuNanoseconds)
        profile.frames = [
            .init("walk", kind: .inlined), .init("walk", binary: "server"),
            .init("walk", binary: "[kernel]", kind: .kernel),
        ]
        profile.stacks = [[1, 0, 1], [1, 2]]
        profile.rounds = [.init(weights: [3, 1], operations: 1, total: 4)]
        let functions = profile.functions
        #expect(functions.map(\.own) == [3, 1] && functions.map(\.total) == [4, 1])
        #expect(functions.map(\.kind) == [.user, .kernel])
        #expect(functions.map(\.binary) == ["server", "[kernel]"])
    }

    /// A file may hold anything: what counts on it must not fall over.
    @Test(arguments: [
        (#""function" : "memcpy""#, #""fn" : "memcpy""#),
        (#""total" : 1000"#, #""total" : -1000"#),
        (#""unit" : "cpu_ns""#, #""unit" : "dog_ns""#),
    ])
    func damageIsRefused(_ text: String, _ replacement: String) throws {
        let json = try sampleRecord().text()
        #expect(json.contains(text))
        #expect(throws: RunRecordError.self) {
            try RunRecord(json: Data(json.replacing(text, with: replacement).utf8))
        }
    }

    @Test func framesThatAreNotThereAreRefused() throws {
        var record = sampleRecord()
        record.profiles[0].stacks.append([5])
        let json = try record.json()
        #expect(throws: RunRecordError.self) { try RunRecord(json: json) }
        record.profiles[0].stacks = [[0], [-1]]
        let negative = try record.json()
        #expect(throws: RunRecordError.self) { try RunRecord(json: negative) }
    }
}
