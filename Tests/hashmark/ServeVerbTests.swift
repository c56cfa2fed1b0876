// The verb `serve` as a user and redis's own tools see it.
import Glibc
import LinuxSystem
import ReferenceServer
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

    /// Options that are no settings: what a server is told to be once, and not what it does.
    private static let ownOptions: Set<String> = [
        "table", "host", "port", "unixsocket", "requirepass", "insecure", "tls-port",
        "tls-cert-file", "tls-key-file", "tls-ca-cert-file", "tls-auth-clients", "help", "version",
    ]

    /// The keys of a `ref:` target's query are its flags, and there are no others.
    @Test func theSettingsAreTheOptions() throws {
        let help = try Hashmark.run("serve", "--help").stdout
        let options = help.split(separator: "\n").compactMap { line in
            line.firstMatch(of: #/^  (?:-[a-z], )?--([a-z-]+)/#).map { String($0.1) }
        }
        let settings = Set(options).subtracting(Self.ownOptions)
        #expect(settings == Set(Setting.all.map(\.name)))
    }

    /// Each flag's value comes to the setting of its name, which has no such value.
    @Test func everyFlagIsItsSetting() throws {
        for setting in Setting.all {
            let output = try Hashmark.run(
                "serve", "--table", "valkey-9.1", "--\(setting.name)", "nonsense", seconds: 5)
            #expect(output.ending == .exited(64), "\(setting.name)")
            let isNamed = output.stderr.contains("bad value 'nonsense' for \(setting.name): use ")
            #expect(isNamed, "\(setting.name): \(output.stderr)")
        }
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

    /// 10,000 connections are held and answered; after them and a load of long values the process
    /// is about as large as before.
    @Test(arguments: ["single", "io:2"]) func memoryFollowsTheLoad(_ threads: String) throws {
        let (server, port) = try start("--table", "valkey-9.1", "--threads", threads)
        defer { server.child.kill() }
        let held = 10_000
        Socket.raiseDescriptorLimit(to: held + 1_000)
        func load() throws {
            try hold(held, try #require(UInt16(port)))
            let output = try RunningProgram([
                "redis-benchmark", "-p", port, "-t", "set,get", "-d", "20000", "-c", "200", "-P",
                "8", "-n", "20000", "-r", "500", "-q",
            ]).finish()
            #expect(output.ending == .exited(0))
            _ = try RunningProgram(["redis-cli", "-p", port, "flushall"]).finish()
        }
        // What the first load leaves is kept for the next one: pools at their least, the heap's.
        try load()
        let resident = { try #require(ProcessAccounting.residentBytes(server.child.pid)) }
        let baseline = try settled(resident)
        // What a heap holds after a load goes up and down by 3 MB from one to the next (eight of
        // them: 32 to 39 MB). What leaks only goes up, so another load is the answer to a high one.
        let most = baseline + 4 << 20
        var after = baseline
        for _ in 0..<3 {
            try load()
            after = try settled(resident)
            if after < most { break }
        }
        #expect(after < most, "\(baseline) bytes before, \(after) after")
        #expect(after < 48 << 20, "\(after) bytes resident with nothing to hold")
    }

    /// Opens `count` connections, asks each something when all are there, and closes them.
    private func hold(_ count: Int, _ port: UInt16) throws {
        var clients: [CInt] = []
        defer { for client in clients { close(client) } }
        for _ in 0..<count {
            clients.append(try Socket.connect(to: .tcp(host: "127.0.0.1", port: port)))
        }
        let request = Array("PING\r\n".utf8)
        for client in clients {
            _ = request.withUnsafeBytes { send(client, $0.baseAddress!, $0.count) }
        }
        var answered = 0
        for client in clients where Socket.waitReadable(client, milliseconds: 10_000) {
            var reply: [UInt8] = Array(repeating: 0, count: 7)
            let result = reply.withUnsafeMutableBytes { receive(client, into: $0.baseAddress!, 7) }
            if case .bytes(7) = result, reply == Array("+PONG\r\n".utf8) { answered += 1 }
        }
        #expect(answered == count)
    }

    /// The least that `value` reaches within seconds: pools shrink by an eighth at every tick.
    private func settled(_ value: () throws -> Int) throws -> Int {
        var least = try value()
        for _ in 0..<40 {
            Clock.sleep(milliseconds: 100)
            least = min(least, try value())
        }
        return least
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
