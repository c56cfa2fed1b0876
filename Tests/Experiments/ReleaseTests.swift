// Which releases a sweep goes through, in which order, and what its file may say.
import Experiments
import StrictYAML
import Targets
import TestSupport
import Testing

@Suite struct ReleaseTests {
    @Test func tagsAreInTheOrderOfTheirVersions() throws {
        let repository = try TinyRepository()
        try repository.commit(["a": "1"], "one")
        let names = ["8.0", "7.2.7", "8.1-rc1", "8.1", "8.1.1", "8.1.10", "8.1.9", "unstable"]
        for name in names { try repository.git("tag", name) }
        let git = GitRepository(repository.path)
        let found = try ReleaseChoice.tags("[0-9]*").releases(of: git).map(\.label)
        #expect(found == ["7.2.7", "8.0", "8.1-rc1", "8.1", "8.1.1", "8.1.9", "8.1.10"])
        #expect(throws: TargetError.self) { try ReleaseChoice.tags("9*").releases(of: git) }
    }

    @Test func everyNthCommitHasTheLastAmongThem() throws {
        let repository = try TinyRepository()
        var hashes: [String] = []
        for number in 1...5 {
            hashes.append(try repository.commit(["a": "\(number)"], "step \(number)"))
        }
        let found = try ReleaseChoice.every(2).releases(of: GitRepository(repository.path))
        #expect(found.map(\.source) == [0, 2, 4].map { .ref(hashes[$0]) })
    }

    @Test func commitsBetweenTwo() throws {
        let repository = try TinyRepository()
        var hashes: [String] = []
        for number in 1...4 {
            hashes.append(try repository.commit(["a": "\(number)"], "step \u{1b}[31m\(number)"))
        }
        let git = GitRepository(repository.path)
        let good = try git.read("HEAD~3")
        let found = try git.commits(after: good, to: try git.read("HEAD"))
        #expect(found.map(\.hash) == Array(hashes[1...]))
        #expect(found[0].subject == "step [31m2")
        #expect(throws: TargetError.self) { try git.commits(after: found[2], to: good) }
        #expect(throws: TargetError.self) { try git.commits(after: good, to: good) }
    }

    @Test func releasesAsTheyAreSpelled() throws {
        let folder = TemporaryFolder()
        #expect(try Release(parsing: "v1") == Release(label: "v1", source: .ref("v1")))
        #expect(try Release(parsing: "new=HEAD") == Release(label: "new", source: .ref("HEAD")))
        #expect(
            try Release(parsing: "tar=\(folder.path)")
                == Release(label: "tar", source: .folder(folder.path)))
        for text in ["", "=x", "x=", "-x"] {
            #expect(throws: TargetError.self, "\(text)") { try Release(parsing: text) }
        }
        let twice = ReleaseChoice.refs(["a=HEAD", "a=main"])
        #expect(throws: TargetError.self) { try twice.releases(of: GitRepository(".")) }
    }

    private func decoded(_ text: String) throws(FileProblems) -> SweepFile {
        try SweepFile(
            yaml: Array("schema: hashmark.sweep/1\nname: x\n\(text)\n".utf8), file: "x.yaml")
    }

    @Test func filesOfSweeps() throws {
        let file = try decoded("tags: '8.*'\nmatrix: [CFLAGS=-O2|-O3]\nserver: bin/s")
        #expect(file.choice == .tags("8.*") && file.suite == "releases" && file.title == "x")
        #expect(file.matrix == [BuildVariable(name: "CFLAGS", values: ["-O2", "-O3"])])
        #expect(file.server == "bin/s" && file.make == nil)
        let shipped = try SweepFile(file: "valkey")
        #expect(shipped.choice == .refs(["7.2.7", "8.0.1", "8.1.1", "9.1.2"]))
    }

    @Test(arguments: [
        "", "tags: x\nevery: 2", "every: 0", "releases: []", "releases: [[a]]",
        "tags: x\nmatrix: [CFLAGS]", "tags: x\nmatrix: ['9X=1']", "tags: x\nbuild: make",
    ])
    func filesThatAreRefused(text: String) {
        #expect(throws: FileProblems.self) { try decoded(text) }
    }
}
