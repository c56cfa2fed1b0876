// Formats of other tools, made byte by byte from their layouts: columns by options, memtier's data,
// Dragonfly's traffic log; torn and damaged ones.
import Distributions
import Foundation
import TestSupport
import Testing
import Traces

private func columns(
    _ text: String, _ options: String, skipsDamaged: Bool = false
) throws -> TraceReader {
    try TraceReader(
        "x.txt", contents: Array(text.utf8), format: TraceFormats.parsed(options),
        skipsDamaged: skipsDamaged)
}

@Suite struct ColumnTraceTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func optionsSayWhichColumnIsWhat() throws {
        let reader = try columns(
            "when;who;what;size\n10;x;77;100\n10.5;y; 78 ;200\r\n12;z;77;100",
            "csv:time-col=1,delimiter=;,obj-id-col=3,obj-size-col=4,has-header=true,"
                + "obj-id-is-num=true")
        let records = try readAll(reader)
        #expect(records.map(\.key) == [77, 78, 77])
        #expect(records.map(\.time) == [10, 10, 12].map { $0 * Self.second })
        #expect(records.map(\.valueSize) == [100, 200, 100])
        #expect(records.allSatisfy { $0.keySize == 0 && $0.verb == .get })
        #expect(reader.format.name == "csv")
    }

    @Test(arguments: [
        ("a,b\n1,k\n", "csv:delimiter=,,obj-id-col=2,has-header=1"),
        ("1\tk\n", "csv:obj-id-col=2,delimiter=\\t"), ("1,k", "CSV:obj-id-col=2"),
    ])
    func delimitersMayBeCommas(text: String, options: String) throws {
        let records = try readAll(columns(text, options))
        #expect(records.count == 1 && records[0].valueSize == 1 && records[0].time == 0)
    }

    @Test(arguments: [
        ("csv", "which column"), ("csv:time-col=1", "which column"),
        ("csv:obj-id-col=0", "no column"), ("csv:obj-id-col=9223372036854775807", "no column"),
        ("csv:obj-id-col=1,size=2", "no option `size`"), ("csv:obj-id-col=1,delimiter=", "is none"),
        ("csv:obj-id-col=1,delimiter=ab", "more follows"), ("twitter:x", "no options"),
        ("csv:obj-id-col=1,has-header=maybe", "neither yes nor no"), ("cvs", "no format `cvs`"),
    ])
    func optionsThatMeanNothingAreRefused(text: String, words: String) {
        let error = #expect(throws: TraceFormatError.self) { try TraceFormats.parsed(text) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test func damagedLinesHaveTheirNumber() throws {
        let text = "1,a\n2\nx,c\n4,\n5,e\n"
        let options = "csv:time-col=1,obj-id-col=2"
        let strict = try columns(text, options)
        #expect(failure(strict)?.place == .line(2))
        let lenient = try columns(text, options, skipsDamaged: true)
        #expect(try readAll(lenient).map(\.time) == [1, 5].map { $0 * Self.second })
        #expect(lenient.damagedCount == 3)
    }
}

@Suite struct MemtierTraceTests {
    private static let heading =
        "dumpflags, time, exptime, nbytes, nsuffix, it_flags, clsid, nkey, key, data\n"

    private func line(_ key: String, _ data: String, expiry: Int = 0) -> String {
        "1, 1000, \(expiry), \(data.utf8.count + 2), 0, 0, 1, \(key.utf8.count), \(key), \(data)\n"
    }

    @Test func itemsAreSets() throws {
        let long = String(repeating: "d,\r\n", count: 500_000)
        let text =
            Self.heading + line("abc", "hello") + line("k,ey", "", expiry: 1_060)
            + line("long", long) + line("abc", "x\ny", expiry: 900)
        let folder = TemporaryFolder()
        let path = try TraceFiles.write(Array(text.utf8), folder, "items.csv")
        let reader = try TraceReader(path)
        #expect(reader.format.name == "memtier")
        let records = try readAll(reader)
        #expect(records.map(\.valueSize) == [5, 0, 2_000_000, 3])
        #expect(records.map(\.keySize) == [3, 4, 4, 3])
        #expect(records.map { $0.timeToLive / 1_000_000_000 } == [0, 60, 0, 0])
        #expect(records[0].key == records[3].key && records.allSatisfy { $0.verb == .set })
    }

