// In which order files are looked for: paths, the roots one after the other, what is built in.
import Foundation
import ShippedFiles
import TestSupport
import Testing

@Suite struct SearchPathTests {
    /// A root that has workloads of these names.
    private func root(_ names: String...) throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.file("Workloads"), withIntermediateDirectories: true)
        for name in names {
            try Data(name.utf8).write(to: URL(filePath: folder.file("Workloads/\(name).yaml")))
        }
        return folder
    }

    @Test func theFirstRootThatHasItDecides() throws {
        let first = try root("ycsb-a", "mine")
        let second = try root("ycsb-a", "ycsb-b", "theirs")
        let search = SearchPath([first.path, second.path])
        for (name, folder) in [
            ("ycsb-a", first), ("mine", first), ("ycsb-b", second), ("theirs", second),
        ] {
            let path = folder.file("Workloads/\(name).yaml")
            #expect(search.find(name, .workload)?.path == path)
        }
        let builtIn = search.find("ycsb-c", .workload)
        #expect(builtIn?.builtIn == ShippedFiles.contents(of: "Workloads/ycsb-c.yaml"))
        let names = search.names(.workload)
        #expect(names == names.sorted() && Set(names).count == names.count)
        #expect(Set(["mine", "theirs", "ycsb-c"]).isSubset(of: names))
        #expect(!search.names(.suite).contains("mine"))
    }

    @Test func aPathIsAPathWhateverHasItsName() throws {
        let folder = try root("x")
        let path = folder.file("Workloads/x.yaml")
        #expect(SearchPath().find(path, .suite)?.path == path)
        // A folder is none, so that one called as a suite is does not stand in its way.
        try FileManager.default.createDirectory(
            atPath: folder.file("Workloads/suites/smoke.yaml"), withIntermediateDirectories: true)
        #expect(SearchPath().find(folder.path, .workload) == nil)
        #expect(SearchPath([folder.path]).find("smoke", .suite)?.builtIn != nil)
        #expect(SearchPath([folder.path]).names(.suite) == ShippedFiles.names(in: .suite))
    }

    @Test func theCurrentFolderIsNotSpelledOut() {
        #expect(SearchPath(["."]).candidates("x", .suite) == ["Workloads/suites/x.yaml"])
        #expect(SearchPath([".."]).candidates("t.csv", .trace) == ["../Workloads/traces/t.csv"])
        #expect(SearchPath().places(.workload) == "among the built-in ones")
        #expect(
            SearchPath([".", "/h"]).places(.policy)
                == "in Workloads/policies/, in /h/Workloads/policies/, or among the built-in ones")
    }
}
