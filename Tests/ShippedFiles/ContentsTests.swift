// What is in the executable are the files of Workloads/, to the byte.
import Foundation
import ShippedFiles
import Testing

private let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

@Suite struct ContentsTests {
    @Test(arguments: [
        (FileKind.workload, "ycsb-a", "ycsb-a.yaml"), (.suite, "smoke", "suites/smoke.yaml"),
        (.policy, "default", "policies/default.yaml"),
        (.sweep, "valkey", "sweeps/valkey.yaml"),
        (.trace, "twitter-shaped.csv", "traces/twitter-shaped.csv"),
    ])
    func filesHaveTheirNames(kind: FileKind, name: String, file: String) throws {
        #expect(ShippedFiles.names(in: kind).contains(name))
        let path = "Workloads/\(file)"
        let found = try #require(SearchPath().find(name, kind))
        #expect(found.builtIn == ShippedFiles.contents(of: path) && found.builtIn != nil)
        #expect(found.path == name && found.title == "\(name) (built in)")
        let there = try #require(SearchPath([root.path]).find(name, kind))
        #expect(there.builtIn == nil && there.title == root.appending(path: path).path)
    }

    @Test(arguments: [FileKind.workload, .suite, .policy, .sweep, .trace])
    func theBytesAreThoseOfTheFiles(kind: FileKind) throws {
        let names = ShippedFiles.names(in: kind)
        #expect(!names.isEmpty && names == names.sorted())
        #expect(SearchPath([root.path]).names(kind) == names)
        for name in names {
            let file = try #require(SearchPath([root.path]).find(name, kind)).path
            let bytes = try Array(Data(contentsOf: URL(filePath: file)))
            #expect(SearchPath().find(name, kind)?.builtIn == bytes, "\(file)")
        }
    }

    @Test func nothingElseIsThere() {
        #expect(ShippedFiles.contents(of: "Workloads/README.md") == nil)
        #expect(ShippedFiles.contents(of: "") == nil)
        #expect(SearchPath().find("", .trace) == nil)
        #expect(SearchPath().find("no-such", .workload) == nil)
    }
}
