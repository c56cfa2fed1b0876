// Runs the built `hashmark` executable (and other programs) as a user would, for tests of verbs.
import Foundation
import LinuxSystem

public struct ProgramOutput: Sendable {
    public let stdout: String
    public let stderr: String
    public let ending: ChildProcess.Ending
}

/// A program that runs with its stdout and stderr in files, so that a test can look while it runs.
public final class RunningProgram: Sendable {
    public let child: ChildProcess
    private let stdoutPath: String
    private let stderrPath: String

    public init(_ arguments: [String]) throws {
        let stem = "\(NSTemporaryDirectory())/hashmark-test-\(UUID().uuidString)"
        stdoutPath = stem + ".out"
        stderrPath = stem + ".err"
        let out = open(stdoutPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        defer { close(out) }
        var options = ChildProcess.Options()
        options.stdout = out
        options.logFile = stderrPath
        child = try ChildProcess(arguments, options)
    }

    deinit {
        child.kill()
        unlink(stdoutPath)
        unlink(stderrPath)
    }

    public var stdout: String { SmallFile.read(stdoutPath) ?? "" }
    public var stderr: String { SmallFile.read(stderrPath) ?? "" }

    /// Waits for the end, or kills it after `seconds`.
    public func finish(seconds: Double = 60) -> ProgramOutput {
        let deadline = Clock.monotonicNanoseconds() + UInt64(seconds * 1e9)
        while child.ending == nil && Clock.monotonicNanoseconds() < deadline {
            Clock.sleep(milliseconds: 5)
        }
        if child.ending == nil { child.kill() }
        return ProgramOutput(stdout: stdout, stderr: stderr, ending: child.wait())
    }
}

public enum Hashmark {
    /// The executable that was built with these tests.
    public static let executable = built("hashmark")
    /// The server with faults to order (Tests/FaultyServer).
    public static let faultyServer = built("faulty-server")

    private static func built(_ name: String) -> String {
        let bundle = SmallFile.link("/proc/self/exe") ?? CommandLine.arguments[0]
        return URL(filePath: bundle).deletingLastPathComponent().appending(path: name).path
    }

    public static func start(_ arguments: String...) throws -> RunningProgram {
        try RunningProgram([executable] + arguments)
    }

    public static func run(_ arguments: String..., seconds: Double = 60) throws -> ProgramOutput {
        try run(arguments, seconds: seconds)
    }

    public static func run(_ arguments: [String], seconds: Double = 60) throws -> ProgramOutput {
        try RunningProgram([executable] + arguments).finish(seconds: seconds)
    }
}

/// A folder that goes away with the value.
public final class TemporaryFolder: Sendable {
    public let path: String

    public init() {
        path = "\(NSTemporaryDirectory())/hashmark-test-\(UUID().uuidString)"
        try! FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    public func file(_ name: String) -> String { "\(path)/\(name)" }
}
