// `build:` targets: how they are spelled, and what is built when.
import Foundation
import LinuxSystem
import Synchronization
import Targets
import TestSupport
import Testing

@Suite struct BuildTargetTests {
    @Test func spellings() throws {
        let plain = try Target(parsing: "build:HEAD~3")
        #expect(plain.label == "HEAD~3" && plain.isOwned)
        #expect(plain.build == BuildRequest(.ref("HEAD~3")))
        let full = try Target(
            parsing: "new=build:v8.1?make=make -j2 A=1 %26%26 true&server=bin/s --x&repo=../r")
        #expect(full.label == "new")
        #expect(
            full.build
                == BuildRequest(
                    .ref("v8.1"), make: "make -j2 A=1 && true", server: "bin/s --x",
                    repository: "../r"))
    }

    @Test(arguments: [
        "build:", "build:-x", "build:HEAD?mak=x", "build:HEAD?make", "build:HEAD?make=a&make=b",
        "build:HEAD?server='x",
    ])
    func refusals(text: String) {
        #expect(throws: TargetError.self) { try Target(parsing: text) }
    }

    /// Notes of what is told while trees are built.
    private final class Notes: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    @Test func aCommitIsBuiltOnceForEachLine() throws {
        let repository = try TinyRepository()
        let cacheFolder = TemporaryFolder()
        let commit = try repository.commit(server: "true", "one")
        let cache = BuildCache(cacheFolder.path)
        let notes = Notes()
        func tree(_ make: String, _ variables: [String] = []) throws -> BuiltTree {
            try cache.tree(
                BuildRequest(
                    .ref("HEAD"), make: make, server: "server", repository: repository.path,
                    variables: variables),
                told: notes.add)
        }
        let first = try tree("make")
        #expect(first.identity == commit)
        #expect(notes.all.count == 1)
        let request = BuildRequest(
            .ref("HEAD"), make: "make", server: "server --x", repository: repository.path)
        let target = try Target(request, first)
        #expect(target.label == "HEAD")
        #expect(target.spelling.hasPrefix("build:\(commit)?make=make&server=server --x&repo="))
        guard case .command(let words) = target.kind else {
            Issue.record("a build is no command")
            return
        }
        #expect(words[0].hasPrefix("/") && access(words[0], X_OK) == 0)
        #expect(words[1] == "--x")
        _ = try tree("make")
        #expect(notes.all.count == 1, "built again: \(notes.all)")
        _ = try tree("make server")
        _ = try tree("make", ["CFLAGS=-O3"])
        #expect(notes.all.count == 3)
        try repository.commit(server: "false", "two")
        _ = try tree("make")
        #expect(notes.all.count == 4)
    }

    @Test func whatFailsToBuildIsToldInTheWordsOfItsLog() throws {
        let repository = try TinyRepository()
        let cacheFolder = TemporaryFolder()
        try repository.commitBroken("broken")
        let request = BuildRequest(
            .ref("main"), make: "make", server: "server", repository: repository.path)
        do throws(TargetError) {
            _ = try BuildCache(cacheFolder.path).tree(request) { _ in }
            Issue.record("it was built")
        } catch {
            #expect(error.description.contains("its last words: server.c:1: error: no such thing"))
            #expect(error.description.contains(".log"), "\(error)")
            #expect(!error.description.contains("\n"))
        }
    }

    @Test func whatCannotBeFoundIsToldApart() throws {
        let repository = try TinyRepository()
        let folder = TemporaryFolder()
        try repository.commit(server: "true", "one")
        func failure(_ request: BuildRequest) -> String {
            do throws(TargetError) {
                let tree = try BuildCache(folder.path).tree(request) { _ in }
                return "\(try Target(request, tree))"
            } catch {
                return error.description
            }
        }
        let path = repository.path
        #expect(failure(BuildRequest(.ref("nope"), repository: path)).contains("no commit 'nope'"))
        #expect(
            failure(BuildRequest(.ref("HEAD"), repository: "/")).contains("in no git repository"))
        #expect(
            failure(BuildRequest(.ref("HEAD"), make: "make", repository: path))
                .contains("none of src/valkey-server"))
        #expect(
            failure(BuildRequest(.ref("HEAD"), make: "make", server: "bin/x", repository: path))
                .contains("there is no program bin/x"))
        #expect(failure(BuildRequest(.folder("/nowhere"))).contains("no sources in '/nowhere'"))
    }

    @Test func sourcesInAFolderAreBuiltWithoutTouchingIt() throws {
        let repository = try TinyRepository()
        let folder = TemporaryFolder()
        try repository.commit(server: "true", "one")
        let request = BuildRequest(.folder(repository.path), make: "make", server: "server")
        let tree = try BuildCache(folder.path).tree(request) { _ in }
        _ = try Target(request, tree)
        #expect(access(repository.path + "/server", F_OK) != 0)
    }

    @Test func oldBuildsMakeRoomUnlessTheyAreUsed() throws {
        let repository = try TinyRepository()
        let folder = TemporaryFolder()
        try repository.commit(server: "true", "one")
        let cache = BuildCache(folder.path, mostBuilds: 1)
        func tree(_ make: String) throws -> BuiltTree {
            try cache.tree(
                BuildRequest(
                    .ref("HEAD"), make: make, server: "server", repository: repository.path)
            ) { _ in }
        }
        func kept() -> Int {
            SmallFile.names(in: folder.file("builds")).count { $0.hasSuffix(".built") }
        }
        let used = try tree("make")
        let other = try tree("make server")
        #expect(kept() == 2)
        used.release()
        other.release()
        try tree("make -s").release()
        #expect(kept() == 1)
    }
}
