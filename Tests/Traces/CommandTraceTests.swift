// Append-only files and MONITOR's text, made byte by byte: what each command becomes, times,
// several files as one; torn, damaged and mutated ones.
import Distributions
import Foundation
import TestSupport
import Testing
import Traces

/// A command as RESP.
func request(_ words: String...) -> [UInt8] {
    var all = Array("*\(words.count)\r\n".utf8)
    for word in words { all += Array("$\(word.utf8.count)\r\n\(word)\r\n".utf8) }
    return all
}

@Suite struct CommandTraceTests {
    private let folder = TemporaryFolder()

    private func names(_ records: [TraceRecord], _ reader: TraceReader) -> [String] {
        records.map { reader.format.operations[Int($0.operation)].name }
    }

    private static let second: UInt64 = 1_000_000_000

    // MARK: append-only files

    private static let commands: [[UInt8]] = [
        request("SELECT", "0"), request("SET", "k", "value"),
        request("set", "k", "v", "px", "1500"),
        request("MSET", "a", "1", "bb", "22"), request("DEL", "a", "bb"), request("INCR", "n"),
        request("MULTI"), request("APPEND", "k", "more"), request("EXEC"),
        request("HSET", "h", "f", "v"), request("HSET", "h", "g", "w"),
        request("SET", "k", "v", "EX", "10", "NX"), request("SETEX", "k", "60", "four"),
        request("PEXPIRE", "k", "2000"), request("RPUSH", "l", "x"), request("EXPIRE", "k", "0"),
    ]

