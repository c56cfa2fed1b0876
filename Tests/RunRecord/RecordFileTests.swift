// Records on disk: whole or not there, links followed, history by lines.
import Foundation
import RunRecord
import Testing

@Suite struct RecordFileTests {
    /// A folder of its own, removed afterwards.
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "hashmark-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test func writesAndReads() throws {
        try inFolder { folder in
            let path = folder + "/deep/er/run.json"
            try sampleRecord().write(to: path)
            var changed = sampleRecord()
            changed.partial = true
            try changed.write(to: path)
            #expect(try RunRecord.read(path) == changed)
            #expect(try files(folder + "/deep/er") == ["run.json"])
        }
    }

    @Test func aFailureLeavesTheOldFile() throws {
        try inFolder { folder in
            let path = folder + "/run.json"
            try sampleRecord().write(to: path)
            let old = try Data(contentsOf: URL(fileURLWithPath: path))

            // What cannot be encoded is refused before the file is touched.
            var broken = sampleRecord()
            broken.durationSeconds = .infinity
            #expect(throws: RunRecordError.self) { try broken.write(to: path) }

            // The rename fails: a folder is in the way. The temporary file is gone again.
            let blocked = folder + "/blocked"
            try FileManager.default.createDirectory(
                atPath: blocked + "/full", withIntermediateDirectories: true)
            let error = #expect(throws: RunRecordError.self) {
                try sampleRecord().write(to: blocked)
            }
            #expect(error!.remedy.contains("not of a folder"))

            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == old)
            #expect(try files(folder) == ["blocked", "run.json"])
        }
    }

    @Test func errorsSayWhatToDo() throws {
        try inFolder { folder in
            let path = folder + "/run.json"
            try sampleRecord().write(to: path)
            for (attempt, word) in [
                (path + "/below.json", "folder"), ("/proc/run.json", "/proc/run.json"),
            ] {
                let error = #expect(throws: RunRecordError.self) {
                    try sampleRecord().write(to: attempt)
                }
                #expect(error!.description.contains(word))
                #expect(!error!.description.contains("\n") && !error!.remedy.isEmpty)
            }
            let missing = #expect(throws: RunRecordError.self) {
                try RunRecord.read(folder + "/none.json")
            }
            #expect(missing!.cause.contains("none.json"))
        }
    }

    @Test func linksAreFollowedAndDevicesKept() throws {
        try inFolder { folder in
            try sampleRecord().write(to: folder + "/real.json")
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/link.json", withDestinationPath: "real.json")
            var changed = sampleRecord()
            changed.partial = true
            try changed.write(to: folder + "/link.json")
            #expect(try RunRecord.read(folder + "/real.json").partial)
            try changed.write(to: "/dev/null")
            var status = stat()
            #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
        }
    }

    @Test func placesOfPaths() throws {
        try inFolder { folder in
            for (link, target) in [
                ("a", "/dev/stdout"), ("b", "a"), ("c", "new.json"), ("loop", "loop"),
            ] {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(folder)/\(link)", withDestinationPath: target)
            }
            for path in ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "\(folder)/b"] {
                #expect(AtomicFile.place(of: path) == .descriptor(1), "\(path)")
            }
            #expect(AtomicFile.place(of: folder + "/c") == .file(folder + "/new.json"))
            #expect(AtomicFile.place(of: "/dev/full") == .stream("/dev/full"))
            #expect(AtomicFile.place(of: "12") == .file("12"))
            #expect(throws: RunRecordError.self) { try AtomicFile.prepare(folder + "/loop") }
            #expect(throws: RunRecordError.self) { try AtomicFile.prepare(folder) }

            // A trial leaves nothing, and nothing that is there is touched.
            try AtomicFile.prepare(folder + "/c")
            try AtomicFile.write(Data("old".utf8), to: folder + "/c")
            #expect(chmod(folder + "/new.json", 0o640) == 0)
            try AtomicFile.prepare(folder + "/c")
            #expect(try String(contentsOfFile: folder + "/c", encoding: .utf8) == "old")
            try AtomicFile.write(Data("new".utf8), to: folder + "/c")
            var status = stat()
            #expect(stat(folder + "/new.json", &status) == 0 && status.st_mode & 0o777 == 0o640)
            #expect(try files(folder) == ["a", "b", "c", "loop", "new.json"])
        }
    }

    @Test func historyGrowsByLines() throws {
        try inFolder { folder in
            let path = folder + "/Reports/history.ndjson"
            try sampleRecord().appendToHistory(at: path, label: "first")
            // A line without its end, as a crash in mid-write would leave it.
            let file = FileHandle(forWritingAtPath: path)!
            file.seekToEndOfFile()
            file.write(Data("{}".utf8))
            file.closeFile()
            try sampleRecord().appendToHistory(at: path, label: "second")

            let text = try String(contentsOfFile: path, encoding: .utf8)
            let lines = text.split(separator: "\n")
            #expect(lines.count == 3 && text.hasSuffix("\n"))
            for word in ["samples", "slices", "histogram", "series\":[{"] {
                #expect(!lines[0].contains(word), "\(word)")
            }
            let (sound, damage) = try RunRecord.readHistory(at: path)
            #expect(sound.map(\.label) == ["first", "second"])
            #expect(damage.count == 1 && damage[0].contains("line 2"))

            try Data((lines[0] + "\n\n" + lines[2] + "\n").utf8)
                .write(to: URL(fileURLWithPath: path))
            let (records, none) = try RunRecord.readHistory(at: path)
            #expect(none == [] && records.map(\.label) == ["first", "second"])
            #expect(records[0].results[0].value == 1_234_567.25)
            #expect(records[0].results[2].reason == "no PMU in this guest")
            #expect(records[0].results[0].samples.isEmpty && records[0].rounds.isEmpty)
        }
    }

    @Test(arguments: [
        ("/a/Reports/history.ndjson", "/a/Reports/latest/run.json", "latest/run.json"),
        ("/a/Reports/history.ndjson", "/a/out/run.json", "../out/run.json"),
        ("/a/b/../page.html", "/a/./run.json", "run.json"), ("/a/b/c/x", "/a/y", "../../y"),
        ("/a/x", "/b/y", nil), ("Reports/x", "Reports/latest/y", "latest/y"),
    ])
    func waysFromFileToFile(_ from: String, _ to: String, _ way: String?) {
        #expect(RelativePath.from(from, to: to) == way)
    }

    @Test func aLineNamesItsRecordUntilItIsWrittenOver() throws {
        try inFolder { folder in
            let (history, file) = (folder + "/history.ndjson", folder + "/latest/run.json")
            var record = sampleRecord()
            record.recordFile = nil
            try record.write(to: file)
            try record.appendToHistory(at: history, label: "one", file: file)
            try record.appendToHistory(at: history, label: "two")
            let lines = try RunRecord.readHistory(at: history).records
            #expect(lines.map(\.recordFile) == ["latest/run.json", nil])
            let identity = try #require(DocumentIdentity(of: lines[0]))
            #expect(DocumentIdentity(at: file) == identity)
            record.startedAt = "2026-11-21T07:00:00Z"
            try record.write(to: file)
            #expect(DocumentIdentity(at: file) != identity)
            #expect(DocumentIdentity(at: folder + "/none.json") == nil)
            record.startedAt = nil
            #expect(DocumentIdentity(of: record) == nil)
        }
    }

    /// What git leaves of a merge costs no line of either side.
    @Test func aHistoryWithConflictMarkersIsRead() throws {
        try inFolder { folder in
            let path = folder + "/history.ndjson"
            func line(_ label: String) throws -> String {
                var record = sampleRecord()
                record.label = label
                return String(decoding: try record.historyLine(), as: UTF8.self)
            }
            let newer = #"{"schema": "hashmark.run/2", "arguments": []}"# + "\n"
            let text =
                try "<<<<<<< HEAD\n" + line("ours") + "=======\n" + line("theirs")
                + ">>>>>>> branch\r\n" + newer + "  \n" + String(line("cut").prefix(40)) + "\n"
                + line("last").dropLast() + "\r\n"
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            let (records, damage) = try RunRecord.readHistory(at: path)
            #expect(records.map(\.label) == ["ours", "theirs", "last"])
            #expect(damage.count == 3, "\(damage)")
            #expect(damage[0].contains("conflict markers in lines 1, 3, 5"))
            #expect(damage[1].contains("line 6") && damage[1].contains("hashmark.run/2"))
            #expect(damage[2].contains("line 8"))
            #expect(damage.allSatisfy { !$0.contains("\n") })
        }
    }
}
