// `hashmark replay --check-against`: workloads, traces and recorded commands on two servers; the
// first reply that differs, how many, and of which commands.
import Foundation
import RunRecord
import TestSupport
import Testing

@Suite(.serialized) struct CheckVerbTests {
    private let folder = TemporaryFolder()

    private func check(_ arguments: String...) throws -> (output: ProgramOutput, record: RunRecord?)
    {
        let json = folder.file("run.json")
        try? FileManager.default.removeItem(atPath: json)
        let output = try RunningProgram(
            [Hashmark.executable, "replay"] + arguments + ["--quiet", "--json", json]
        ).finish()
        return (output, try? RunRecord.read(json))
    }

    private func share(_ record: RunRecord, _ command: String) -> Double? {
        let id = Metric.replyDifference(command: command).id
        return record.results.first { $0.metric == id }?.value
    }

    @Test func serversOfOneMindAgree() throws {
        let (output, record) = try check(
            "get-16x64", "--entries", "500", "--requests", "5000", "--pipeline", "16", "--target",
            "ref:valkey-9.1", "--check-against", "exec:redis-server")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let run = try #require(record)
        #expect(share(run, "all") == 0 && run.incidents.isEmpty)
        #expect(run.results.first?.conditions["checked_against"] == .string("redis-server"))
    }

    @Test func aDifferenceIsTold() throws {
        // Once the fill was read back.
        let faulty =
            "faulty=exec:\(Hashmark.faultyServer) --port {port} --after 1000gets --wrong-value 0.05"
        let (output, record) = try check(
            "get-16x64", "--entries", "500", "--requests", "5000", "--target", faulty,
            "--check-against", "exec:redis-server")
        #expect(output.ending == .exited(3), "\(output.stderr)")
        let run = try #require(record)
        let difference = try #require(share(run, "get"))
        #expect(difference > 0.01 && difference < 0.08 && share(run, "all") == difference)
        let incident = try #require(run.incidents.first)
        #expect(incident.target == "faulty" && incident.of == 5_000)
        #expect(incident.detail.contains("first request"), "\(incident.detail)")
        #expect(output.stderr.contains("GET \""), "\(output.stderr)")
        #expect(output.stderr.contains("instead of"), "\(output.stderr)")
    }

    @Test func aTraceIsComparedInItsOrder() throws {
        let path = try TraceFiles.write(
            TraceFiles.oracleGeneral(3_000) { ($0, TraceFiles.hashed($0 % 97), 80, -1) }, folder,
            "t.oracleGeneral")
        let (output, record) = try check(
            path, "--target", "ref:valkey-9.1", "--check-against", "ref8=ref:valkey-8.1",
            "--connections", "3", "--pipeline", "7")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let run = try #require(record)
        #expect(share(run, "all") == 0)
        #expect(run.results.first?.conditions["trace_format"] == .string("oracleGeneral"))
    }