    @Test(arguments: [1, 2, 64]) func commandsBecomeRecords(block: Int) throws {
        let reader = try opened(Self.commands.flatMap { $0 }, "aof")
        let records = try readAll(reader, block: block)
        #expect(
            names(records, reader) == [
                "set", "set", "mset", "mset", "del", "del", "incr", "append", "set", "setex",
                "pexpire",
            ])
        #expect(
            records.map(\.verb) == [
                .set, .set, .set, .set, .delete, .delete, .increment, .append, .setIfAbsent, .set,
                .expire,
            ])
        #expect(records.map(\.keySize) == [1, 1, 1, 2, 1, 2, 1, 1, 1, 1, 1])
        #expect(records.map(\.valueSize) == [5, 1, 1, 2, 0, 0, 0, 4, 1, 4, 0])
        let lives = records.map { $0.timeToLive / 1_000_000 }
        #expect(lives == [0, 1_500, 0, 0, 0, 0, 0, 0, 10_000, 60_000, 2_000])
        #expect(records[0].key == records[1].key && records[2].key == records[4].key)
        let passed = reader.passedOver.map { "\($0.name) \($0.count)" }
        #expect(passed == ["hset 2", "expire 1", "rpush 1"])
        #expect(records.allSatisfy { $0.time == 0 })
    }

    @Test func databasesHaveKeysOfTheirOwn() throws {
        let bytes = [
            request("SET", "k", "v"), request("SELECT", "5"), request("SET", "k", "v"),
            request("SELECT", "0"), request("GET", "k"),
        ].flatMap { $0 }
        let keys = try readAll(opened(bytes, "aof")).map(\.key)
        #expect(keys.count == 3 && keys[0] != keys[1] && keys[0] == keys[2])
    }

    @Test func annotationsAreTheClock() throws {
        let moment = "1700000100000"
        let bytes = [
            request("PEXPIREAT", "k", moment), Array("#TS:1700000000\r\n".utf8),
            request("SET", "k", "v", "PXAT", moment),
            Array("#TS:1700000040\r\n#other\r\n".utf8), request("PEXPIREAT", "k", moment),
        ].flatMap { $0 }
        let reader = try opened(bytes, "aof")
        let records = try readAll(reader)
        #expect(records.map(\.time) == [0, 40 * Self.second])
        #expect(records.map(\.timeToLive) == [100 * Self.second, 60 * Self.second])
        // Without a clock nobody knows how far off a moment is.
        #expect(reader.passedOver.map { $0.name } == ["pexpireat"])
    }

    /// Values longer than what lies in memory at once, among others.
    @Test func longValuesArePassed() throws {
        let long = String(repeating: "x", count: 3 << 20)
        let bytes = [
            request("SET", "a", long), request("SET", "b", String(long.prefix(65_536))),
            request("SET", "c", String(long.prefix(65_537)), "EX", "5"),
            request("APPEND", "d", long),
        ].flatMap { $0 }
        let records = try readAll(opened(bytes, "aof"))
        #expect(records.map(\.valueSize) == [3 << 20, 65_536, 65_537, 3 << 20])
        #expect(records[2].timeToLive == 5 * Self.second)
    }

    private var snapshot: RDBFile {
        var file = RDBFile()
        file.addField("ctime", "1700000000")
        file.add([0xfc] + TraceFiles.bytes(Int64(1_700_000_007_000)))
        file.add(0, "k", RDBFile.string("snapshot"))
        file.add(2, "s", RDBFile.strings(["m"]))
        return file
    }

    @Test func aSnapshotMayComeFirst() throws {
        let bytes = snapshot.finished() + request("SET", "k", "v", "PXAT", "1700000003000")
        let path = try TraceFiles.write(bytes, folder, "appendonly.aof")
        let reader = try TraceReader(path)
        let records = try readAll(reader)
        #expect(reader.format.name == "aof")
        #expect(records.map(\.valueSize) == [8, 1] && records[0].key == records[1].key)
        #expect(records.map(\.timeToLive) == [7 * Self.second, 3 * Self.second])
        #expect(reader.passedOver.map { $0.name } == ["keys of type set"])
    }

    @Test func aManifestNamesTheFiles() throws {
        _ = try TraceFiles.write(snapshot.finished(), folder, "a.aof.1.base.rdb")
        _ = try TraceFiles.write(request("SET", "x", "1"), folder, "a.aof.1.incr.aof")
        _ = try TraceFiles.write(request("SET", "y", "22"), folder, "a aof.2.incr.aof")
        let manifest = """
            # a comment
            file "a aof.2.incr.aof" seq 2 type i
            file a.aof.0.incr.aof seq 0 type h
            file a.aof.1.base.rdb seq 1 type b
            file a.aof.1.incr.aof seq 1 type i

            """
        let path = try TraceFiles.write(Array(manifest.utf8), folder, "a.aof.manifest")
        let reader = try TraceReader(path)
        #expect(try readAll(reader).map(\.valueSize) == [8, 1, 2])
        #expect(reader.progress?.position == reader.progress?.size)
        for (text, problem) in [
            ("file ../a seq 1 type i\n", "is no `file"), ("file a seq 1 type i\nrubbish\n", ":2"),
            ("", "names no file"), ("file none.aof seq 1 type i\n", "none.aof: cannot be read"),
        ] {
            _ = try TraceFiles.write(Array(text.utf8), folder, "a.aof.manifest")
            let error = #expect(throws: TraceError.self) { try TraceReader(path) }
            #expect("\(try #require(error))".contains(problem), "\(text)")
        }
    }

    @Test func everyTornTailHasItsOffset() throws {
        let bytes = Self.commands.flatMap { $0 }
        let ends = Self.commands.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
        for length in 1..<bytes.count {
            let cut = Array(bytes.prefix(length))
            let whole = ends.lastIndex { $0 <= length } ?? 0
            let error = failure(try opened(cut, "aof"))
            if ends[whole] == length {
                #expect(error == nil || error?.place == .file, "\(length)")
                continue
            }
            #expect(error?.place == .record(UInt64(whole) + 1, offset: UInt64(ends[whole])))
            guard whole > 1 else { continue }
            let skipping = try opened(cut, "aof", skipsDamaged: true)
            #expect(failure(skipping) == nil && skipping.damagedCount == 1)
        }
    }

    @Test func damagedCommandsEndAtTheNext() throws {
        let good = request("SET", "k", "v")
        for bad in [
            "garbage\r\n", "*2\r\n$3\r\nGETX\r\n$1\r\nk\r\n", "*1\r\n$9999999999\r\n", "*0\r\n",
        ] {
            let bytes = [good, Array(bad.utf8), good, good].flatMap { $0 }
            let error = failure(try opened(bytes, "aof"))
            #expect(error?.place == .record(2, offset: UInt64(good.count)), "\(bad)")
            let skipping = try opened(bytes, "aof", skipsDamaged: true)
            #expect(try readAll(skipping).count == 3 && skipping.damagedCount == 1, "\(bad)")
        }
    }

    // MARK: MONITOR

    private static let monitored = """
        OK
        1700000000.000001 [0 127.0.0.1:50000] "SET" "k" "a\\"b\\\\\\n\\x00\\xffz" "EX" "5"
        +1700000000.500000 [3 unix:/tmp/s] "get" "k"
        1700000001.000000 [0 lua] "incr" "n"
        1700000001.000000 [0 127.0.0.1:50000] "evalsha" "abc" "0"
        [ proxy49 ] 1700000002.000000 [0 [::1]:4] "MGET" "a" "b" "c"
        1700000002.250000 [0 127.0.0.1:50000] "HGETALL" "h"
        1700000003.000000 [0 127.0.0.1:50000] "EXPIREAT" "k" "1700000010"
        1700000003.000000 [0 127.0.0.1:50000] "PING"

        """

    @Test(arguments: [1, 2, 64]) func linesBecomeRecords(block: Int) throws {
        for text in [Self.monitored, Self.monitored.replacing("\n", with: "\r\n")] {
            let path = try TraceFiles.write(Array(text.utf8), folder, "commands.txt")
            let reader = try TraceReader(path)
            #expect(reader.format.name == "monitor")
            let records = try readAll(reader, block: block)
            #expect(
                names(records, reader) == [
                    "set", "get", "incr", "mget", "mget", "mget", "expireat",
                ])
            #expect(records.map(\.valueSize) == [8, 0, 0, 0, 0, 0, 0])
            #expect(records[0].timeToLive == 5 * Self.second)
            #expect(records[6].timeToLive == 7 * Self.second)
            #expect(
                records.map { ($0.time - records[0].time) / 1_000 }.prefix(4) == [
                    0, 499_999, 999_999, 1_999_999,
                ])
            #expect(records[0].key == records[6].key && records[0].key != records[1].key)
            #expect(reader.passedOver.map { $0.name } == ["hgetall"])
        }
    }

    /// A key is its bytes, however it was written down.
    @Test func keysOfAllFormatsAreTheSame() throws {
        let line = "1700000000.000001 [0 h:1] \"GET\" \"\\x6b\\xc3\\xa4\"\n"
        let monitored = try readAll(opened(Array(line.utf8), "monitor"))
        #expect(try readAll(opened(request("GET", "kä"), "aof"))[0].key == monitored[0].key)
    }

    @Test(arguments: [
        ("1700000000.1 [0 h:1] \"GET\" \"k\"", "no time"), ("garbage", "no time"),
        ("1700000000.000001 [0 h:1] \"GET\" \"k", "not in quotes"),
        ("1700000000.000001 [0 h:1] \"GET\" k", "not in quotes"),
        ("1700000000.000001 [0 h:1] \"GET\" \"k\\", "not in quotes"),
        ("1700000000.000001 [0 h:1] \"GET\" \"\\x1\"", "not in quotes"),
        ("99999999999.000001 [0 h:1] \"GET\" \"k\"", "no time"),
    ])
    func damagedLinesHaveTheirNumber(line: String, problem: String) throws {
        let good = "1700000000.000001 [0 h:1] \"GET\" \"k\""
        let bytes = Array([good, line, good].joined(separator: "\n").utf8)
        let error = failure(try opened(bytes, "monitor"))
        #expect(error?.place == .line(2) && error?.problem.contains(problem) == true)
        let skipping = try opened(bytes, "monitor", skipsDamaged: true)
        #expect(try readAll(skipping).count == 2 && skipping.damagedCount == 1)
    }

    @Test func endlessLinesNeedNoMemory() throws {
        let good = Array("1700000000.000001 [0 h:1] \"GET\" \"k\"\n".utf8)
        let text = String(repeating: "a", count: 3 << 20)
        let long = Array("1700000000.000001 [0 h:1] \"SET\" \"k\" \"\(text)\"\n".utf8)
        let bytes = good + long + good
        #expect(failure(try opened(bytes, "monitor"))?.place == .line(2))
        #expect(try readAll(opened(bytes, "monitor", skipsDamaged: true)).count == 2)
    }

    // MARK: noise

    @Test(arguments: ["aof", "monitor", "meta", "rdb"])
    func mutationsEndOrAreLeftOut(format: String) throws {
        let bytes: [UInt8] =
            switch format {
            case "aof": snapshot.finished() + Self.commands.flatMap { $0 }
            case "monitor": Array(Self.monitored.utf8)
            case "meta": Array("key,op,size,op_count,key_size\nab,GET,5,3,4\ncd,SET,7,1,2\n".utf8)
            default: snapshot.finished()
            }
        var random = Xoshiro256PlusPlus(seed: 5)
        for round in 0..<2_500 {
            var bent = bytes
            for _ in 0...Int(random.next() % 3) {
                let place = Int(random.next() % UInt64(bent.count))
                switch random.next() % 3 {
                case 0: bent[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bent[place] ^= 1 << UInt8(random.next() % 8)
                default: bent.remove(at: place)
                }
            }
            let reader = try opened(bent, format, skipsDamaged: round.isMultiple(of: 2))
            let block = UnsafeMutableBufferPointer<TraceRecord>.allocate(capacity: 16)
            block.initialize(repeating: TraceRecord())
            defer { block.deallocate() }
            var blocks = 0
            // A count of Meta's may ask for very many equal records.
            while blocks < 1_000, let count = try? reader.read(block), count > 0 { blocks += 1 }
            #expect(blocks < 1_000 || format == "meta")
        }
    }
}
