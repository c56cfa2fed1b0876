// `hashmark profile` end to end: a server under load, a process, a command. Where the kernel
// refuses perf_event_open, nothing of it can be.
import Foundation
import Profiling
import RunRecord
import Statistics
import TestSupport
import Testing

/// Why processes of one's own cannot be sampled here; nil where they can.
private let refusal: String? = {
    do throws(ProfilerError) {
        _ = try Profiler(pid: getpid())
        return nil
    } catch {
        return "\(error)"
    }
}()

@Suite(.serialized, .enabled(if: refusal == nil, "nothing can be sampled: \(refusal ?? "")"))
struct ProfileVerbTests {
    private static func profile(
        _ words: [String], exit: CInt = 0
    ) throws -> (profile: StackProfile, output: ProgramOutput) {
        let folder = TemporaryFolder()
        let json = folder.file("run.json")
        let output = try RunningProgram(
            [Hashmark.executable, "profile", "--quiet", "--json", json] + words
        ).finish()
        try #require(output.ending == .exited(exit), "\(output.stderr)")
        let record = try RunRecord.read(json)
        return (try #require(record.profiles.first), output)
    }

    /// Half a second at 997 Hz, of which the server takes a fifth at least; most of it in what was
    /// injected.
    @Test func theFunctionThatTakesTheTimeIsNamed() throws {
        let (profile, output) = try Self.profile([
            "--target", "slow=ref:valkey-9.1?inject=cpu-ns:20000", "--workload", "get-16x64",
            "--entries", "2000", "--rounds", "1", "--duration", "500ms", "--warm-up", "20",
            "--frequency", "997",
        ])
        #expect(profile.target == "slow" && profile.workload == "get-16x64")
        #expect(profile.quality.samples > 100, "\(profile.quality)")
        #expect((profile.operations ?? 0) > 1_000)
        let spin = profile.functions.first { $0.name.text.contains("injectedSpin") }
        let share = try #require(spin, "\(profile.frames.map(\.function))").own / profile.whole
        #expect(share > 0.5, "\(share)")
        #expect(output.stdout.contains("injectedSpin"), "\(output.stdout)")
    }

    @Test func aRunningProcessIsSampled() throws {
        let busy = try RunningProgram(["sh", "-c", "while :; do :; done"])
        let (profile, _) = try Self.profile([
            "--pid", "\(busy.child.pid)", "--duration", "300ms", "--frequency", "997",
        ])
        #expect(profile.operations == nil && profile.quality.samples > 20)
    }

    /// From its start to its end, whatever it ends with.
    @Test func aCommandIsSampledToItsEnd() throws {
        let (profile, output) = try Self.profile(
            [
                "--frequency", "997", "--", "sh", "-c",
                "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done; exit 4",
            ], exit: 3)
        #expect(profile.target == "sh" && profile.quality.samples > 10, "\(profile.quality)")
        #expect(output.stdout.contains("done\n"))
        #expect(output.stderr.contains("'sh' exited with status 4"), "\(output.stderr)")
    }

    /// Of two servers in turns, with 20 µs more per command on one of them.
    @Test func theFunctionThatMovedIsNamed() throws {
        let folder = TemporaryFolder()
        let output = try Hashmark.run(
            "profile", "--baseline", "a=ref:valkey-9.1", "--candidate",
            "b=ref:valkey-9.1?inject=cpu-ns:20000", "--workload", "get-16x64", "--entries", "1000",
            "--rounds", "6", "--duration", "600ms", "--warm-up", "10", "--frequency", "1999",
            "--quiet", "--json", folder.file("r.json"))
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let record = try RunRecord.read(folder.file("r.json"))
        let difference = try #require(record.differences(of: "b", from: "a").first)
        let largest = try #require(difference.functions.first)
        #expect(largest.name.text.contains("injectedSpin") && largest.isMarked, "\(largest)")
        #expect(largest.change.size > 10_000 && largest.change.size < 40_000)
    }

    /// What is measured is without the sampled slices, and one round alone decides nothing.
    @Test func aComparisonIsSampledBesideItsSlices() throws {
        let folder = TemporaryFolder()
        let output = try Hashmark.run(
            "compare", "--baseline", "a=ref:valkey-9.1", "--candidate", "b=ref:valkey-9.1",
            "--workload", "get-16x64", "--entries", "1000", "--rounds", "1", "--blocks", "2",
            "--warm-up", "10", "--profile", "--quiet", "--json", folder.file("r.json"), "--export",
            "folded=" + folder.file("stacks.txt"))
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let record = try RunRecord.read(folder.file("r.json"))
        #expect(record.profiles.map(\.target) == ["a", "b"])
        #expect(record.rounds.allSatisfy { $0.slices.count == 4 })
        let words = output.stdout.split { $0.isWhitespace }.joined(separator: " ")
        #expect(words.contains("functions: one round cannot tell which moved"), "\(words)")
        let stacks = try String(contentsOfFile: folder.file("stacks.txt"), encoding: .utf8)
        #expect(stacks.contains(";"))
    }

    /// One of two equal servers is sampled in the slices that are measured.
    @Test func whatSamplingCostsIsCompared() throws {
        let folder = TemporaryFolder()
        let words = [
            "compare", "--baseline", "a=ref:valkey-9.1", "--candidate", "b=ref:valkey-9.1",
            "--workload", "get-16x64", "--entries", "1000", "--rounds", "1", "--blocks", "8",
            "--warm-up", "10", "--quiet", "--json", folder.file("r.json"), "--sampled",
        ]
        let output = try RunningProgram([Hashmark.executable] + words + ["b"]).finish()
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let record = try RunRecord.read(folder.file("r.json"))
        #expect(record.profiles.map(\.target) == ["b"])
        #expect(record.rounds.map(\.slices.count) == [16, 16])
        let unknown = try RunningProgram([Hashmark.executable] + words + ["c"]).finish()
        #expect(unknown.ending == .exited(64))
        #expect(unknown.stderr.contains("no target is called 'c'; take one of a, b"))
    }
}
