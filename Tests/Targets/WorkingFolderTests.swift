// Servers that are started here run in a folder of their own, with paths as their caller meant
// them.
import Foundation
import LinuxSystem
import RESP
import Targets
import TestSupport
import Testing

private func setting(_ server: RunningServer, _ name: String) throws -> String {
    guard case .array(let pair) = try server.connect().send(["CONFIG", "GET", name]),
        pair.count == 2, case .bytes(let value) = pair[1]
    else {
        Issue.record("no \(name)")
        return ""
    }
    return String(decoding: value, as: UTF8.self)
}

@Test func snapshotsGoAwayWithTheirServer() throws {
    let here = FileManager.default.currentDirectoryPath + "/dump.rdb"
    let before = try? FileManager.default.attributesOfItem(atPath: here)[.modificationDate] as? Date
    let server = try Target(parsing: "exec:redis-server").launch()
    defer { server.stop() }
    let folder = try setting(server, "dir")
    #expect(folder != FileManager.default.currentDirectoryPath)
    _ = try server.connect().send(["SET", "key", "value"])
    guard case .status = try server.connect().send(["SAVE"]) else {
        Issue.record("SAVE was refused")
        return
    }
    #expect(FileManager.default.fileExists(atPath: folder + "/dump.rdb"))
    let log = try #require(server.logFile)
    #expect(FileManager.default.fileExists(atPath: log))
    server.stop()
    #expect(!FileManager.default.fileExists(atPath: folder))
    #expect(!FileManager.default.fileExists(atPath: log))
    let after = try? FileManager.default.attributesOfItem(atPath: here)[.modificationDate] as? Date
    #expect(before == after)
}

@Test func pathsOfACommandLineAreItsCallers() throws {
    let folder = TemporaryFolder()
    let program = try #require(Tool.path(of: "redis-server"))
    try FileManager.default.createSymbolicLink(
        atPath: folder.file("redis-server"), withDestinationPath: program)
    try Data("maxmemory-samples 7\n".utf8).write(to: URL(filePath: folder.file("my.conf")))
    try FileManager.default.createDirectory(
        atPath: folder.file("data"), withIntermediateDirectories: false)
    // from the current folder up to the root and down again
    let depth = FileManager.default.currentDirectoryPath.split(separator: "/").count
    let up = Array(repeating: "..", count: depth).joined(separator: "/")
    let base = folder.file("")
    let server = try Target(
        parsing: "exec:\(up)\(base)redis-server \(up)\(base)my.conf --dir \(up)\(base)data"
    ).launch()
    defer { server.stop() }
    #expect(try setting(server, "maxmemory-samples") == "7")
    #expect(try setting(server, "dir").hasSuffix("/data"))
    _ = try server.connect().send(["SAVE"])
    server.stop()
    // a folder that was named stays, and what was written there
    #expect(FileManager.default.fileExists(atPath: folder.file("data/dump.rdb")))
}

@Test func aServerThatDoesNotStartLeavesNoFolder() throws {
    func folders() throws -> Set<String> {
        let parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        return Set(
            try FileManager.default.contentsOfDirectory(atPath: parent).filter { name in
                let log = "\(parent)/\(name)/output.log"
                return name.hasPrefix("hashmark-")
                    && FileManager.default.fileExists(atPath: log)
                    && (try? String(contentsOfFile: log, encoding: .utf8))?
                        .contains("no-such-option") == true
            })
    }
    #expect(throws: TargetError.self) {
        _ = try Target(parsing: "exec:redis-server --no-such-option 1").launch()
    }
    #expect(try folders().isEmpty)
}
