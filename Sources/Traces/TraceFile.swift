// The bytes of a trace, a file's, a stream's or in memory, decompressed where they are zstd's or
// gzip's, in pieces of the caller's size. Several files may be one trace (AppendOnlyManifest).
//
// Memory is bounded: a piece of the file, and zstd's own window (at most 128 MiB, its default limit
// for streams; traces are written with 8 MiB or less); gzip's has 32 KiB.
import CZstd
import Glibc
import LinuxSystem

final class TraceFile {
    let path: String
    /// Bytes of the file, 0 where it has no size (a pipe).
    let size: UInt64
    /// Bytes read of it.
    private(set) var position: UInt64 = 0
    private(set) var isCompressed = false

    /// -1 where the trace is in memory.
    private var fd: CInt
    /// Files that follow, where the trace is several.
    private var parts: ArraySlice<String> = []
    /// The trace itself, where it is no file.
    private let contents: [UInt8]?
    private var zstd: OpaquePointer?
    private var gzip: GzipStream?
    private let input: UnsafeMutableRawPointer
    private var inputCount = 0
    private var inputTaken = 0
    /// What zstd expects next, 0 at the end of a frame; of gzip 1 within a member.
    private var frameHint = 0
    private var isAtEnd = false
    /// What ended the reading; thrown once the bytes before it were handed out.
    private var failure: TraceError?
    /// Whether it breaks off; what could be read before that comes first.
    var hasFailed: Bool { failure != nil }

    /// zstd recommends 128 KiB; a megabyte also makes reads of plain files few.
    private static let inputBytes = 1 << 20
    /// The number that zstd frames begin with, as its bytes stand in a file (RFC 8878, 3.1.1).
    private static let magic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]

    /// RFC 1952, 2.3.1, with the one method that there is.
    private static let gzipMagic: [UInt8] = [0x1f, 0x8b, 0x08]

    private func begins(with magic: [UInt8]) -> Bool {
        UnsafeRawBufferPointer(start: input, count: inputCount).starts(with: magic)
    }

    /// - Parameters:
    ///   - contents: the trace, where `path` is but its name.
    ///   - descriptor: the stream that it comes from, closed at the end.
    init(
        _ path: String, contents: [UInt8]? = nil, descriptor: CInt? = nil
    ) throws(TraceError) {
        self.path = path
        self.contents = contents
        if let descriptor {
            fd = descriptor
            size = 0
        } else if let contents {
            fd = -1
            size = UInt64(contents.count)
        } else if let parts = try AppendOnlyManifest.files(path) {
            var sum: UInt64 = 0
            for part in parts {
                let (descriptor, size) = try Self.opened(part)
                Glibc.close(descriptor)
                sum += size
            }
            size = sum
            fd = try Self.opened(parts[0]).0
            self.parts = parts.dropFirst()
        } else {
            (fd, size) = try Self.opened(path)
        }
        input = .allocate(byteCount: Self.inputBytes, alignment: 16)
        try fillInput()
        if begins(with: Self.magic) { zstd = ZSTD_createDStream() }
        if begins(with: Self.gzipMagic) { gzip = GzipStream() }
        isCompressed = zstd != nil || gzip != nil
    }

    deinit {
        if let zstd { ZSTD_freeDStream(zstd) }
        input.deallocate()
        if fd >= 0 { Glibc.close(fd) }
    }

    /// The descriptor, and the size in bytes.
    private static func opened(_ path: String) throws(TraceError) -> (CInt, UInt64) {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        var status = stat()
        let found = fd >= 0 && fstat(fd, &status) == 0
        guard found, status.st_mode & S_IFMT != S_IFDIR else {
            let cause = found ? "is a folder" : String(cString: strerror(errno))
            if fd >= 0 { Glibc.close(fd) }
            throw TraceError(
                path, .file, "cannot be read (\(cause))", remedy: "give the path of a trace")
        }
        posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL)
        return (fd, status.st_mode & S_IFMT == S_IFREG ? UInt64(status.st_size) : 0)
    }

    private func fillInput() throws(TraceError) {
        inputTaken = 0
        inputCount = 0
        if let contents { return fill(from: contents) }
        switch LinuxSystem.read(fd, into: input, Self.inputBytes) {
        case .bytes(let count):
            inputCount = count
            position += UInt64(count)
            isAtEnd = count == 0
            if count == 0, let next = parts.popFirst() {
                Glibc.close(fd)
                fd = -1
                fd = try Self.opened(next).0
                try fillInput()
            }
        case .wouldBlock: throw unreadable(String(cString: strerror(EAGAIN)))
        case .failed(let cause): throw unreadable("\(cause)")
        }
    }

    private func unreadable(_ cause: String) -> TraceError {
        TraceError(
            path, .offset(position), "cannot be read (\(cause))", remedy: "check the disk")
    }

    private func fill(from contents: [UInt8]) {
        let rest = contents[Int(position)...].prefix(Self.inputBytes)
        rest.withUnsafeBytes { bytes in
            if let start = bytes.baseAddress {
                input.copyMemory(from: start, byteCount: bytes.count)
            }
        }
        inputCount = rest.count
        position += UInt64(rest.count)
        isAtEnd = rest.isEmpty
    }

    /// Reads `count` bytes; fewer only at the end or before a failure, 0 at the end.
    func read(into target: UnsafeMutableRawPointer, _ count: Int) throws(TraceError) -> Int {
        var done = 0
        do throws(TraceError) {
            if let failure { throw failure }
            while done < count {
                if inputTaken == inputCount {
                    guard try more() else { break }
                }
                done +=
                    isCompressed
                    ? try inflate(target + done, count - done) : copy(target + done, count - done)
            }
        } catch {
            failure = error
            if done == 0 { throw error }
        }
        return done
    }

    /// Reads the next piece of the file; false at its end.
    private func more() throws(TraceError) -> Bool {
        if !isAtEnd { try fillInput() }
        guard isAtEnd else { return true }
        guard frameHint == 0 else {
            throw TraceError(
                path, .offset(position), "the compressed data ends too early",
                remedy: "fetch the file again: the end of it is missing")
        }
        return false
    }

    private func copy(_ target: UnsafeMutableRawPointer, _ count: Int) -> Int {
        let part = min(count, inputCount - inputTaken)
        target.copyMemory(from: input + inputTaken, byteCount: part)
        inputTaken += part
        return part
    }

    private func damage(_ cause: String) -> TraceError {
        TraceError(
            path, .offset(position - UInt64(inputCount - inputTaken)), cause,
            remedy: "fetch the file again: nothing behind this place can be read")
    }

    private func inflate(_ target: UnsafeMutableRawPointer, _ count: Int) throws(TraceError) -> Int
    {
        if let gzip {
            let bytes = input.assumingMemoryBound(to: UInt8.self)
            let step = gzip.step(
                bytes + inputTaken, inputCount - inputTaken,
                into: target.assumingMemoryBound(to: UInt8.self), count)
            guard let step else { throw damage("damaged gzip data") }
            inputTaken += step.taken
            frameHint = step.isWithin ? 1 : 0
            return step.made
        }
        var output = ZSTD_outBuffer(dst: target, size: count, pos: 0)
        var source = ZSTD_inBuffer(src: input, size: inputCount, pos: inputTaken)
        let hint = ZSTD_decompressStream(zstd, &output, &source)
        guard ZSTD_isError(hint) == 0 else {
            throw damage("damaged zstd data (\(String(cString: ZSTD_getErrorName(hint))))")
        }
        inputTaken = source.pos
        frameHint = hint
        return output.pos
    }
}
