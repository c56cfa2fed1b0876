// A git repository made for a test, whose commits are servers: each is a file `server.sh` and a
// Makefile that makes `server` of it.
import Foundation
import LinuxSystem

public final class TinyRepository: Sendable {
    private let folder = TemporaryFolder()
    public var path: String { folder.path }

    public struct Failed: Error { let command: [String] }

    public init() throws {
        try git("init", "--quiet", "--initial-branch=main")
    }

    /// Commits these files, by name, beside those that are there.
    /// - Returns: the commit's hash.
    @discardableResult
    public func commit(_ files: [String: String], _ message: String) throws -> String {
        for (name, text) in files {
            try text.write(toFile: folder.file(name), atomically: true, encoding: .utf8)
        }
        try git("add", "--all")
        try git("commit", "--quiet", "--allow-empty", "--message", message)
        return try git("rev-parse", "HEAD")
    }

    /// Commits a server: what the script runs, with the flags of the command line behind it.
    @discardableResult
    public func commit(server command: String, _ message: String) throws -> String {
        try commit(
            [
                "server.sh": "#!/bin/sh\nexec \(command) \"$@\"\n",
                "Makefile": "server: server.sh\n\tcp server.sh server\n\tchmod +x server\n",
            ], message)
    }

    /// Commits what does not build.
    @discardableResult
    public func commitBroken(_ message: String) throws -> String {
        try commit(
            ["Makefile": "server:\n\t@echo 'server.c:1: error: no such thing'; false\n"], message)
    }

    /// What a git command prints, without its end of line.
    @discardableResult
    public func git(_ arguments: String...) throws -> String {
        let command =
            ["git", "-C", path, "-c", "user.name=nobody", "-c", "user.email=nobody@example.org"]
            + ["-c", "commit.gpgsign=false"] + arguments
        let output = try Tool.run(command)
        guard output.succeeded else { throw Failed(command: command) }
        return output.text.split(separator: "\n").first.map(String.init) ?? ""
    }
}
