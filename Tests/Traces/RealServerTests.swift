// What a real redis-server wrote, with known contents: its RDB file, its append-only files and what
// it told MONITOR.
import Foundation
import LinuxSystem
import TestSupport
import Testing
import Traces

@Suite struct RealServerTests {
    @Test func itsSnapshotIsReadWhole() throws {
        let known = try KnownServer()
        try known.fill()
        try known.call("SAVE")
        let path = known.folder.file("dump.rdb")
        let reader = try SnapshotReader(path)
        var contents = SnapshotContents()
        while try reader.next(&contents) {}
        #expect(contents.entries.count == 761)
        #expect(reader.software?.hasPrefix("redis ") == true)
        for index in 1...700 {
            let key = "key:" + String("0000\(index)".suffix(5))
            #expect(contents.value(key) == [String(repeating: "v", count: index % 300 + 1)])
            let life = contents.entry(key)?.expiresAt.map {
                Double($0) / 1_000 - Double(reader.writtenAt ?? 0)
            }
            #expect((life != nil) == (index % 3 == 0))
            #expect(life.map { $0 > 3_500 && $0 < 3_602 } != false)
        }
        for index in 1...50 {
            #expect(contents.value("n:\(index)") == ["\(index * 1_000 - 25_000)"])
        }
        #expect(contents.value("long")?[0] == String(repeating: "abc", count: 100_000))
        #expect(contents.entry("long")?.encoding == "lzf")
        #expect(contents.value("list:small") == ["item1", "item2", "item3"])
        #expect(contents.value("list:large") == (1...5_000).map { "item\($0)" })
        #expect(contents.value("list:plain") == [String(repeating: "x", count: 20_000), "y"])
        #expect(
            contents.value("set:numbers").map { Set($0) }
                == Set((1...20).map { "\($0 * 70_000 - 350_000)" }))
        #expect(contents.value("set:large").map { Set($0) } == Set((1...1_000).map { "m\($0)" }))
        let small = ["f=value", "12=-5", "g=" + String(repeating: "z", count: 60)]
        #expect(contents.value("hash:small").map { Set($0) } == Set(small))
        #expect(
            contents.value("hash:large").map { Set($0) } == Set((1...1_000).map { "f\($0)=\($0)" }))
        #expect(contents.value("zset:small").map { Set($0) } == ["m=1.5", "7=-3"])
        #expect(
            contents.value("zset:large").map { Set($0) }
                == Set((1...1_000).map { "m\($0)=\(Double($0) / 4)" }))
        #expect(contents.entry("stream")?.elements == 10)
        // Sizes as the server says them.
        let length = try known.call("STRLEN", "long")
        #expect(contents.entry("long")?.valueSize == UInt64(length.prefix { $0.isNumber }))
    }

    /// The base of a rewrite and what followed, by their manifest; then the same without a base.
    @Test func itsAppendOnlyFilesAreReadAsOne() throws {
        let known = try KnownServer("--appendonly", "yes", "--aof-timestamp-enabled", "yes")
        try known.fill()
        let before = try append(known)
        // Scripts are written as what they did: every command of a string.
        #expect(before.records.count == 751)
        try known.call("BGREWRITEAOF")
        for _ in 0..<500 {
            let info = try known.call("INFO", "persistence")
            if info.contains("aof_rewrite_in_progress:0"),
                info.contains("aof_rewrite_scheduled:0"), info.contains("last_bgrewrite_status:ok"),
                FileManager.default.fileExists(
                    atPath: known.folder.file("appendonlydir/appendonly.aof.2.base.rdb"))
            {
                break
            }
            Clock.sleep(milliseconds: 10)
        }
        try known.call("SET", "after", "12345", "EX", "100")
        try known.call("DEL", "after")
        let after = try append(known)
        let sets = after.records.filter { $0.verb == .set }
        #expect(sets.count == 752 && after.records.count == 753)
        #expect(sets.last?.valueSize == 5)
        let life = (sets.last?.timeToLive ?? 0) / 1_000_000_000
        #expect((98...101).contains(life))
        // Of the base, in its order: the same sizes.
        let sizes = { (records: [TraceRecord]) in records.map(\.valueSize).sorted() }
        #expect(sizes(Array(sets.dropLast())) == sizes(before.records))
        #expect(after.passedOver.contains("keys of type zset"))
    }

    private func append(
        _ known: KnownServer
    ) throws -> (records: [TraceRecord], passedOver: [String]) {
        let reader = try TraceReader(
            known.folder.file("appendonlydir/appendonly.aof.manifest"))
        let records = try readAll(reader)
        return (records, reader.passedOver.map { $0.name })
    }

    @Test func whatRedisCliMonitorWritesIsRead() throws {
        let known = try KnownServer()
        let monitor = try RunningProgram(["redis-cli", "-p", "\(known.server.port)", "monitor"])
        for _ in 0..<1_000 where !monitor.stdout.contains("OK") { Clock.sleep(milliseconds: 5) }
        try known.call("SET", "a \"quoted\"\n\u{1}key", "\\value\t", "PX", "2500")
        try known.call("-n", "3", "GET", "a \"quoted\"\n\u{1}key")
        try known.call("EVAL", "return redis.call('APPEND', KEYS[1], 'xyz')", "1", "k")
        try known.call("HSET", "h", "f", "v")
        for _ in 0..<1_000 where !monitor.stdout.contains("HSET") { Clock.sleep(milliseconds: 5) }
        let text = monitor.stdout
        let path = try TraceFiles.write(Array(text.utf8), known.folder, "recorded")
        let reader = try TraceReader(path)
        #expect(reader.format.name == "monitor")
        let records = try readAll(reader)
        #expect(records.map(\.verb) == [.set, .get, .append], "\(text)")
        #expect(records.map(\.keySize) == [15, 15, 1] && records.map(\.valueSize) == [7, 0, 3])
        #expect(records.first?.timeToLive == 2_500_000_000)
        #expect(reader.passedOver.map { $0.name }.contains("hset"))
    }
}