    /// Own keys and values, several databases, sets in any order, what is drawn and what waits.
    @Test func recordedCommandsAreSentAsTheyStand() throws {
        let text = #"""
            1339518083.107412 [0 127.0.0.1:1] "SADD" "s" "a" "b" "c" "d" "e" "f" "10"
            1339518083.107413 [0 127.0.0.1:1] "SMEMBERS" "s"
            1339518083.107414 [2 127.0.0.1:2] "HSET" "h" "f\x00" "v" "g" "w"
            1339518083.107415 [2 127.0.0.1:2] "HGETALL" "h"
            1339518083.107416 [0 127.0.0.1:1] "SET" "k" "v" "EX" "100"
            1339518083.107417 [0 127.0.0.1:1] "TTL" "k"
            1339518083.107418 [0 127.0.0.1:1] "TIME"
            1339518083.107419 [0 127.0.0.1:1] "MULTI"
            1339518083.107420 [0 127.0.0.1:1] "BLPOP" "nothing" "0"
            1339518083.107421 [0 127.0.0.1:1] "INCR" "h"
            1339518083.107422 [0 127.0.0.1:1] "LPUSH" "k" "x"

            """#
        let path = try TraceFiles.write(Array(text.utf8), folder, "heard.monitor")
        let (output, record) = try check(
            path, "--target", "one=exec:redis-server", "--check-against", "two=exec:redis-server")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let run = try #require(record)
        #expect(share(run, "all") == 0)
        #expect(run.warnings.contains { $0.cause.contains("BLPOP 1, MULTI 1, TIME 1") })
        // A table that holds strings only answers of sets otherwise.
        let (unlike, kept) = try check(
            path, "--target", "ref:compact", "--check-against", "exec:redis-server")
        #expect(unlike.ending == .exited(3))
        #expect(unlike.stderr.contains("first request 1, SADD \"s\""), "\(unlike.stderr)")
        #expect(share(try #require(kept), "sadd") == 1)
    }

    private func command(_ words: String...) -> [UInt8] {
        var all = Array("*\(words.count)\r\n".utf8)
        for word in words { all += Array("$\(word.utf8.count)\r\n\(word)\r\n".utf8) }
        return all
    }

    private func keys(_ server: RedisServer, _ database: Int) throws -> String {
        try RunningProgram(
            ["redis-cli", "-p", "\(server.port)", "-n", "\(database)", "KEYS", "*"]
        ).finish().stdout
    }

    /// Both servers have each key where the record has it; servers that run already as well.
    @Test func selectIsFollowed() throws {
        let bytes = [
            command("SELECT", "0"), command("SET", "zero", "0"), command("SELECT", "3"),
            command("SET", "three", "3"), command("MULTI"), command("SELECT", "7"),
            command("SET", "seven", "7"), command("EXEC"), command("SELECT", "0"),
            command("SET", "nought", "0"),
        ].flatMap { $0 }
        let path = try TraceFiles.write(bytes, folder, "several.aof")
        let (one, other) = (try RedisServer(), try RedisServer())
        let (output, record) = try check(
            path, "--target", "one=\(one.target)", "--check-against", "two=\(other.target)")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        for server in [one, other] {
            #expect(try keys(server, 3) == "three\n")
            #expect(try keys(server, 7) == "seven\n")
            #expect(Set(try keys(server, 0).split(separator: "\n")) == ["zero", "nought"])
        }
        let leftOut = try #require(record).warnings.filter { $0.cause.contains("left out") }
        #expect(leftOut.count == 1 && leftOut[0].cause.contains("EXEC 1, MULTI 1"))
        #expect(!leftOut[0].cause.contains("SELECT"), "\(leftOut[0].cause)")
        // What is there already is the user's.
        _ = try RunningProgram(
            ["redis-cli", "-p", "\(one.port)", "FLUSHDB"]
        ).finish()
        _ = try RunningProgram(
            ["redis-cli", "-p", "\(other.port)", "FLUSHDB"]
        ).finish()
        let (kept, _) = try check(
            path, "--target", "one=\(one.target)", "--check-against", "two=\(other.target)")
        #expect(kept.ending != .exited(0))
        #expect(kept.stderr.contains("1 entries in database 3"), "\(kept.stderr)")
        #expect(try keys(one, 3) == "three\n")
    }

    /// A database that both refuse, and requests that both refuse, are told and not called equal.
    @Test func whatBothRefuseIsTold() throws {
        let wrong = [
            command("SELECT", "0"), command("SET", "k", "v"), command("LPUSH", "k", "a"),
            command("LPUSH", "k", "b"), command("NOSUCH"), command("SELECT", "99"),
            command("SET", "k", "w"),
        ].flatMap { $0 }
        let path = try TraceFiles.write(wrong, folder, "wrong.aof")
        let targets = ["--target", "one=exec:redis-server", "--check-against", "ref:valkey-9.1"]
        let (output, record) = try check(path, targets[0], targets[1], targets[2], targets[3])
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let warnings = try #require(record).warnings.map(\.cause)
        let refused = try #require(warnings.first { $0.contains("refused by both") })
        #expect(
            refused.hasPrefix(
                "4 of 5 requests were refused by both alike: LPUSH 2, NOSUCH 1, SELECT 1; the "
                    + "first: request 3, LPUSH \"k\": the error WRONGTYPE"), "\(refused)")
        #expect(warnings.contains { $0.contains("left out of the comparison: SET 1") })
        let all = try TraceFiles.write(
            command("NOSUCH") + command("NOSUCH", "x"), folder, "all.aof")
        let (none, _) = try check(all, targets[0], targets[1], targets[2], targets[3])
        #expect(none.ending == .exited(3), "\(none.stderr)")
        #expect(none.stderr.contains("refused all 2 requests"), "\(none.stderr)")
    }

    @Test func whatHasNoEffectIsRefused() throws {
        for flag in [["--speed", "2"], ["--no-memory"], ["--on-errors", "ignore"]] {
            let output = try RunningProgram(
                [
                    Hashmark.executable, "replay", "twitter-shaped.csv", "--target",
                    "ref:valkey-9.1", "--check-against", "ref:valkey-8.1",
                ] + flag
            ).finish()
            #expect(output.ending == .exited(64), "\(flag)")
            #expect(output.stderr.contains("has no effect with --check-against"), "\(flag)")
        }
    }
}
