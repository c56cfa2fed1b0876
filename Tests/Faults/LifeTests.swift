// How it starts and ends.
import Foundation
import LinuxSystem
import RESP
import Targets
import TestSupport
import Testing

@Suite struct LifeTests {
    @Test(arguments: [
        ("--after 3 --crash", "Segmentation fault", "crashes as ordered"),
        ("--after 3 --exit 7", "status 7", "ends as ordered"),
        ("--after 200ms --crash", "Segmentation fault", "crashes as ordered"),
    ])
    func itEndsAsOrderedWithLastWords(flags: String, ending: String, words: String) throws {
        try withFaulty(flags) { server, connection in
            for _ in 0..<5 { _ = try? connection.get("a") }
            for _ in 0..<1_000 where server.death == nil { Clock.sleep(milliseconds: 5) }
            let death = try #require(server.death)
            #expect(death.contains(ending) && death.contains(words), "\(death)")
        }
    }

    @Test func itHangsAsOrdered() throws {
        try withFaulty("--after 5 --hang") { server, _ in
            let connection = try server.connect(milliseconds: 200)
            let replies = (0..<8).map { _ in try? connection.get("a") }
            #expect(replies.first! == .null && replies.last! == nil)
            #expect(server.death == nil)
        }
    }

    @Test func itRefusesToStart() throws {
        #expect {
            try launchFaulty("--refuse-start")
        } throws: { "\($0)".contains("refuses to start, as ordered") }
        #expect {
            try launchFaulty("--never-listen", readyMilliseconds: 300)
        } throws: { "\($0)".contains("did not answer") }
    }

    @Test func aCopyHasTheFlagsOfTheFileBesideIt() throws {
        let folder = TemporaryFolder()
        let copy = folder.file("server")
        try FileManager.default.copyItem(atPath: Hashmark.faultyServer, toPath: copy)
        try "--refuse-start\n".write(toFile: copy + ".flags", atomically: true, encoding: .utf8)
        #expect(try Tool.run([copy]).ending == .exited(1))
    }

    @Test func itStartsLate() throws {
        let start = Clock.monotonicNanoseconds()
        try withFaulty("--start-delay 300ms") { _, _ in }
        #expect(Clock.monotonicNanoseconds() - start >= 300_000_000)
    }

    @Test(arguments: [
        "--nil 2", "--nil", "--burst 12ms", "--burst 12ms/0", "--port 70000", "--nonsense", "word",
        "--get-time 5", "--after soon --crash", "--helper-process 200", "--leak -1",
    ])
    func nonsenseIsRefused(flags: String) throws {
        let words = flags.split(separator: " ").map(String.init)
        let output = try RunningProgram([Hashmark.faultyServer] + words).finish(seconds: 10)
        #expect(output.ending == .exited(64))
        #expect(output.stderr.split(separator: "\n").count == 1, "\(output.stderr)")
    }
}

// What goes into the background is an orphan of this process, and a launch that fails meanwhile
// takes it for its own.
extension Timed {
    @Suite struct BackgroundTests {
        @Test func itServesFromAnotherSession() throws {
            let port = freePort()
            let starter = try ChildProcess([
                Hashmark.faultyServer, "--daemonize", "--port", "\(port)",
            ])
            #expect(starter.wait() == .exited(0))
            var connection: ControlConnection?
            for _ in 0..<1_000 where connection == nil {
                connection = try? ControlConnection(to: .tcp(host: "127.0.0.1", port: port))
                if connection == nil { Clock.sleep(milliseconds: 5) }
            }
            let server = try #require(connection)
            defer { _ = try? server.send(["SHUTDOWN"]) }
            let pid = try #require(try server.info()["process_id"].flatMap { pid_t($0) })
            #expect(pid != starter.pid && getsid(pid) == pid)
        }
    }
}
