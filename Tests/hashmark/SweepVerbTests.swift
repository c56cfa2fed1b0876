// `hashmark sweep`: a record for each release, holes with reasons, and a second run that goes on
// where the first one was.
import Foundation
import LinuxSystem
import RunRecord
import TestSupport
import Testing

@Suite(.serialized) struct SweepVerbTests {
    private static let plain = "\(Hashmark.executable) serve --table valkey-9.1"
    private static let suite = """
        schema: hashmark.suite/1
        name: small
        title: Small
        targets: [ref:valkey-9.1]
        workloads: [get-16x64]
        rounds: 1
        entries: 2000
        """

    private func repository() throws -> TinyRepository {
        let repository = try TinyRepository()
        try repository.commit(server: Self.plain, "one")
        try repository.git("tag", "v1.9")
        try repository.commitBroken("two")
        try repository.git("tag", "v1.10")
        try repository.commit(server: "\(Self.plain) --inject entry-bytes:16", "three")
        try repository.git("tag", "v1.11")
        return repository
    }

    private func sweep(
        _ folder: TemporaryFolder, _ repository: TinyRepository, _ more: [String]
    ) throws -> ProgramOutput {
        try Self.suite.write(toFile: folder.file("suite.yaml"), atomically: true, encoding: .utf8)
        return try RunningProgram(
            [
                "env", "-C", folder.path, Hashmark.executable, "sweep", "--repo", repository.path,
                "--build", "make", "--server", "server", "--suite", "suite.yaml", "--out", "out",
                "--cache", "cache", "--history", "history.ndjson", "--quiet",
            ] + more
        ).finish(seconds: 120)
    }

    @Test func tagsInTheOrderOfVersionsWithAHole() throws {
        let repository = try repository()
        let folder = TemporaryFolder()
        let first = try sweep(folder, repository, ["--tags", "v1.*"])
        #expect(first.ending == .exited(0), "\(first.stderr)")
        #expect(first.stdout.contains("v1.10: the build of v1.10 (`make`) exited with status 2"))
        #expect(first.stdout.contains("against reference, which ran beside each:"))
        let history = folder.file("history.ndjson")
        let lines = try RunRecord.readHistory(at: history).records
        #expect(lines.map(\.label) == ["v1.9", "v1.10", "v1.11"])
        #expect(lines[1].results.isEmpty && lines[1].warnings[0].cause.contains("is left out"))
        func bytes(_ record: RunRecord, _ target: String) -> Double? {
            record.results.first {
                $0.metric == "memory_bytes_per_entry/reported" && $0.target == target
            }?.value
        }
        let last = lines[2]
        #expect(last.targets.map(\.label) == ["reference", "release"])
        let reference = try #require(bytes(last, "reference"))
        #expect(try #require(bytes(last, "release")) - reference == 16)
        #expect(bytes(lines[0], "reference") == bytes(lines[0], "release"))

        // Again: nothing is measured, and nothing is appended.
        let again = try sweep(folder, repository, ["--tags", "v1.*"])
        #expect(again.ending == .exited(0), "\(again.stderr)")
        #expect(again.stderr.contains("v1.11 was measured before"))
        #expect(try RunRecord.readHistory(at: history).records == lines)

        // A record that an interruption kept from the history is added by the next run.
        var some = try String(contentsOfFile: history, encoding: .utf8).split(separator: "\n")
        some.removeLast()
        try (some.joined(separator: "\n") + "\n").write(
            toFile: history, atomically: true, encoding: .utf8)
        _ = try sweep(folder, repository, ["--tags", "v1.*"])
        #expect(try RunRecord.readHistory(at: history).records == lines)
    }

    @Test func foldersAndVariablesOfTheBuild() throws {
        let repository = try TinyRepository()
        try repository.commit(
            [
                "Makefile": "server:\n\tprintf '#!/bin/sh\\nexec \(Self.plain) --inject "
                    + "entry-bytes:%s \"$$@\"\\n' $(EXTRA) >server\n\tchmod +x server\n"
            ], "one")
        let folder = TemporaryFolder()
        let output = try sweep(
            folder, repository,
            ["--refs", "tar=\(repository.path),HEAD", "--matrix", "EXTRA=8|24"])
        #expect(output.ending == .exited(1), "the reference is built without the variable")
        let both = try sweep(
            folder, repository,
            [
                "--refs", "tar=\(repository.path)", "--build", "make EXTRA=${EXTRA:-16}",
                "--matrix", "EXTRA=8|24",
            ])
        #expect(both.ending == .exited(0), "\(both.stderr)")
        let record = try RunRecord.readHistory(at: folder.file("history.ndjson")).records[0]
        #expect(record.label == "tar")
        #expect(record.targets.map(\.label) == ["reference", "EXTRA=8", "EXTRA=24"])
        let bytes = record.results.filter { $0.metric == "memory_bytes_per_entry/reported" }
            .sorted { $0.target < $1.target }.compactMap(\.value)
        #expect(bytes.count == 3)
        #expect(bytes[0] - bytes[1] == 16, "\(bytes)")
    }

