// Parts of a workload: one operation with its keys, and collections of other sizes.
import Foundation
import ShippedFiles
import Testing
import Workloads

private func shipped(_ name: String) throws -> Workload {
    let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return try Workload(file: root.appending(path: "Workloads/\(name).yaml").path)
}

@Suite struct NarrowingTests {
    @Test func anOperationHasItsKeysAlone() throws {
        let whole = try shipped("sets-and-hashes")
        let part = whole.narrowed(to: "hget", members: 40, memberSize: 64)
        #expect(part.operations.map(\.name) == ["hget"])
        #expect(part.keyspaces.map(\.name) == ["hashes"])
        #expect(part.keyspaces[0].members == SizeSpec(.constant(40)))
        #expect(part.keyspaces[0].memberSize == 64)
        #expect(part.keyspaces[0].keys == 5_000 && part.expect.isEmpty)
        #expect(try CompiledWorkload(part).populatedKeys == 5_000)
        #expect(whole.narrowed() == whole)
    }

    @Test func stringsStayStrings() throws {
        let plain = try shipped("get-16x64")
        #expect(plain.narrowed(members: 40, memberSize: 64) == plain)
    }

    @Test func anUnknownOperationIsRefused() throws {
        let none = try shipped("sets-and-hashes").narrowed(to: "hgett")
        #expect(throws: WorkloadProblems.self) { try CompiledWorkload(none) }
    }

    /// Every operation of the workloads that claims are made of stands by itself.
    @Test(arguments: ["set-algebra", "membership", "hyperloglog", "sets-and-hashes"])
    func everyOperationStandsAlone(name: String) throws {
        let whole = try shipped(name)
        for operation in whole.operations {
            let part = try CompiledWorkload(whole.narrowed(to: operation.name))
            #expect(part.populatedKeys > 0, "\(operation.name)")
        }
    }
}
