// How targets are spelled, and what is said of a misspelled one.
import LinuxSystem
import Targets
import Testing
import Transport

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

    @Test func clusters() throws {
        let three = try Target(parsing: "c=cluster:3*exec:redis-server --requirepass topsecret")
        #expect(three.label == "c" && three.isOwned && three.isCluster && !three.isReference)
        #expect(three.member?.kind == .command(["redis-server", "--requirepass", "topsecret"]))
        #expect(!three.spelling.contains("topsecret"))
        let references = try Target(parsing: "cluster:2*ref:valkey-9.1?seed=7")
        #expect(references.label == "2xvalkey-9.1?seed=7" && references.isReference)
        #expect(references.spelling == "cluster:2*ref:valkey-9.1?seed=7")
        let running = try endpoint("cluster://:pw@127.0.0.1:7000,127.0.0.1:7001")
        #expect(running.password == "pw" && running.isCluster)
        #expect(
            running.seeds == [
                .tcp(host: "127.0.0.1", port: 7000), .tcp(host: "127.0.0.1", port: 7001),
            ])
        #expect(running.address == running.seeds[0])
        #expect(try !Target(parsing: "cluster://h:7000").isOwned)
    }

    /// The scheme does not say that a cluster is encrypted; what is said of that does.
    @Test func encryptedClusters() throws {
        let full = try endpoint(
            "cluster://u:p@h:7000,[::1]:7001?cacert=/a%20b&cert=c&key=k&sni=n&also-count=x")
        #expect(full.isCluster && full.user == "u" && full.password == "p")
        #expect(full.seeds == [.tcp(host: "h", port: 7000), .tcp(host: "::1", port: 7001)])
        #expect(full.tls?.authorities == "/a b" && full.tls?.certificate == "c")
        #expect(full.tls?.key == "k" && full.tls?.serverName == "n")
        #expect(full.alsoCounted == ["x"])
        #expect(try endpoint("cluster://h:1?insecure=1").tls?.verifiesChain == false)
        #expect(try endpoint("cluster://h:1?cacertdir=d").tls?.authorityFolder == "d")
        #expect(try endpoint("cluster://h:1?tls=1").tls?.verifiesChain == true)
        #expect(try endpoint("cluster://h:1,i:2?password=s").tls == nil)
        #expect(try endpoint("cluster://h:1,i:2?password=s").password == "s")
    }

    @Test(arguments: [
        "cluster:", "cluster:3", "cluster:0*ref:x", "cluster:101*ref:x", "cluster:x*ref:x",
        "cluster:3*tcp://h:1", "cluster:3*build:HEAD", "cluster:2*cluster:2*ref:x",
        "cluster://h:1?tls=yes", "cluster://h:1?x=1", "cluster://h:1?db=3", "cluster://h?tls=1",
        "rediss://h?tls=1", "cluster:3*ref:x?cluster=0", "cluster://",
        "cluster://h", "cluster://h:1,", "cluster://h:0",
        "", "valkey-9.1", "ref:", "ref:x?y", "ref:x?=1", "exec:", "exec:a 'b", "tcp://h",
        "tcp://:1",
        "tcp://h:0", "tcp://h:70000", "tcp://h:1/x", "unix://relative", "valkeys://h:0", "a,b=ref",
        "valkeys://h?insecure=yes", "redis://h?cacert=x",
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

    private func endpoint(_ text: String) throws -> Target.Endpoint {
        guard case .running(let endpoint) = try Target(parsing: text).kind else {
            throw TargetError("'\(text)' is no running server", remedy: "give one")
        }
        return endpoint
    }

    @Test func urisArePercentDecoded() throws {
        let all = try endpoint("redis://m%40e:p%3A%2F%25%C3%A9@[fe80::1%25lo]:7000/%33")
        #expect(all.user == "m@e" && all.password == "p:/%é" && all.database == 3)
        #expect(all.address == .tcp(host: "fe80::1%lo", port: 7000))
        #expect(try endpoint("unix:///run/a%20b.sock?db=2").address == .unix(path: "/run/a b.sock"))
        #expect(try endpoint("unix://:pw@/run/s?db=2").database == 2)
        #expect(try endpoint("unix://:pw@/run/s").password == "pw")
        #expect(try endpoint("redis://h?db=4").database == 4)
        #expect(try endpoint("redis://h/4?db=4&username=u&password=p%26").password == "p&")
        #expect(try endpoint("valkey://h/").database == 0)
        let counted = try endpoint("tcp://h:1?also-count=haproxy&also-count=7").alsoCounted
        #expect(counted == ["haproxy", "7"])
        // as redis-cli and valkey-cli: no colon, no user
        #expect(try endpoint("redis://secret@h").password == "secret")
        #expect(try endpoint("redis://secret@h").user == nil)
        #expect(try endpoint("redis://a:p@ss@h").password == "p@ss")
    }

    @Test func encryptedServersHaveAScheme() throws {
        let server = try endpoint(
            "rediss://:pw@h?cacert=/a%20b&cert=c&key=k&sni=n&db=2")
        #expect(server.address == .tcp(host: "h", port: 6379))
        #expect(server.password == "pw" && server.database == 2)
        #expect(server.tls?.authorities == "/a b" && server.tls?.certificate == "c")
        #expect(server.tls?.key == "k" && server.tls?.serverName == "n")
        #expect(server.tls?.verifiesChain == true && server.tls?.namesHost == true)
        #expect(try endpoint("valkeys://h?insecure=1").tls?.verifiesChain == false)
        #expect(try endpoint("valkey://h").tls == nil)
    }

    @Test(arguments: [
        "redis://u:topsecret@h:0", "redis://topsecret@h:65536", "redis://topsecret@:1",
        "redis://u:topsecret%zz@h", "redis://u:topsecret@h/x", "rediss://u:topsecret@h/x",
        "redis://h?password=topsecret&x=1", "redis://u:topsecret@[::1", "redis://u:topsecret@::1:2",
        "tcp://u:topsecret@h", "redis//u:topsecret@h", "redis://topsecret@h/1?db=2",
        "redis://:topsecret@h:+1", "redis://:topsecret@h/99999999999", "unix://topsecret@rel",
        "exec:redis-server --requirepass 'topsecret",
    ])
    func refusalsDoNotRepeatPasswords(text: String) {
        do {
            _ = try Target(parsing: text)
            Issue.record("'\(text)' was accepted")
        } catch {
            #expect(!error.description.contains("topsecret"), "\(error)")
            #expect(error.description.contains("; ") && !error.description.contains("\n"))
        }
    }

    @Test(arguments: [
        "redis://u:topsecret@h:1/2", "redis://topsecret@h", "unix:///s?password=topsecret&db=1",
        "exec:redis-server --requirepass topsecret --port {port}",
        "exec:x --requirepass=topsecret", "ref:valkey-9.1?requirepass=topsecret&batch=1",
    ])
    func namesOfTargetsHideThePassword(text: String) throws {
        let target = try Target(parsing: text)
        #expect(!target.spelling.contains("topsecret") && target.spelling.contains("***"))
        #expect(!target.label.contains("topsecret"))
        // what is not a password stays
        #expect(target.spelling.prefix(4) == text.prefix(4))
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
