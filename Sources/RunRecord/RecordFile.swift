// Records on disk: whole documents, and a history that only grows. The history is NDJSON, one
// record a line, each appended by a single write with O_APPEND: two runs that end at the same time
// cannot interleave.
import Foundation
import Quantities

extension RunRecord {
    /// Writes the document to `path` in one step.
    public func write(to path: String) throws(RunRecordError) {
        try AtomicFile.write(json(), to: path)
    }

    /// Reads the document at `path`.
    public static func read(_ path: String) throws(RunRecordError) -> RunRecord {
        try RunRecord(json: contents(of: path), name: path)
    }

    /// Appends this record, named `label`, to the history at `path`, which is made if missing.
    /// - Parameter file: where the whole record is; the line names it where that tells anything
    ///   to another checkout of both.
    public func appendToHistory(
        at path: String, label: String, file wholeRecord: String? = nil
    ) throws(RunRecordError) {
        var record = self
        record.label = label
        record.recordFile = wholeRecord.flatMap { RelativePath.from(path, to: $0) }
        var line = try record.historyLine()
        try AtomicFile.makeFolder(of: path)
        let file = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw AtomicFile.fileError("cannot append to \(path)") }
        defer { close(file) }
        // A line that an earlier crash cut short must not swallow this one.
        let size = lseek(file, 0, SEEK_END)
        var last = UInt8(ascii: "\n")
        if size > 0, pread(file, &last, 1, size - 1) == 1, last != UInt8(ascii: "\n") {
            line.insert(UInt8(ascii: "\n"), at: line.startIndex)
        }
        let count = line.withUnsafeBytes { Foundation.write(file, $0.baseAddress!, $0.count) }
        guard count == line.count else {
            if count >= 0 { errno = ENOSPC }
            throw AtomicFile.fileError("cannot append to \(path)")
        }
    }

    /// The records of the history at `path`, in the order of its lines, and what else is in it, a
    /// line of words each with the numbers of the lines concerned. Empty lines are nothing.
    ///
    /// A history is merged by git like any text: what a conflict leaves between its lines, or a
    /// line that a crash cut short, costs that line and not the history.
    public static func readHistory(
        at path: String
    ) throws(RunRecordError) -> (records: [RunRecord], damage: [String]) {
        let (lines, damage) = try historyLines(at: path)
        return (lines.map(\.record), damage)
    }

    /// The same with the bytes of each line, which may hold more than this version reads.
    public static func historyLines(
        at path: String
    ) throws(RunRecordError) -> (lines: [HistoryLine], damage: [String]) {
        var found: [HistoryLine] = []
        var markers: [Int] = []
        var damage: [String] = []
        let lines = try contents(of: path).split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            if line.allSatisfy({ $0 == UInt8(ascii: " ") }) { continue }
            if isConflictMarker(line) {
                markers.append(index + 1)
                continue
            }
            do throws(RunRecordError) {
                let record = try RunRecord(json: Data(line), name: "\(path) line \(index + 1)")
                found.append(HistoryLine(bytes: Data(line), record: record))
            } catch {
                damage.append("\(error.cause); it is left out")
            }
        }
        if !markers.isEmpty {
            let numbers = markers.map(String.init).joined(separator: ", ")
            damage.insert(
                "\(path) has conflict markers in line\(markers.count == 1 ? "" : "s") \(numbers); "
                    + "they are left out: delete them, for both sides' lines belong to it",
                at: 0)
        }
        return (found, damage)
    }

    /// `<<<<<<<`, `|||||||`, `=======` or `>>>>>>>` at the start of a line.
    private static func isConflictMarker(_ line: Data.SubSequence) -> Bool {
        ["<", "|", "=", ">"].contains { line.starts(with: String(repeating: $0, count: 7).utf8) }
    }

    /// More than any run writes, and little beside a machine's memory.
    private static let mostBytes = 1 << 30

    /// The bytes of a file, of a pipe, or of standard input (`-`), that `remedy` says what it
    /// should be.
    public static func contents(
        of path: String, remedy: String = "check that the file exists and is readable"
    ) throws(RunRecordError) -> Data {
        if path == "-" { return try contents(.standardInput, "standard input", remedy) }
        // Before it is opened: opening a device may do something.
        var status = stat()
        let kind = stat(path, &status) == 0 ? status.st_mode & S_IFMT : S_IFREG
        switch kind {
        case S_IFREG, S_IFIFO: break
        case S_IFDIR:
            throw RunRecordError(
                cause: "\(path) is a folder", remedy: "name the file in it, such as run.json")
        default:
            throw RunRecordError(
                cause: "\(path) is no regular file", remedy: "give a file, or a pipe")
        }
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw RunRecordError(cause: "cannot read \(path)", remedy: remedy)
        }
        return try contents(file, path, remedy)
    }

    private static func contents(
        _ file: FileHandle, _ name: String, _ remedy: String
    ) throws(RunRecordError) -> Data {
        // Nil at the end of a file that is empty.
        guard let data = try? file.read(upToCount: mostBytes + 1) ?? Data() else {
            throw RunRecordError(cause: "cannot read \(name)", remedy: remedy)
        }
        guard data.count <= mostBytes else {
            throw RunRecordError(
                cause: "\(name) is larger than \(ByteCount.text(mostBytes))", remedy: remedy)
        }
        return data
    }
}
