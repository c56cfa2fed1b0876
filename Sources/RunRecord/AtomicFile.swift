// Files that a run writes. What is, or becomes, a regular file is written to a temporary file in
// the same folder, synced and renamed over the old one: a reader, a crash or a full disk meets the
// old document or the new one, never half of one. Whatever else a path names (a device, a FIFO, one
// of this process's descriptors) is written to where it stands and never replaced.
import Foundation

public enum AtomicFile {
    /// What a path names once links are followed.
    public enum Place: Equatable, Sendable {
        /// A descriptor of this process: `-` is 1, and so is `/dev/stdout`, `/dev/fd/1`, ….
        case descriptor(Int32)
        /// A device, a FIFO or a socket.
        case stream(String)
        /// A regular file, or none yet.
        case file(String)
    }

    /// Replaces the file by `data`, making the folder if it is missing. Its mode and owner stay. On
    /// failure the old file stays as it was and no temporary file is left.
    public static func write(_ data: Data, to path: String) throws(RunRecordError) {
        switch place(of: path) {
        case .descriptor(let descriptor): try write(data, to: descriptor, named: path)
        case .stream(let stream): try write(data, in: stream, named: path, O_WRONLY | O_APPEND)
        case .file(let file):
            try makeFolder(of: file)
            try replace(file, by: data, named: path)
        }
    }

    /// Makes sure that `write` will find its way: call it before what may take long.
    /// - Throws: what `write` would throw.
    public static func prepare(_ path: String) throws(RunRecordError) {
        switch place(of: path) {
        case .descriptor(let descriptor):
            let flags = fcntl(descriptor, F_GETFL)
            guard flags >= 0, flags & O_ACCMODE != O_RDONLY else {
                errno = EBADF
                throw fileError("cannot write \(path)")
            }
        // Opened later: a reader at the other end would take an early end for the end.
        case .stream(let stream):
            guard access(stream, W_OK) == 0 else { throw fileError("cannot write \(path)") }
        case .file(let file):
            try makeFolder(of: file)
            var status = stat()
            guard stat(file, &status) == 0 else {
                guard errno != ELOOP else { throw fileError("cannot write \(path)") }
                let trial = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
                guard trial >= 0 else { throw fileError("cannot write \(path)") }
                close(trial)
                unlink(file)
                return
            }
            let trial = open(file, O_WRONLY | O_CLOEXEC)
            guard trial >= 0 else { throw fileError("cannot write \(path)") }
            close(trial)
        }
    }

    /// Follows links, also those to what is not there yet; those of /proc name descriptors.
    public static func place(of path: String) -> Place {
        if path == "-" { return .descriptor(STDOUT_FILENO) }
        var path = path
        // As many as Linux follows.
        for _ in 0..<40 {
            let (folder, name) = parts(of: path)
            if let descriptor = Int32(name), isDescriptorFolder(folder) {
                return .descriptor(descriptor)
            }
            guard let link = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
            else { break }
            path = link.hasPrefix("/") || folder.isEmpty ? link : "\(folder)/\(link)"
        }
        var status = stat()
        let exists = stat(path, &status) == 0
        let isPlain = !exists || [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
        return isPlain ? .file(path) : .stream(path)
    }

    /// The folder, empty where none is named, and the name in it. (NSString's trap on ".".)
    private static func parts(of path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
        let folder = String(path[..<slash])
        return (folder.isEmpty ? "/" : folder, String(path[path.utf8.index(after: slash)...]))
    }

    private static func isDescriptorFolder(_ folder: String) -> Bool {
        guard let resolved = realpath(folder, nil) else { return false }
        defer { free(resolved) }
        return String(cString: resolved) == "/proc/\(getpid())/fd"
    }

    private static func replace(
        _ file: String, by data: Data, named name: String
    ) throws(RunRecordError) {
        // In the same folder, for a rename must not cross file systems; short, for names have an
        // end; and no other machine's that shares the folder.
        let folder = parts(of: file).folder
        let temporary =
            (folder.isEmpty ? "" : folder + "/") + ".hashmark-\(hostName)-\(getpid()).tmp"
        unlink(temporary)
        var status = stat()
        let exists = stat(file, &status) == 0
        do throws(RunRecordError) {
            try write(data, in: temporary, named: name, O_WRONLY | O_CREAT | O_EXCL)
        } catch {
            let isRefused = access(temporary, F_OK) != 0
            unlink(temporary)
            // A file that may be written in a folder that may not.
            guard exists, isRefused else { throw error }
            return try write(data, in: file, named: name, O_WRONLY | O_TRUNC)
        }
        if exists {
            // Only root may give files away; whoever else replaces a file owns the new one.
            _ = chown(temporary, status.st_uid, status.st_gid)
            _ = chmod(temporary, status.st_mode & 0o7777)
        }
        guard rename(temporary, file) == 0 else {
            let error = fileError("cannot replace \(name)")
            let isMountPoint = errno == EBUSY
            unlink(temporary)
            guard isMountPoint else { throw error }
            return try write(data, in: file, named: name, O_WRONLY | O_TRUNC)
        }
    }

    /// As the kernel has it: at most 64 bytes, and no look-up.
    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 65)
        guard gethostname(&name, name.count) == 0 else { return "" }
        let text = name.withUnsafeBytes { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return text.replacing("/", with: "_")
    }

    /// Makes the folder that `path` stands in, where it is missing.
    public static func makeFolder(of path: String) throws(RunRecordError) {
        let folder = parts(of: path).folder
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

    private static func write(
        _ data: Data, in path: String, named name: String, _ flags: Int32
    ) throws(RunRecordError) {
        let file = open(path, flags | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw fileError("cannot write \(name)") }
        defer { close(file) }
        try write(data, to: file, named: name)
        // Pipes and terminals cannot be synced and need not be.
        guard fsync(file) == 0 || errno == EINVAL || errno == EROFS else {
            throw fileError("cannot write \(name)")
        }
    }

    private static func write(
        _ data: Data, to file: Int32, named name: String
    ) throws(RunRecordError) {
        var offset = 0
        while offset < data.count {
            let count = data.withUnsafeBytes { bytes in
                Foundation.write(file, bytes.baseAddress! + offset, data.count - offset)
            }
            // By itself: LinuxSystem, which retries for others, is of this module's own level.
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw fileError("cannot write \(name)") }
            offset += count
        }
    }

    /// `action` failed with errno: the cause in words, and the remedy that usually fits it.
    public static func fileError(_ action: String) -> RunRecordError {
        let code = errno
        let remedy =
            switch code {
            case EACCES, EPERM, EROFS: "give a path that you may write to"
            case ENOTDIR: "give a path in which only folders stand before the file's name"
            case ELOOP: "give a path that is no circle of links"
            case EISDIR, ENOTEMPTY: "give the path of a file, not of a folder"
            case ENOSPC, EDQUOT: "make room on that disk"
            default: "check the path and the disk"
            }
        return RunRecordError(
            cause: "\(action): \(String(cString: strerror(code)))", remedy: remedy)
    }
}