    @Test func damageIsSaidAndPassed() throws {
        let text =
            Self.heading + line("a", "1") + "1, 2, 3\n"
            + "1, 0, 0, 1, 0, 0, 1, 1, k, v\n" + "1, 0, 0, 9, 0, 0, 1, 9, short, v\n"
            + line("b", "2") + "1, 0, 0, 900, 0, 0, 1, 1, c, torn"
        let strict = try opened(Array(text.utf8), "memtier")
        #expect(failure(strict)?.place == .line(3))
        let lenient = try opened(Array(text.utf8), "memtier", skipsDamaged: true)
        #expect(try readAll(lenient).count == 3)
        #expect(lenient.damagedCount == 4)
    }
}

@Suite struct DragonflyTraceTests {
    private func record(
        _ time: UInt64, _ words: [String], database: UInt32 = 0
    ) -> [UInt8] {
        var bytes = TraceFiles.bytes(UInt32(7))
        bytes += TraceFiles.bytes(time)
        bytes += TraceFiles.bytes(database)
        bytes += TraceFiles.bytes(UInt32(0))
        bytes += TraceFiles.bytes(UInt32(words.count))
        for word in words { bytes += TraceFiles.bytes(UInt32(word.utf8.count)) }
        for word in words { bytes += Array(word.utf8) }
        return bytes
    }

    private let long = String(repeating: "v", count: 3 << 20)

    private var records: [UInt8] {
        record(1_000, ["SET", "k", "value", "EX", "5"]) + record(2_500, ["GET", "k"], database: 2)
            + record(3_000, ["HSET", "h", "f", ""]) + record(4_000, ["SET", "long", long])
            + record(5_000, ["DEL", "k"])
    }

    @Test(arguments: [[3, 0], [2]] as [[UInt8]])
    func requestsAreRead(head: [UInt8]) throws {
        let folder = TemporaryFolder()
        let path = try TraceFiles.write(head + records, folder, "dump-000.bin")
        let reader = try TraceReader(path)
        #expect(reader.format.name == "dragonfly")
        let found = try readAll(reader)
        #expect(found.map(\.verb) == [.set, .get, .set, .delete])
        #expect(found.map(\.time) == [1_000, 2_500, 4_000, 5_000])
        #expect(found.map(\.valueSize) == [5, 0, 3 << 20, 0])
        #expect(found[0].timeToLive == 5_000_000_000 && found[0].key == found[3].key)
        #expect(found[0].key != found[1].key)
        #expect(reader.passedOver.map { $0.name } == ["hset"])
        // The same as commands, whole.
        let commands = try readAllCommands(TraceReader(path))
        #expect(commands.map(\.database) == [0, 2, 0, 0, 0])
        #expect(commands[3].arguments[2] == Array(long.utf8))
        #expect(commands[2].arguments.count == 4 && commands[2].arguments[3].isEmpty)
    }

    @Test func damageEndsTheReading() throws {
        var bytes: [UInt8] = [3, 0]
        bytes += record(1, ["GET", "k"])
        let first = bytes.count
        bytes += record(2, ["GET", "k"])
        // Too many arguments.
        bytes[first + 23] = 0xff
        let strict = try opened(bytes, "dragonfly")
        #expect(failure(strict)?.place == .record(2, offset: UInt64(first)))
        let lenient = try opened(bytes, "dragonfly", skipsDamaged: true)
        #expect(try readAll(lenient).count == 1)
        #expect(lenient.damagedCount == 1)
        let other = try opened([9] + records, "dragonfly")
        #expect(failure(other)?.problem.contains("version 9") == true)
    }

    @Test func everyTruncationIsSaid() throws {
        let one = record(1, ["SET", "k", "v"])
        let bytes = [3, 0] + one + one
        for length in 3..<bytes.count where length != 2 + one.count {
            let reader = try opened(Array(bytes.prefix(length)), "dragonfly")
            #expect(failure(reader) != nil, "\(length)")
        }
    }

    /// Whatever the bytes, it ends, and in bounds.
    @Test func noiseIsSurvived() throws {
        var random = Xoshiro256PlusPlus(seed: 5)
        let start: [UInt8] = [3, 0] + record(1, ["SET", "k", "v"]) + record(2, ["GET", "k"])
        for _ in 0..<2_000 {
            var bytes = start
            for _ in 0..<3 {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(
                    truncatingIfNeeded: random.next())
            }
            let reader = try opened(bytes, "dragonfly", skipsDamaged: true)
            _ = try? readAll(reader)
            #expect(reader.recordCount <= 2)
        }
    }
}
