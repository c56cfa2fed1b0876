// Servers and files that misbehave: one clear line with a remedy, exit 1 or 3, nothing left
// running.
import Foundation
import Glibc
import LinuxSystem
import Synchronization
import TestSupport
import Testing

/// Answers whatever comes with the same bytes, on a thread, until it goes away.
private final class FakeServer: Sendable {
    let port: UInt16
    private let listener: CInt
    private let isStopped = Atomic<Bool>(false)

    init(_ answer: String) throws {
        let listener = try Socket.listen(on: .tcp(host: "127.0.0.1", port: 0))
        self.listener = listener
        port = Socket.localPort(listener)
        let bytes = Array(answer.utf8)
        let serve: @Sendable () -> Void = { [self] in
            var clients: [CInt] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while !isStopped.load(ordering: .relaxed) {
                if let client = Socket.accept(from: listener) { clients.append(client) }
                for client in clients {
                    if case .bytes(let count) = receive(client, into: &buffer, 4096), count > 0 {
                        _ = send(client, bytes, bytes.count)
                    }
                }
                Clock.sleep(milliseconds: 1)
            }
            for client in clients { close(client) }
            close(listener)
        }
        Thread.detachNewThread(serve)
    }

    func stop() { isStopped.store(true, ordering: .relaxed) }
}

private func memory(_ target: String, seconds: Double = 60) throws -> ProgramOutput {
    try Hashmark.run(
        "memory", "--target", target, "--key-size", "16", "--value-size", "8", "--entries", "1000",
        "--quiet", seconds: seconds)
}

/// One line, naming what went wrong.
private func expectOneLine(_ output: ProgramOutput, _ code: CInt, _ word: String) {
    #expect(output.ending == .exited(code), "\(output.stderr)")
    let lines = output.stderr.split(separator: "\n")
    #expect(lines.count == 1, "\(output.stderr)")
    #expect(lines.last?.contains(word) == true, "\(output.stderr)")
    #expect(lines.last?.contains("; ") == true || lines.last?.contains(": ") == true)
}

@Suite struct FailureTests {
    @Test(arguments: [
        ("-ERR no\r\n", "ERR no"), ("HTTP/1.1 400 Bad Request\r\n\r\n", "RESP"),
        ("$-5\r\n", "RESP"),
    ])
    func serversThatAnswerBadly(answer: String, word: String) throws {
        let server = try FakeServer(answer)
        defer { server.stop() }
        expectOneLine(try memory("tcp://127.0.0.1:\(server.port)"), 1, word)
    }

    @Test func serversThatDieAtOnce() throws {
        expectOneLine(try memory("exec:sh -c 'echo no licence; exit 3'"), 1, "no licence")
    }

    @Test func serversThatNeverBecomeReady() throws {
        let output = try memory("exec:sh -c 'sleep 4321' {port}", seconds: 40)
        expectOneLine(output, 1, "did not answer")
        let left = SmallFile.names(in: "/proc").filter { Int($0) != nil }.contains {
            SmallFile.read("/proc/\($0)/cmdline")?.hasPrefix("sleep\u{0}4321") == true
        }
        #expect(!left)
    }

    @Test func missingValgrind() throws {
        let output = try RunningProgram([
            "env", "PATH=/nonexistent", Hashmark.executable, "counters", "--mode", "simulated",
            "--target", "ref:valkey-9.1", "--entries", "1000", "--quiet",
        ]).finish()
        expectOneLine(output, 1, "apt-get install valgrind")
    }

    @Test func instructionsThatValgrindCannotRun() throws {
        let folder = TemporaryFolder()
        // vmovaps zmm0, zmm0: AVX-512, which valgrind 3.19 does not know.
        try "int main(void) { __asm__ volatile(\".byte 0x62,0xf1,0x7c,0x48,0x28,0xc0\"); }"
            .write(toFile: folder.file("wide.c"), atomically: true, encoding: .utf8)
        let compiled = try RunningProgram([
            "cc", "-o", folder.file("wide"), folder.file("wide.c"),
        ]).finish()
        try #require(compiled.ending == .exited(0), "\(compiled.stderr)")
        let output = try Hashmark.run(
            "counters", "--mode", "simulated", "--target", "exec:\(folder.file("wide"))",
            "--entries", "1000", "--quiet")
        expectOneLine(output, 1, "instruction that valgrind does not know")
    }

    @Test func simulationOfARunningServerIsRefused() throws {
        let server = try FakeServer("+PONG\r\n")
        defer { server.stop() }
        let output = try Hashmark.run(
            "counters", "--mode", "simulated", "--target", "tcp://127.0.0.1:\(server.port)",
            "--entries", "1000", "--quiet")
        expectOneLine(output, 1, "under valgrind")
    }

    @Test func workloadsThatCannotBeRead() throws {
        let folder = TemporaryFolder()
        try "schema: hashmark.workload/1\nname: x\nkeyspaces: []\nnonsense: 1\n"
            .write(toFile: folder.file("bad.yaml"), atomically: true, encoding: .utf8)
        for path in [folder.file("bad.yaml"), folder.file("none.yaml")] {
            let output = try Hashmark.run(
                "replay", path, "--target", "ref:valkey-9.1", "--quiet")
            #expect(output.ending == .exited(1))
            #expect(output.stderr.contains(path), "\(output.stderr)")
        }
        let output = try Hashmark.run("workload", "check", folder.file("bad.yaml"))
        #expect(output.ending == .exited(1))
        #expect(output.stdout.contains("bad.yaml:4:"), "\(output.stdout)")
    }
}
