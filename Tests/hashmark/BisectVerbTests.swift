// `hashmark bisect` on a repository made for it, whose commits are reference servers with or
// without an injection: the commit is found by an exact metric, past commits that do not build.
import Foundation
import LinuxSystem
import TestSupport
import Testing

@Suite(.serialized) struct BisectVerbTests {
    private static let plain = "\(Hashmark.executable) serve --table valkey-9.1"

    private struct History {
        let repository: TinyRepository
        let commits: [String]
    }

    /// Servers of 8 more bytes an entry from `culprit` on; those of `broken` do not build.
    private func history(_ count: Int, culprit: Int, broken: Set<Int> = []) throws -> History {
        let repository = try TinyRepository()
        var commits = [try repository.commit(server: Self.plain, "the beginning")]
        for number in 1...count {
            if broken.contains(number) {
                commits.append(try repository.commitBroken("step \(number)"))
                continue
            }
            let injection = number >= culprit ? " --inject entry-bytes:8" : ""
            commits.append(
                try repository.commit(
                    server: "\(Self.plain)\(injection) --hz \(number % 3 + 10)", "step \(number)"))
        }
        return History(repository: repository, commits: commits)
    }

    private func bisect(
        _ history: History, _ cache: TemporaryFolder, _ more: String...
    ) throws -> ProgramOutput {
        try RunningProgram(
            [
                Hashmark.executable, "bisect", "--repo", history.repository.path, "--good",
                history.commits[0], "--bad", "HEAD", "--build", "make", "--server", "server",
                "--metric", "memory_bytes_per_entry/reported", "--entries", "2000",
                "--no-comparison", "--cache", cache.path, "--quiet",
            ] + more
        ).finish(seconds: 60)
    }

    @Test(arguments: [(12, 1), (12, 7), (12, 12)])
    func theCommitOfEightBytesIsFound(count: Int, culprit: Int) throws {
        let history = try history(count, culprit: culprit)
        let output = try bisect(history, TemporaryFolder())
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let commit = history.commits[culprit].prefix(12)
        #expect(output.stdout.contains("\n\(commit) (step \(culprit))\n"), "\(output.stdout)")
        #expect(output.stdout.contains("again: hashmark memory --target 'before=build:"))
        let before = history.commits[culprit - 1].prefix(12)
        #expect(output.stdout.contains("before it: \(before)"))
    }

    @Test func whatDoesNotBuildIsSkipped() throws {
        let history = try history(10, culprit: 6, broken: [4, 5, 8])
        let output = try bisect(history, TemporaryFolder())
        #expect(output.ending == .exited(0), "\(output.stderr)")
        // 4 and 5 lie between the last good commit and the first bad one.
        #expect(output.stdout.contains("one of 3 commits"), "\(output.stdout)")
        for number in 4...6 { #expect(output.stdout.contains("(step \(number))")) }
        #expect(!output.stdout.contains("(step 7)"))
        #expect(output.stderr.contains("is skipped: the build of"))
        #expect(output.stderr.contains("no such thing"))
    }

    @Test func whatDoesNotDifferIsRefused() throws {
        let history = try history(3, culprit: 99)
        let output = try bisect(history, TemporaryFolder())
        #expect(output.ending == .exited(3), "\(output.stderr)")
        #expect(output.stderr.contains("is no difference beyond 0.3%"))
    }

    @Test func whatIsNoAncestorIsRefused() throws {
        let history = try history(2, culprit: 1)
        try history.repository.git("checkout", "--quiet", "-b", "other", history.commits[1])
        try history.repository.commit(server: Self.plain, "elsewhere")
        let cache = TemporaryFolder()
        let output = try RunningProgram([
            Hashmark.executable, "bisect", "--repo", history.repository.path, "--good", "main",
            "--bad", "other", "--metric", "memory_bytes_per_entry/reported", "--cache", cache.path,
        ]).finish()
        #expect(output.ending == .exited(1))
        #expect(output.stderr.contains("does not come from"))
    }

    @Test(arguments: [
        (["--metric", "latency_ns/get/intended/p99"], "cannot be searched"),
        (["--metric", "nope"], "there is no metric 'nope'"),
        (["--metric", "server_cpu_ns_per_op", "--rounds", "7"], "use 8 or more"),
        (["--metric", "server_cpu_ns_per_op", "--no-comparison"], "--no-comparison has no effect"),
        (["--metric", "memory_bytes_per_entry/rss", "--workload", "ycsb-c"], "has no effect"),
        (["--metric", "memory_bytes_per_entry/rss", "--margin", "2"], "is no percentage"),
    ])
    func whatCannotBeIsRefused(words: [String], text: String) throws {
        let output = try RunningProgram(
            [Hashmark.executable, "bisect", "--good", "a", "--bad", "b"] + words
        ).finish()
        #expect(output.ending == .exited(64), "\(output.stderr)")
        #expect(output.stderr.contains(text), "\(output.stderr)")
    }
}
