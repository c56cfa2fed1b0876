// redis-cli against the reference server, as somebody at a shell uses it: by its walks over all keys,
// its latency loop, and interactively on a terminal.
import Glibc
import LinuxSystem
import TestSupport
import Testing

@Suite(.serialized) struct RedisCliTests {
    @Test func walksOverAllKeys() throws {
        try withFilledServer { port in
            let scan = try cli(port, "--scan", "--pattern", "key:1*")
            #expect(Set(scan.split(separator: "\n")).count == 111)
            let big = try cli(port, "--bigkeys")
            #expect(big.contains("\"big\"' has 5000 bytes"), "\(big)")
            #expect(big.contains("Sampled 1001 keys in the keyspace!"), "\(big)")
            let memory = try cli(port, "--memkeys")
            #expect(memory.contains("Sampled 1001 keys in the keyspace!"), "\(memory)")
            // 5,000 bytes with header and terminator lie in the class of 5,120, beside the object.
            let exact = try cli(port, "memory", "usage", "big").filter(\.isNumber)
            #expect(memory.contains("\"big\"' has \(exact) bytes"), "\(memory)")
            #expect((5_120...5_248).contains(try #require(Int(exact))))
        }
    }

    @Test func latencyLoop() throws {
        try withFilledServer { port in
            // On no terminal it measures for a second and prints minimum, maximum, mean and samples.
            let words = try cli(port, "--latency").split(separator: " ")
            let numbers = words.compactMap { Double($0.filter { $0 != "\n" }) }
            try #require(numbers.count >= 4)
            #expect(numbers[0] <= numbers[2] && numbers[2] <= numbers[1] && numbers[3] >= 10)
        }
    }

    /// At a prompt: it asks for COMMAND DOCS to complete and hint, then runs what is typed. `script`
    /// gives it a terminal.
    @Test func interactively() throws {
        try withFilledServer { port in
            let lines = [
                "set typed 12", "incr typed", "get none", "object encoding typed", "help set",
                "hello 3", "config get save", "nosuch", "exit",
            ]
            // A line is typed when the answer to the one before it is likely there.
            let typing = lines.map { "printf '\($0)\\r'; sleep 0.2;" }.joined(separator: " ")
            let screen = try RunningProgram([
                "sh", "-c",
                "(sleep 0.7; \(typing)) | TERM=xterm script -qfec 'redis-cli -p \(port)' /dev/null",
            ]).finish(seconds: 20).stdout
            for shown in [
                "127.0.0.1:\(port)> ", "OK", "(integer) 13", "(nil)", "\"int\"",
                "Sets a key's value", "1# \"server\" => \"redis\"", "1# \"save\" => \"\"",
                "(error) ERR unknown command 'nosuch'",
            ] {
                #expect(screen.contains(shown), "\(shown) is not in \(screen)")
            }
        }
    }

    private func withFilledServer(_ body: (String) throws -> Void) throws {
        let server = try Hashmark.start("serve", "--table", "valkey-9.1")
        defer { server.child.kill() }
        for _ in 0..<2_000 where !server.stdout.hasSuffix("\n") { Clock.sleep(milliseconds: 2) }
        let address = try #require(server.stdout.split(separator: " ").dropFirst().first)
        let port = String(try #require(address.split(separator: ":").last))
        let client = try Socket.connect(
            to: .tcp(host: "127.0.0.1", port: try #require(UInt16(port))))
        defer { close(client) }
        var requests = (0..<1_000).map { "SET key:\($0) value\r\n" }.joined()
        requests += "SET big \(String(repeating: "b", count: 5_000))\r\n"
        let sent = Array(requests.utf8).withUnsafeBytes {
            send(client, $0.baseAddress!, $0.count)
        }
        guard case .bytes(requests.utf8.count) = sent else {
            Issue.record("could not fill")
            return
        }
        for _ in 0..<1_000 where try !cli(port, "dbsize").contains("1001") {
            Clock.sleep(milliseconds: 5)
        }
        try body(port)
    }

    private func cli(_ port: String, _ arguments: String...) throws -> String {
        let output = try RunningProgram(["redis-cli", "-p", port] + arguments).finish(seconds: 20)
        #expect(output.ending == .exited(0), "\(output.stderr)")
        return output.stdout
    }
}
