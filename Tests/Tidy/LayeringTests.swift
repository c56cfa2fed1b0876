// Dependencies point downward only: a module may import modules of a lower level, never of its own
// or a higher one. The levels are the house plan; a module that is missing here fails the test.
import Foundation
import Testing

private let levels: [[String]] = [
    [
        "CLinux", "CIntrinsics", "CPerf", "CPfm", "CCallgrind", "CShippedFiles", "CTable", "CNuma",
        "COpenSSL", "CPostgres", "CZlib", "CZstd",
    ],
    // Below level 1, all of which may speak of times, sizes and CPUs, and say what was meant.
    ["Quantities", "Spelling"],
    ["LinuxSystem", "RESP", "Distributions", "RunRecord", "ShippedFiles", "StrictYAML"],
    ["Keyspaces", "Workloads", "Traces", "Counters", "Statistics", "Transport", "Progress"],
    [
        "ReferenceServer", "LoadGenerator", "Targets", "TableBench", "TableCheck", "Doctor",
        "Profiling",
    ],
    ["Experiments"],
    ["Gate", "Ladders", "Reporting", "Publishing"],
    ["Gating"],
    ["hashmark"],
]

private let sources = SourceFile.root.appending(path: "Sources")

/// Folders that are no modules: shared objects, which Scripts/adapters builds, and a program over
/// MPI, which Scripts/mpi builds.
private let others: Set<String> = ["Adapters", "HashmarkMPI"]

private func modules() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: sources.path)
        .filter { !$0.contains(".") && !others.contains($0) }
}

/// Modules named by `import` lines of a Swift file.
private func imports(of text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ")
        guard let index = words.firstIndex(of: "import"), index + 1 < words.count,
            words[..<index].allSatisfy({ $0.hasPrefix("@") || $0 == "public" || $0 == "package" })
        else { return nil }
        return words.dropFirst(index + 1).first { !["struct", "enum", "func"].contains($0) }
            .map(String.init)
    }
}

@Test func everyModuleHasOneLevel() throws {
    #expect(Set(levels.joined()) == Set(try modules()))
    #expect(Set(levels.joined()).count == levels.joined().count)
}

@Test func importsPointDownward() throws {
    let level = Dictionary(
        uniqueKeysWithValues: levels.enumerated().flatMap { index, names in
            names.map { ($0, index) }
        })
    var files = 0
    for module in try modules() {
        let folder = sources.appending(path: module)
        let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap {
            $0 as? String
        }
        for path in paths ?? [] where path.hasSuffix(".swift") {
            files += 1
            let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
            for imported in imports(of: text) {
                guard let target = level[imported], let own = level[module] else { continue }
                #expect(target < own, "\(module)/\(path) imports \(imported)")
            }
        }
    }
    #expect(files > 10)
}
