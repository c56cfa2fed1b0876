// `hashmark bench` in the place of redis-benchmark and valkey-benchmark: what a script that calls
// one of those, and reads what it prints, gets here.
import Foundation
import LinuxSystem
import TestSupport
import Testing

/// What a script gets out of `-q` (title, requests per second, p50) or `--csv`: awk, as scripts do
/// it. `-q` lines may be preceded by progress that ends in a carriage return.
private func parse(_ output: String, csv: Bool) throws -> [[String]] {
    let folder = TemporaryFolder()
    try output.write(toFile: folder.file("output"), atomically: true, encoding: .utf8)
    let quiet = #"""
        tr '\r' '\n' < "$1" | awk -F': ' '/ requests per second, p50=/ {
            split($2, rate, " "); split($2, median, "p50="); sub(" msec", "", median[2])
            print $1 "|" rate[1] "|" median[2] }'
        """#
    // Titles may hold commas, the other fields do not: the quotes part them.
    let comma = #"""
        awk -F'","' '{ sub(/^"/, "", $1); sub(/"$/, "", $NF)
            line = $1; for (i = 2; i <= NF; i++) line = line "|" $i; print line }' "$1"
        """#
    let parsed = try RunningProgram(
        ["sh", "-c", csv ? comma : quiet, "sh", folder.file("output")]
    ).finish()
    #expect(parsed.ending == .exited(0))
    return parsed.stdout.split(separator: "\n").map { line in
        line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    }
}

@Suite(.serialized) struct BenchInterfaceTests {
    private func theirs(_ server: RedisServer, _ flags: [String]) throws -> String {
        let output = try RunningProgram(["redis-benchmark", "-p", "\(server.port)"] + flags)
            .finish()
        #expect(output.ending == .exited(0))
        return output.stdout
    }

    private func ours(_ server: RedisServer, _ flags: [String]) throws -> ProgramOutput {
        try RunningProgram([Hashmark.executable, "bench", "-p", "\(server.port)"] + flags).finish()
    }

    /// All tests, in their order, through the same script.
    @Test func aScriptReadsOursUnchanged() throws {
        let server = try RedisServer()
        let flags = ["-n", "500", "-c", "5", "-r", "100", "-P", "4"]
        let quiet = try ours(server, flags + ["-q"])
        #expect(quiet.ending == .exited(0))
        let (mine, other) = (
            try parse(quiet.stdout, csv: false),
            try parse(try theirs(server, flags + ["-q"]), csv: false)
        )
        // Valkey's additions come on top of what redis-benchmark 7.0 has.
        let added = ["MGET (10 keys)", "XADD", "FUNCTION LOAD", "FCALL"]
        #expect(other.count >= 19)
        #expect(mine.map { $0[0] }.filter { !added.contains($0) } == other.map { $0[0] })
        #expect(mine.map { $0[0] }.filter(added.contains) == added)

        let ourRows = try parse(try ours(server, flags + ["--csv"]).stdout, csv: true)
        let theirRows = try parse(try theirs(server, flags + ["--csv"]), csv: true)
        #expect(ourRows.first == theirRows.first)
        #expect(ourRows.map { $0[0] }.filter { !added.contains($0) } == theirRows.map { $0[0] })
        for (rows, others) in [(mine, other), (Array(ourRows.dropFirst()), theirRows)] {
            let decimals = others.last?.dropFirst().map { $0.split(separator: ".").last?.count }
            for row in rows {
                #expect(row.dropFirst().allSatisfy { Double($0).map { $0 >= 0 } == true }, "\(row)")
                #expect(row.dropFirst().map { $0.split(separator: ".").last?.count } == decimals)
            }
        }
    }

    /// The same bytes reach the server: it counts the same calls and holds the same keys.
    @Test func allTestsDoTheSame() throws {
        let (first, second) = (try RedisServer(), try RedisServer())
        let flags = ["-n", "1000", "-c", "5", "-r", "50", "-q"]
        let names =
            "ping,set,get,incr,lpush,rpush,lpop,rpop,sadd,hset,spop,zadd,zpopmin,lrange,mset"
        #expect(try ours(first, flags + ["-t", names]).ending == .exited(0))
        _ = try theirs(second, flags + ["-t", names])
        func state(_ server: RedisServer) throws -> [String] {
            let script = """
                redis-cli -p \(server.port) info commandstats | tr -d '\\r' |
                  sed -n 's/^cmdstat_\\([a-z]*\\):calls=\\([0-9]*\\).*/\\1 \\2/p' |
                  grep -v -e info -e config -e command | sort
                redis-cli -p \(server.port) --scan | sort
                redis-cli -p \(server.port) get key:000000000007
                redis-cli -p \(server.port) lindex mylist 0
                redis-cli -p \(server.port) hget myhash element:000000000007
                """
            let output = try RunningProgram(["sh", "-c", script]).finish()
            #expect(output.ending == .exited(0))
            // Ours asks once whether the server answers.
            return output.stdout.split(separator: "\n").map(String.init)
                .filter { !$0.hasPrefix("ping ") }
        }
        let (mine, other) = (try state(first), try state(second))
        #expect(other.count > 100)
        #expect(mine == other)
    }

    /// Tests that a server lacks are reported and left out.
    @Test func missingCommandsAreSkipped() throws {
        let server = try RedisServer(
            "--rename-command", "ZADD", "", "--rename-command", "LPOP", "")
        let output = try ours(server, ["-n", "100", "-q", "-t", "set,lpop,zadd,zpopmin"])
        #expect(output.ending == .exited(3))  // they were asked for
        #expect(try parse(output.stdout, csv: false).map { $0[0] } == ["SET", "ZPOPMIN"])
        #expect(output.stderr.contains("LPOP skipped: the server has no LPOP"))
        #expect(output.stderr.contains("ZADD skipped: the server has no ZADD"))
        let reference = try Hashmark.start("serve", "--table", "valkey-9.1", "--port", "0")
        var port: String?
        for _ in 0..<500 where port == nil {
            Clock.sleep(milliseconds: 10)
            port = reference.stdout.firstMatch(of: /ready tcp:\/\/127\.0\.0\.1:(\d+)/)
                .map { String($0.1) }
        }
        let all = try Hashmark.run("bench", "-p", try #require(port), "-n", "200", "-q")
        #expect(all.ending == .exited(0))
        let titles = try parse(all.stdout, csv: false).map { $0[0] }
        #expect(titles.starts(with: ["PING_INLINE", "PING_MBULK", "SET", "GET", "INCR"]))
        #expect(all.stderr.contains("skipped: the server has no "))
    }

    /// Every option of redis-benchmark and valkey-benchmark that is not refused is explained.
    @Test func helpNamesEveryOption() throws {
        let help = try Hashmark.run("bench", "--help")
        #expect(help.ending == .exited(0) && help.stderr.isEmpty)
        for option in [
            "-h", "-p", "-s", "-a", "--user", "-u", "-c", "-n", "--duration", "--warmup", "-d",
            "--dbnum", "-3", "--threads", "--enable-tracking", "-k", "-r", "--sequential", "-P",
            "-q", "--precision", "--csv", "-l", "-t", "-I", "-x", "--rps", "--seed",
            "--num-functions", "--num-keys-in-fcall", "--dataset", "--maxdocs", "--help",
            "--version",
        ] {
            #expect(help.stdout.contains(try Regex("[ (]\(option)[ ,)\n]")), "\(option)")
        }
        let version = try Hashmark.run("bench", "-v")
        #expect(version.ending == .exited(0) && version.stdout.hasPrefix("hashmark bench "))
    }

    @Test func longReportHasTheirShape() throws {
        let server = try RedisServer()
        let flags = ["-n", "1000", "-c", "5", "-r", "10", "-t", "set", "--threads", "2", "-k", "1"]
        let (mine, other) = (try ours(server, flags).stdout, try theirs(server, flags))
        func shape(_ text: String) -> [String] {
            text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                String(line.split(separator: "\r").last ?? "")
                    .replacing(/\d+\.(\d+)/) { "#." + String(repeating: "#", count: $0.1.count) }
                    .replacing(/\d{4,}/, with: "####").replacing(#/ {3,}/#, with: "   ")
            }.filter { !$0.contains("cumulative count") }
        }
        #expect(shape(mine) == shape(other))
        #expect(mine.contains("  multi-thread: yes\n  threads: 2\n"))
    }

    /// What is odd and yet allowed is said on stderr; stdout holds results alone.
    @Test func warningsGoToStderr() throws {
        let server = try RedisServer()
        let output = try ours(
            server,
            ["-n", "50", "-c", "2", "-q", "-e", "-k", "0", "--threads", "501", "PING"])
        #expect(output.ending == .exited(0))
        #expect(output.stdout.contains(/^PING: [\d.]+ requests per second, p50=[\d.]+ msec\n$/))
        for text in ["-e has no effect", "tcp_tw_reuse", "501 is too many"] {
            #expect(output.stderr.contains("warning: ") && output.stderr.contains(text), "\(text)")
        }
        let unrandom = try ours(server, ["-n", "50", "-q", "-t", "set"])
        #expect(unrandom.stderr.contains("-r is not given"))
        let keys = try RunningProgram(["redis-cli", "-p", "\(server.port)", "keys", "*"]).finish()
        #expect(keys.stdout == "key:__rand_int__\n")
    }

    @Test func connectionsAreSetUp() throws {
        let server = try RedisServer(
            "--requirepass", "first", "--user", "bob", "on", ">second", "~*", "+@all")
        let folder = TemporaryFolder()
        let refused = try ours(server, ["-q", "-n", "10", "-t", "set"])
        #expect(refused.ending == .exited(1) && refused.stdout.isEmpty)
        for flags in [
            ["-a", "first"], ["--user", "bob", "-a", "second"],
            ["-u", "redis://bob:second@127.0.0.1:\(server.port)/3"],
            ["-u", "valkey://default:first@127.0.0.1:\(server.port)"],
            ["-a", "first", "--dbnum", "5", "-3", "--enable-tracking"],
            ["-a", "first", "--enable-tracking"],
        ] {
            let load = ["-q", "-n", "20", "-r", "9", "-t", "set,get"]
            // -u names the port itself.
            let place = flags[0] == "-u" ? [] : ["-p", "\(server.port)"]
            let output = try RunningProgram(
                [Hashmark.executable, "bench"] + place + load + flags
            ).finish()
            #expect(output.ending == .exited(0), "\(flags): \(output.stderr)")
            #expect(output.stdout.contains("GET: "), "\(flags)")
        }
        let space = try RunningProgram(
            ["redis-cli", "-p", "\(server.port)", "-a", "first", "info", "keyspace"]
        ).finish().stdout
        #expect(space.contains("db0:") && space.contains("db3:") && space.contains("db5:"))
        let local = try RedisServer("--unixsocket", folder.file("socket"))
        let socket = try RunningProgram(
            [Hashmark.executable, "bench", "-s", folder.file("socket"), "-q", "-n", "10"]
                + ["-t", "ping_mbulk"]
        ).finish()
        #expect(socket.ending == .exited(0) && socket.stdout.hasPrefix("PING_MBULK: "))
        local.child.kill()
    }

    @Test func standardInputIsTheLastArgument() throws {
        let server = try RedisServer()
        let script =
            "printf 'from stdin' | \(Hashmark.executable) bench -p \(server.port) -n 10 -q -x set a"
        let output = try RunningProgram(["sh", "-c", script]).finish()
        #expect(output.ending == .exited(0) && output.stdout.hasPrefix("set a: "))
        let value = try RunningProgram(["redis-cli", "-p", "\(server.port)", "get", "a"]).finish()
        #expect(value.stdout == "from stdin\n")
    }

    @Test func datasetsFillFields() throws {
        let server = try RedisServer()
        let folder = TemporaryFolder()
        try "id,name\n1,tea\n2,\"milk, cold\"\n3,\"a \"\"b\"\"\"\n".write(
            toFile: folder.file("d.csv"), atomically: true, encoding: .utf8)
        let data = ["--dataset", folder.file("d.csv"), "-n", "6", "-c", "1"]
        let output = try ours(
            server, data + ["-q", "HSET", "p:__field:id__", "name", "<__field:name__>"])
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let values = try RunningProgram(
            ["sh", "-c", "for i in 1 2 3; do redis-cli -p \(server.port) hget p:$i name; done"]
        ).finish()
        #expect(values.stdout == "<tea>\n<milk, cold>\n<a \"b\">\n")
        for (flags, text) in [
            (data + ["SET", "x", "__field:nothing__"], "no field 'nothing'; it has id, name"),
            (data + ["SET", "x", "y"], "no command names a field"),
            (["--dataset", "/nowhere.csv", "SET", "x", "__field:id__"], "cannot be read"),
        ] {
            let refused = try ours(server, flags)
            #expect(refused.ending == .exited(64) && refused.stderr.contains(text), "\(text)")
        }
    }

    /// `-I` opens connections and says when the server closes them; `-l` goes on until interrupted.
    @Test func endlessModes() throws {
        let server = try RedisServer()
        let idle = try Hashmark.start("bench", "-p", "\(server.port)", "-I", "-c", "7")
        let loop = try Hashmark.start(
            "bench", "-p", "\(server.port)", "-l", "-q", "-n", "100", "-t", "ping_mbulk")
        Clock.sleep(milliseconds: 600)
        let clients = try RunningProgram(
            ["redis-cli", "-p", "\(server.port)", "info", "clients"]
        ).finish().stdout.firstMatch(of: /connected_clients:(\d+)/).flatMap { Int($0.1) }
        #expect((clients ?? 0) >= 8)
        loop.child.signal(SIGINT)
        let looped = loop.finish(seconds: 10)
        #expect(looped.stdout.split(separator: "\n").count > 2)
        #expect(idle.child.ending == nil)
        server.child.kill()
        let ended = idle.finish(seconds: 10)
        #expect(ended.ending == .exited(1))
        #expect(ended.stderr.contains("7 idle connections") && ended.stderr.contains("closed"))
    }
}