    /// A record that is there and cannot be read is not one that is missing.
    @Test func aDamagedRecordIsNamed() throws {
        let repository = try repository()
        let folder = TemporaryFolder()
        try Self.suite.write(toFile: folder.file("suite.yaml"), atomically: true, encoding: .utf8)
        func run(_ words: [String]) throws -> ProgramOutput {
            try RunningProgram(
                ["env", "-C", folder.path, Hashmark.executable, "sweep", "--out", "out"] + words
            ).finish(seconds: 120)
        }
        let plan = try run([
            "--repo", repository.path, "--build", "make", "--server", "server", "--suite",
            "suite.yaml", "--tags", "v1.*", "--no-simulated", "--plan",
        ])
        #expect(plan.ending == .exited(0), "\(plan.stderr)")
        // The release that does not build: a record without results, and little time.
        let cell = try run(["--cell", "2", "--cache", "cache", "--quiet"])
        #expect(cell.ending == .exited(1), "\(cell.stderr)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("out"))
        let name = try #require(names.first { $0.hasPrefix("v1.10-") })
        try "{".write(toFile: folder.file("out/\(name)"), atomically: true, encoding: .utf8)
        let collected = try run(["--collect", "--history", "h.ndjson"])
        #expect(collected.ending == .exited(1))
        #expect(
            collected.stderr.contains("the record of cell 2 is damaged: out/\(name)"),
            "\(collected.stderr)")
        #expect(collected.stderr.contains("no record of cells 1, 3"), "\(collected.stderr)")
    }

    /// Nothing is measured here; Scripts/proofs/cells measures.
    @Test func aPlanOfCellsWaitsForThem() throws {
        let repository = try repository()
        let folder = TemporaryFolder()
        let plan = try sweep(
            folder, repository, ["--tags", "v1.*", "--plan", "--format", "slurm"])
        #expect(plan.ending == .exited(64), "--quiet and --history have no effect")
        func run(_ words: [String]) throws -> ProgramOutput {
            try RunningProgram(["env", "-C", folder.path, Hashmark.executable, "sweep"] + words)
                .finish(seconds: 60)
        }
        let words = [
            "--repo", repository.path, "--build", "make", "--server", "server", "--suite",
            "suite.yaml", "--out", "out", "--tags", "v1.*", "--plan",
        ]
        let slurm = try run(words + ["--format", "slurm"])
        #expect(slurm.ending == .exited(0), "\(slurm.stderr)")
        #expect(slurm.stdout.contains("#SBATCH --array=1-3\n"))
        #expect(slurm.stderr.contains("wrote out/cells.json: 3 cells"))
        #expect(try run(words + ["--format", "github"]).stdout == "matrix={\"cell\":[1,2,3]}\n")
        #expect(try run(words).stdout.contains("cell 2: v1.10 ("))
        let collected = try run(["--collect", "--out", "out", "--history", "h.ndjson"])
        #expect(collected.ending == .exited(1))
        #expect(collected.stderr.contains("no record of cells 1, 2, 3"), "\(collected.stderr)")
        let fourth = try run(["--cell", "4", "--out", "out"])
        #expect(fourth.ending == .exited(64), "\(fourth.stderr)")
        let nowhere = try run(["--cell", "1", "--out", "nowhere"])
        #expect(nowhere.ending == .exited(1) && nowhere.stderr.contains("--plan --out nowhere"))
    }

    @Test(arguments: [
        ([], "no releases"), (["--refs", "a", "--tags", "b"], "give one of"),
        (["--refs", "a", "--matrix", "x"], "is no variable"), (["nope"], "no such sweep"),
    ])
    func whatCannotBeIsRefused(words: [String], text: String) throws {
        let folder = TemporaryFolder()
        let repository = try TinyRepository()
        try repository.commit(server: "true", "one")
        let output = try RunningProgram(
            [
                "env", "-C", folder.path, Hashmark.executable, "sweep", "--repo", repository.path,
            ] + words
        ).finish()
        #expect(output.ending == .exited(64), "\(output.stderr)")
        #expect(output.stderr.contains(text), "\(output.stderr)")
    }
}
