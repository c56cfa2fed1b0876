import LinuxSystem
import Targets
import Testing

@Suite struct TargetParsingTests {
    @Test func referenceTargets() throws {
        let plain = try Target(parsing: "ref:valkey-9.1")
        #expect(plain.label == "valkey-9.1")
        #expect(plain.kind == .reference(table: "valkey-9.1", options: []))
        #expect(plain.isOwned)

        let full = try Target(parsing: "new=ref:valkey-9.1?threads=io:2&inject=a:1&inject=b:2")
        #expect(full.label == "new")
        #expect(full.spelling == "ref:valkey-9.1?threads=io:2&inject=a:1&inject=b:2")
        guard case .reference(_, let options) = full.kind else {
            Issue.record("no reference target")
            return
        }
        #expect(options.map(\.key) == ["threads", "inject", "inject"])
        #expect(options.map(\.value) == ["io:2", "a:1", "b:2"])
    }

    @Test func commandTargets() throws {
        let target = try Target(parsing: "exec:/usr/bin/redis-server --save '' --port {port}")
        #expect(target.label == "redis-server")
        #expect(
            target.kind == .command(["/usr/bin/redis-server", "--save", "", "--port", "{port}"]))
    }

    @Test func equalsSignOfACommandIsNoLabel() throws {
        let target = try Target(parsing: "exec:server --flag=ref:x")
        #expect(target.label == "server")
        #expect(target.kind == .command(["server", "--flag=ref:x"]))
    }

    @Test func runningTargets() throws {
        func endpoint(_ text: String) throws -> Target.Endpoint? {
            if case .running(let endpoint) = try Target(parsing: text).kind {
                endpoint
            } else {
                nil
            }
        }
        #expect(
            try endpoint("tcp://127.0.0.1:6380")?.address == .tcp(host: "127.0.0.1", port: 6380))
        #expect(try endpoint("tcp://[::1]:6380")?.address == .tcp(host: "::1", port: 6380))
        #expect(try endpoint("unix:///run/x.sock")?.address == .unix(path: "/run/x.sock"))
        let full = try endpoint("valkey://me:se:cret@host:7000/3")
        #expect(full?.address == .tcp(host: "host", port: 7000))
        #expect(full?.user == "me")
        #expect(full?.password == "se:cret")
        #expect(full?.database == 3)
        #expect(try endpoint("redis://:pw@h")?.address == .tcp(host: "h", port: 6379))
        #expect(try endpoint("redis://:pw@h")?.user == nil)
        #expect(try !Target(parsing: "redis://h").isOwned)
    }

    @Test(arguments: [
        "", "valkey-9.1", "ref:", "ref:x?y", "ref:x?=1", "exec:", "exec:a 'b", "tcp://h",
        "tcp://:1",
        "tcp://h:0", "tcp://h:70000", "tcp://h:1/x", "unix://relative", "valkeys://h:1", "a,b=ref",
    ])
    func refusalsAreOneLineWithARemedy(text: String) {
        do {
            _ = try Target(parsing: text)
            Issue.record("'\(text)' was accepted")
        } catch {
            #expect(error.description.contains("; "))
            #expect(!error.description.contains("\n"))
        }
    }

    @Test func shellWords() throws {
        #expect(
            try ShellWords.split(#"a  'b c' "d \" $e" f\ g"#).get() == [
                "a", "b c", "d \" $e", "f g",
            ])
        #expect(try ShellWords.split(#"'' "" x''y"#).get() == ["", "", "xy"])
        #expect(try ShellWords.split(#""a\nb" '\'"#).get() == [#"a\nb"#, #"\"#])
        #expect(ShellWords.split("'a") == .failure(.openQuote("'")))
        #expect(ShellWords.split("a\\") == .failure(.trailingBackslash))
        #expect(ShellWords.split(#""a\"#) == .failure(.openQuote("\"")))
    }
}
