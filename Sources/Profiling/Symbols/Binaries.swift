// Every binary that samples fell into, read once, and the names of its frames, asked for once.
import Glibc
import LinuxSystem
import RunRecord
import Synchronization

/// Binaries by what they are, not by process: shared by the profilers of several launches.
public final class Binaries: Sendable {
    private struct State {
        var list: [Binary] = []
        var byIdentity: [Identity: Binary?] = [:]
        var symbols: [Int: SymbolTable] = [:]
        var debugFiles: [Int: ELFFile?] = [:]
        var frames: [RawFrame: [StackProfile.Frame]] = [:]
    }

    /// A file that was rewritten in place is another.
    private struct Identity: Hashable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var seconds: Int
        var nanoseconds: Int
    }

    private let state = Mutex(State())
    private let hasDeepStacks = Atomic<Bool>(false)

    public init() {}

    /// Stacks were deeper than the smaller copy of them: so they will be in the next launch.
    var wantsLargeStacks: Bool { hasDeepStacks.load(ordering: .relaxed) }
    func wantLargeStacks() { hasDeepStacks.store(true, ordering: .relaxed) }

    // MARK: reading

    /// The binary that a process has mapped; nil where it is no file, cannot be opened, or is no
    /// ELF file of this processor.
    func load(_ mapping: AddressSpace.Mapping, of pid: pid_t) -> Binary? {
        if mapping.path == Self.vdso { return loadVDSO(mapping, of: pid) }
        guard let descriptor = Self.open(mapping, of: pid) else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            close(descriptor)
            return nil
        }
        let identity = Identity(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino),
            size: Int64(status.st_size), seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
        return load(identity, Self.startedAs(mapping.path, pid)) {
            ImageBytes(descriptor: descriptor)
        } orElse: {
            close(descriptor)
        }
    }

    /// The name that a program was started by, where that is a link to the file beside it: of
    /// Debian's redis-server the file is called redis-check-rdb.
    private static func startedAs(_ path: String, _ pid: pid_t) -> String {
        guard SmallFile.link("/proc/\(pid)/exe") == path,
            let name = SmallFile.line("/proc/\(pid)/comm"), !name.contains("/"),
            let slash = path.lastIndex(of: "/")
        else { return path }
        let link = "\(path[...slash])\(name)"
        guard let target = realpath(link, nil) else { return path }
        defer { free(target) }
        return String(cString: target) == path ? link : path
    }

    private static let vdso = "[vdso]"
    /// As many bytes as a vDSO has at most: it is a few pages.
    private static let mostOfVDSO: UInt64 = 1 << 20

    /// The kernel's own binary in every process: it has no file, but its memory can be read.
    private func loadVDSO(_ mapping: AddressSpace.Mapping, of pid: pid_t) -> Binary? {
        let size = Int(min(mapping.end - mapping.start, Self.mostOfVDSO))
        let identity = Identity(
            device: 0, inode: 0, size: Int64(size), seconds: 0, nanoseconds: 0)
        return load(identity, mapping.path) {
            let memory = Glibc.open("/proc/\(pid)/mem", O_RDONLY | O_CLOEXEC)
            guard memory >= 0, let start = off_t(exactly: mapping.start) else { return nil }
            defer { close(memory) }
            var copy = [UInt8](repeating: 0, count: size)
            let count = copy.withUnsafeMutableBytes {
                pread(memory, $0.baseAddress!, size, start)
            }
            return count == size ? ImageBytes(copy) : nil
        } orElse: {
        }
    }

    /// The binary of that identity; where it is new, of the bytes that `read` brings.
    private func load(
        _ identity: Identity, _ path: String, read: () -> ImageBytes?, orElse skip: () -> Void
    ) -> Binary? {
        state.withLock { state in
            if let binary = state.byIdentity[identity] {
                skip()
                return binary
            }
            guard state.list.count < RawFrame.mostBinaries else {
                skip()
                return nil
            }
            var binary: Binary?
            if let file = read().flatMap({ ELFFile($0) }), file.architecture == .current {
                let new = Binary(number: state.list.count, path: path, file: file)
                state.list.append(new)
                binary = new
            }
            state.byIdentity[identity] = .some(binary)
            return binary
        }
    }

    /// The file behind a mapping, seen as the process sees it: it may have another root, and the
    /// file may be deleted, or another one stand in its place.
    private static func open(_ mapping: AddressSpace.Mapping, of pid: pid_t) -> CInt? {
        guard mapping.path.hasPrefix("/"), !mapping.path.hasPrefix("//") else { return nil }
        let range =
            "\(String(mapping.start, radix: 16))-\(String(mapping.end, radix: 16))"
        var paths = ["/proc/\(pid)/map_files/\(range)"]
        // It may have been deleted since it was mapped.
        let program = SmallFile.link("/proc/\(pid)/exe")
        if program == mapping.path || program == mapping.path + Binary.deleted {
            paths.append("/proc/\(pid)/exe")
        }
        if !mapping.path.hasSuffix(Binary.deleted) {
            paths = ["/proc/\(pid)/root\(mapping.path)", mapping.path] + paths
        }
        // A file system over another may tell other numbers: then the first that opens is taken.
        return firstDescriptor(paths, inode: mapping.inode)
            ?? firstDescriptor(paths, inode: 0)
    }

    /// - Parameter inode: of the file that is wanted; 0: any.
    private static func firstDescriptor(_ paths: [String], inode: UInt64) -> CInt? {
        for path in paths {
            let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
            guard descriptor >= 0 else { continue }
            var status = stat()
            if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
                inode == 0 || UInt64(status.st_ino) == inode
            {
                return descriptor
            }
            close(descriptor)
        }
        return nil
    }

    // MARK: naming

    /// Build ids of the binaries that frames lie in, by the binaries' names. Two binaries of one
    /// name have none: nobody could tell whose it is.
    func buildIDs(of frames: some Sequence<RawFrame>) -> [String: String] {
        var numbers: Set<Int> = []
        for frame in frames {
            if case .binary(let number, _) = frame.meaning { numbers.insert(number) }
        }
        let binaries = state.withLock { state in
            numbers.sorted().filter { $0 < state.list.count }.map { state.list[$0] }
        }
        var found: [String: String?] = [:]
        for binary in binaries {
            let isFirst = found[binary.name] == nil
            found[binary.name] = .some(isFirst ? DebugFile.buildIDDigits(of: binary.file) : nil)
        }
        return found.compactMapValues { $0 }
    }

    /// Frames with names, nearest to the root first: of one address several, where functions were
    /// inlined into each other there.
    /// - Parameters:
    ///   - inlines: llvm-symbolizer is asked about the frames that are new.
    ///   - remarks: gets what was missing, a sentence each.
    func names(
        of frames: some Sequence<RawFrame>, inlines: Bool, remarks: inout [String]
    ) -> [RawFrame: [StackProfile.Frame]] {
        var told = remarks
        let named = state.withLock { state in
            var unknown: Set<RawFrame> = []
            for frame in frames where state.frames[frame] == nil { unknown.insert(frame) }
            var namer = FrameNamer(
                binaries: state.list, symbols: state.symbols, debugFiles: state.debugFiles)
            let names = namer.names(of: unknown, inlines: inlines, remarks: &told)
            state.symbols = namer.symbols
            state.debugFiles = namer.debugFiles
            state.frames.merge(names) { _, new in new }
            return state.frames
        }
        remarks = told
        return named
    }
}
