// Short programs run to their end for what they print (sha256sum, callgrind_control, --version).
import CLinux
import Glibc
import SystemPackage

public enum Tool {
    /// What a program printed on stdout, and how it ended.
    public struct Output: Sendable {
        public let text: String
        public let ending: ChildProcess.Ending
        public var succeeded: Bool { ending == .exited(0) }
    }

    /// Runs `arguments` (looked up in PATH) and waits for the end of its output, at most
    /// `milliseconds`; past that it is killed and ends as `.killed`.
    /// - Parameters:
    ///   - environment: "KEY=VALUE" lines; nil passes the own environment on.
    ///   - errorFile: where its stderr goes; nil discards it.
    /// - Throws: ENOENT when there is no such program, …
    public static func run(
        _ arguments: [String], milliseconds: Int = 10_000, environment: [String]? = nil,
        errorFile: String? = nil
    ) throws(SystemCallError) -> Output {
        let pipe = try Pipe()
        defer { close(pipe.reading) }
        var options = ChildProcess.Options()
        options.stdout = pipe.writing
        options.environment = environment
        options.logFile = errorFile
        let child: ChildProcess
        do throws(SystemCallError) {
            child = try ChildProcess(arguments, options)
        } catch {
            close(pipe.writing)
            throw error
        }
        close(pipe.writing)
        var reader = LineReader(pipe.reading)
        let deadline = Clock.deadline(milliseconds: milliseconds)
        while reader.fill(until: deadline) {}
        if !reader.atEnd { child.kill() }
        return Output(
            text: String(decoding: reader.takeAll(), as: UTF8.self), ending: child.wait())
    }
}

extension Tool {
    /// The full path of a program that PATH finds, or nil; a name with a slash is taken as it is.
    public static func path(of program: String) -> String? {
        if program.contains("/") { return access(program, X_OK) == 0 ? program : nil }
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return folders.split(separator: ":").map { "\($0)/\(program)" }
            .first { access($0, X_OK) == 0 }
    }
}

/// The two ends of pipe(2), close-on-exec; whoever holds them closes them.
public struct Pipe: Sendable {
    public let reading: CInt
    public let writing: CInt

    public init() throws(SystemCallError) {
        var ends: (CInt, CInt) = (0, 0)
        _ = try call("pipe2") {
            withUnsafeMutableBytes(of: &ends) {
                hashmark_pipe($0.baseAddress!.assumingMemoryBound(to: CInt.self))
            }
        }
        (reading, writing) = ends
    }
}

/// Lines of a descriptor as they come, with a deadline. The descriptor stays the caller's.
public struct LineReader {
    private let fd: CInt
    private var buffer: [UInt8] = []
    /// True once the other side has closed (or an error made reading impossible).
    public private(set) var atEnd = false

    /// Bytes asked for at once: most answers of a tool fit.
    private static let chunkSize = 4_096

    public init(_ fd: CInt) { self.fd = fd }

    /// Waits for more bytes; false at the end or at `deadline` (CLOCK_MONOTONIC, ns).
    public mutating func fill(until deadline: UInt64) -> Bool {
        let left = Clock.milliseconds(until: deadline)
        guard !atEnd, Socket.waitReadable(fd, milliseconds: left) else { return false }
        let (source, start) = (fd, buffer.count)
        buffer.append(contentsOf: repeatElement(0, count: Self.chunkSize))
        let result = buffer.withUnsafeMutableBytes { bytes in
            transfer { read(source, bytes.baseAddress! + start, Self.chunkSize) }
        }
        var count = 0
        if case .bytes(let moved) = result { count = moved }
        buffer.removeLast(Self.chunkSize - count)
        atEnd = count == 0 && result != .wouldBlock
        return !atEnd
    }

    /// The next line without its end, or nil at the end of the stream or at `deadline`.
    public mutating func line(until deadline: UInt64) -> String? {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeFirst(end + 1)
                return line
            }
            if !fill(until: deadline) { return nil }
        }
    }

    /// What came so far and was not taken yet.
    public mutating func takeAll() -> [UInt8] {
        defer { buffer = [] }
        return buffer
    }
}
