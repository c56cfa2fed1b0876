// Commands whole, with their keys and values: of append-only files with long arguments and a
// snapshot before them, of MONITOR's text, of RDB files; damaged ones.
import Foundation
import TestSupport
import Testing
import Traces

private func words(_ commands: [LoggedCommand]) -> [String] {
    commands.map { command in
        command.arguments.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }
}

@Suite struct CommandLogTests {
    @Test func everyArgumentIsThere() throws {
        let bytes = [
            request("SELECT", "3"), request("SET", "k", "v", "PX", "5"), request("PING"),
            request("MSET", "a", "1", "b", "2"), request("HSET", "h", "f", ""),
        ].flatMap { $0 }
        let reader = try opened(bytes, "aof")
        #expect(reader.hasCommands)
        let commands = try readAllCommands(reader)
        #expect(
            words(commands) == ["SELECT 3", "SET k v PX 5", "PING", "MSET a 1 b 2", "HSET h f "])
        #expect(commands.map(\.database) == [3, 3, 3, 3, 3])
        #expect(reader.recordCount == 5)
    }

    /// What is kept of an argument at once, a byte more, and more than lies in memory.
    @Test(arguments: [65_535, 65_536, 65_537, 65_538, 1 << 20, 3 << 20])
    func longArgumentsAreWhole(length: Int) throws {
        let long = String(repeating: "abcdefgh\n", count: length / 9 + 1).prefix(length)
        let bytes = request("SET", "k", String(long)) + request("APPEND", String(long), "x")
        let commands = try readAllCommands(opened(bytes, "aof"))
        #expect(commands.map(\.arguments.count) == [3, 3])
        #expect(commands[0].arguments[2] == Array(long.utf8))
        #expect(commands[1].arguments[1] == Array(long.utf8))
    }

    @Test func manyCommandsComeInPieces() throws {
        let bytes = (0..<5_000).flatMap { request("SET", "key:\($0)", "value") }
        let commands = try readAllCommands(opened(bytes, "aof"))
        #expect(commands.count == 5_000)
        #expect(words(commands)[4_999] == "SET key:4999 value")
    }

    private var snapshot: [UInt8] {
        var file = RDBFile()
        file.add([0xfc] + TraceFiles.bytes(Int64(1_700_000_007_000)))
        file.add(0, "k", RDBFile.string("v"))
        file.add(1, "l", RDBFile.strings(["a", "b"]))
        file.add([0xfc] + TraceFiles.bytes(Int64(1_700_000_009_000)))
        file.add(4, "h", RDBFile.strings(["f", "1"], per: 2))
        return file.finished()
    }

    @Test(arguments: ["rdb", "aof"]) func aSnapshotBecomesCommands(format: String) throws {
        let bytes = snapshot + (format == "aof" ? request("DEL", "k") : [])
        let commands = words(try readAllCommands(opened(bytes, format)))
        let entries = [
            "SET k v PXAT 1700000007000", "RPUSH l a b", "HSET h f 1",
            "PEXPIREAT h 1700000009000",
        ]
        #expect(commands == entries + (format == "aof" ? ["DEL k"] : []))
    }

    @Test func whatMonitorSaysIsUnescaped() throws {
        let text = #"""
            OK
            1339518083.107412 [5 127.0.0.1:60866] "set" "a\x00b" "\"\r\n\\"
            1339518083.107413 [0 lua] "get" "x"

            """#
        let reader = try opened(Array(text.utf8), "monitor")
        let commands = try readAllCommands(reader)
        #expect(commands.map(\.database) == [5, 0])
        #expect(
            commands[0].arguments == [
                Array("set".utf8), Array("a\0b".utf8), Array("\"\r\n\\".utf8),
            ])
    }

    @Test func damageTakesOneCommandAlone() throws {
        let bytes =
            request("SET", "a", "1") + Array("*2\r\n$3\r\nGETX\r\n".utf8)
            + request("SET", "b", "2") + Array(request("SET", "c", "3").dropLast(4))
        let reader = try opened(bytes, "aof", skipsDamaged: true)
        #expect(words(try readAllCommands(reader)) == ["SET a 1", "SET b 2"])
        #expect(reader.damagedCount == 2)
        let strict = try opened(bytes, "aof")
        #expect(words(try strict.commands()) == ["SET a 1"])
        #expect(throws: TraceError.self) { try strict.commands() }
    }

    @Test func otherFormatsHaveNone() throws {
        let bytes = TraceFiles.oracleGeneral(3) { ($0, 7, 100, -1) }
        let reader = try opened(bytes, "oracleGeneral")
        #expect(!reader.hasCommands)
        #expect(try reader.commands().isEmpty)
    }
}
