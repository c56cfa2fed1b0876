// The verb `serve` as a user and redis's own tools see it.
import Glibc
import LinuxSystem
import TestSupport
import Testing

private func start(_ arguments: String...) throws -> (RunningProgram, port: String) {
    let server = try RunningProgram([Hashmark.executable, "serve"] + arguments)
    for _ in 0..<2_000 where !server.stdout.hasSuffix("\n") { Clock.sleep(milliseconds: 2) }
    let words = server.stdout.split(whereSeparator: \.isWhitespace)
    try #require(words.count == 3 && words[0] == "ready")
    #expect(words[2] == "pid=\(server.child.pid)")
    return (server, String(try #require(words[1].split(separator: ":").last)))
}

@Suite(.serialized) struct ServeVerbTests {
    @Test(arguments: [SIGTERM, SIGINT]) func signalsEndIt(_ signal: CInt) throws {
        let (server, _) = try start("--table", "valkey-9.1")
        server.child.signal(signal)
        #expect(server.finish(seconds: 5).ending == .exited(0))
    }

    @Test func badValuesAreUsageErrors() throws {
        for arguments in [
            ["--table", "nosuch"], ["--table", "valkey-9.1", "--batch", "0"],
            ["--table", "valkey-9.1", "--quantum", "4"],
        ] {
            let output = try RunningProgram([Hashmark.executable, "serve"] + arguments).finish()
            #expect(output.ending == .exited(64))
            #expect(output.stderr.split(separator: "\n").count == 1)
        }
    }

    @Test func aTakenPortIsSaid() throws {
        let (server, port) = try start("--table", "valkey-7.2")
        let output = try Hashmark.run("serve", "--table", "valkey-7.2", "--port", port)
        #expect(output.ending == .exited(1))
        #expect(output.stderr.contains("in use") && output.stderr.contains("--port"))
        server.child.kill()
    }

    @Test func redisToolsRunCleanly() throws {
        let (server, port) = try start("--table", "valkey-9.1")
        let benchmark = try RunningProgram([
            "redis-benchmark", "-p", port, "-t", "ping,set,get", "-P", "16", "-n", "20000", "-r",
            "1000", "-q",
        ]).finish()
        #expect(benchmark.ending == .exited(0))
        #expect(!(benchmark.stdout + benchmark.stderr).lowercased().contains("error"))
        #expect(!(benchmark.stdout + benchmark.stderr).contains("WARNING"))
        #expect(benchmark.stdout.contains("GET: "))
        let size = try RunningProgram(["redis-cli", "-p", port, "dbsize"]).finish()
        #expect(size.stdout.contains("1000"))
        _ = try RunningProgram(["redis-cli", "-p", port, "shutdown", "nosave"]).finish()
        #expect(server.finish(seconds: 5).ending == .exited(0))
    }
}
