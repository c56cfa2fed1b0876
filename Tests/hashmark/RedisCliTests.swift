// redis-cli against the reference server, as somebody at a shell uses it: by its walks over all
// keys, its latency loop, and interactively on a terminal.
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
            // On no terminal it measures for a second and prints minimum, maximum, mean and
            // samples.
            let words = try cli(port, "--latency").split(separator: " ")
            let numbers = words.compactMap { Double($0.filter { $0 != "\n" }) }
            try #require(numbers.count >= 4)
            #expect(numbers[0] <= numbers[2] && numbers[2] <= numbers[1] && numbers[3] >= 10)
        }
    }

    /// At a prompt: it asks for COMMAND DOCS to complete and hint, then runs what is typed.
    /// `script` gives it a terminal, `stty` the size that it would ask the terminal for otherwise.
    @Test func interactively() throws {
        try withFilledServer { port in
            let folder = TemporaryFolder()
            let keyboard = folder.file("keyboard")
            try #require(mkfifo(keyboard, 0o600) == 0)
            let typing = open(keyboard, O_RDWR | O_CLOEXEC)
            defer { close(typing) }
            let cli = "stty cols 120 rows 40; exec redis-cli -p \(port)"
            let terminal = try RunningProgram([
                "sh", "-c", "TERM=xterm exec script -qfec '\(cli)' /dev/null <'\(keyboard)'",
            ])
            func shows(_ text: String, milliseconds: Int) -> Bool {
                for _ in 0..<(milliseconds / 20) where !terminal.stdout.contains(text) {
                    Clock.sleep(milliseconds: 20)
                }
                return terminal.stdout.contains(text)
            }
            try #require(shows("127.0.0.1:\(port)> ", milliseconds: 10_000))
            for (line, shown) in [
                ("set typed 12", "OK"), ("strlen typed", "(integer) 2"), ("get none", "(nil)"),
                ("object encoding typed", "\"int\""), ("help set", "Sets a key's value"),
                ("hello 3", "1# \"server\" => \"valkey\""), ("config get save", "1# \"save\""),
                ("nosuch", "(error) ERR unknown command 'nosuch'"),
            ] {
                // What is typed before the prompt is back is dropped: it is typed again then.
                for _ in 0..<5 where !terminal.stdout.contains(shown) {
                    let bytes = Array("\(line)\r".utf8)
                    try #require(write(typing, bytes, bytes.count) == bytes.count)
                    _ = shows(shown, milliseconds: 2_000)
                }
                #expect(terminal.stdout.contains(shown), "\(line): \(terminal.stdout)")
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
