// Records on disk: whole documents, replaced in one step, and a history that only grows.
//
// A document is written to a temporary file in the same folder, synced and renamed over the old
// one: a reader, a crash or a full disk meets the old document or the new one, never half of one.
// The history is NDJSON, one record a line, each appended by a single write with O_APPEND: two runs
// that end at the same time cannot interleave.
import Foundation

/// Files that are replaced in one step.
public enum AtomicFile {
    /// Replaces `path` by `data`, making the folder if it is missing. On failure the old file
    /// stays as it was and no temporary file is left. A link is followed; a device or a pipe
    /// (`/dev/stdout`) is written to, never replaced.
    public static func write(_ data: Data, to path: String) throws(RunRecordError) {
        try makeFolder(of: path)
        var status = stat()
        let exists = stat(path, &status) == 0
        if exists, ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) {
            return try write(data, to: path, named: path, flags: O_WRONLY | O_CLOEXEC)
        }
        let path = exists ? resolvingLinks(path) : path
        // In the same folder, for a rename must not cross file systems.
        let temporary = "\(path).tmp-\(getpid())"
        do throws(RunRecordError) {
            try write(
                data, to: temporary, named: path, flags: O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC)
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else {
            let error = fileError("cannot replace \(path)")
            unlink(temporary)
            throw error
        }
    }

    static func makeFolder(of path: String) throws(RunRecordError) {
        let folder = (path as NSString).deletingLastPathComponent
        guard !folder.isEmpty, access(folder, F_OK) != 0 else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw RunRecordError(
                cause: "cannot make the folder \(folder)",
                remedy: "make it, or give a path in a folder that you may write to")
        }
    }

    private static func resolvingLinks(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func write(
        _ data: Data, to path: String, named name: String, flags: Int32
    ) throws(RunRecordError) {
        let file = open(path, flags, 0o644)
        guard file >= 0 else { throw fileError("cannot write \(name)") }
        defer { close(file) }
        var offset = 0
        while offset < data.count {
            let count = data.withUnsafeBytes { bytes in
                Foundation.write(file, bytes.baseAddress! + offset, data.count - offset)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw fileError("cannot write \(name)") }
            offset += count
        }
        // Pipes and terminals cannot be synced and need not be.
        guard fsync(file) == 0 || errno == EINVAL || errno == EROFS else {
            throw fileError("cannot write \(name)")
        }
    }

    /// `action` failed with errno: the cause in words, and the remedy that usually fits it.
    static func fileError(_ action: String) -> RunRecordError {
        let code = errno
        let remedy =
            switch code {
            case EACCES, EPERM, EROFS: "give a path that you may write to"
            case ENOENT, ENOTDIR: "give a path whose folder exists"
            case EISDIR, ENOTEMPTY: "give the path of a file, not of a folder"
            case ENOSPC, EDQUOT: "make room on that disk"
            default: "check the path and the disk"
            }
        return RunRecordError(
            cause: "\(action): \(String(cString: strerror(code)))", remedy: remedy)
    }
}

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
    public func appendToHistory(at path: String, label: String) throws(RunRecordError) {
        var record = self
        record.label = label
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

    /// The records of the history at `path`, oldest first. Empty lines are skipped.
    public static func readHistory(at path: String) throws(RunRecordError) -> [RunRecord] {
        var records: [RunRecord] = []
        let lines = try contents(of: path).split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() where !line.isEmpty {
            records.append(try RunRecord(json: Data(line), name: "\(path) line \(number + 1)"))
        }
        return records
    }

    private static func contents(of path: String) throws(RunRecordError) -> Data {
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw RunRecordError(
                cause: "cannot read \(path)", remedy: "check that the file exists and is readable")
        }
    }
}
