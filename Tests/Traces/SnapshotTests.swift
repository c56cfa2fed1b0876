// RDB files of every type and encoding, made byte by byte; damaged, cut off and mutated ones.
import Distributions
import Foundation
import TestSupport
import Testing
import Traces

/// Everything that a snapshot tells.
struct SnapshotContents: SnapshotVisitor {
    var wantsContents = true
    private(set) var entries: [SnapshotEntry] = []
    private(set) var keys: [String] = []
    /// Elements of each entry; a pair as `field=value`.
    private(set) var values: [[String]] = []

    mutating func begin(_ entry: SnapshotEntry, key: UnsafeRawBufferPointer) {
        keys.append(String(decoding: key, as: UTF8.self))
        values.append([])
    }

    mutating func element(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer?) {
        let partner = second.map { "=" + String(decoding: $0, as: UTF8.self) } ?? ""
        values[values.count - 1].append(String(decoding: first, as: UTF8.self) + partner)
    }

    mutating func end(_ entry: SnapshotEntry) { entries.append(entry) }

    func value(_ key: String) -> [String]? { keys.firstIndex(of: key).map { values[$0] } }
    func entry(_ key: String) -> SnapshotEntry? { keys.firstIndex(of: key).map { entries[$0] } }
}

func readSnapshot(
    _ bytes: [UInt8], skipsDamaged: Bool = false, wantsContents: Bool = true
) throws -> (contents: SnapshotContents, reader: SnapshotReader) {
    let reader = try SnapshotReader("x.rdb", contents: bytes, skipsDamaged: skipsDamaged)
    var contents = SnapshotContents()
    contents.wantsContents = wantsContents
    while try reader.next(&contents) {}
    return (contents, reader)
}

struct SnapshotFixture: CustomTestStringConvertible, Sendable {
    let type: UInt8
    var magic = "REDIS0011"
    let body: [UInt8]
    let kind: SnapshotEntry.Kind
    let encoding: String
    let elements: [String]
    let bytes: Int

    var testDescription: String { "\(magic) type \(type) \(encoding)" }

    static let all: [SnapshotFixture] = strings + packed + zipped + plain + hashes

    private static let strings = [
        SnapshotFixture(
            type: 0, body: RDBFile.string("value"), kind: .string, encoding: "raw",
            elements: ["value"], bytes: 5),
        SnapshotFixture(
            type: 0, body: [0xc0, 0xfe], kind: .string, encoding: "int", elements: ["-2"],
            bytes: 2),
        SnapshotFixture(
            type: 0, body: [0xc1, 0x39, 0x30], kind: .string, encoding: "int",
            elements: ["12345"], bytes: 5),
        SnapshotFixture(
            type: 0, body: [0xc2, 0, 0, 0, 0x80], kind: .string, encoding: "int",
            elements: ["-2147483648"], bytes: 11),
        // "abc", a copy of ten bytes from three before, "!"
        SnapshotFixture(
            type: 0, body: [0xc3, 9, 14, 2, 0x61, 0x62, 0x63, 0xe0, 1, 2, 0, 0x21],
            kind: .string, encoding: "lzf", elements: ["abcabcabcabca!"], bytes: 14),
    ]

    private static let packed = [
        SnapshotFixture(
            type: 16,
            body: RDBFile.string(
                RDBFile.listpack([
                    RDBFile.packed("field"), RDBFile.packed(String(repeating: "v", count: 200)),
                ])), kind: .hash, encoding: "listpack",
            elements: ["field=" + String(repeating: "v", count: 200)], bytes: 205),
        SnapshotFixture(
            type: 17,
            body: RDBFile.string(RDBFile.listpack([RDBFile.packed("a"), [7]])), kind: .zset,
            encoding: "listpack", elements: ["a=7"], bytes: 1),
        SnapshotFixture(
            type: 20,
            body: RDBFile.string(
                RDBFile.listpack([
                    [0xdf, 0xff], [0xf1, 0x00, 0x80], [0xf2, 0xff, 0xff, 0x7f],
                    [0xf3, 0, 0, 0, 0x80], [0xf4, 1, 0, 0, 0, 0, 0, 0, 0], [0x7f],
                ])), kind: .set, encoding: "listpack",
            elements: ["-1", "-32768", "8388607", "-2147483648", "1", "127"], bytes: 30),
        SnapshotFixture(
            type: 18,
            body: joined(
                [2, 1], RDBFile.string("large"), [2],
                RDBFile.string(RDBFile.listpack([[5], RDBFile.packed("x")]))), kind: .list,
            encoding: "quicklist", elements: ["large", "5", "x"], bytes: 7),
        SnapshotFixture(
            type: 11,
            body: RDBFile.string(
                joined(
                    [4, 0, 0, 0], [2, 0, 0, 0], TraceFiles.bytes(Int32(-70_000)), [5, 0, 0, 0])),
            kind: .set,
            encoding: "intset", elements: ["-70000", "5"], bytes: 7),
    ]

    private static let zipped = [
        SnapshotFixture(
            type: 10,
            body: RDBFile.string(
                RDBFile.ziplist([
                    RDBFile.zipped("one"), [0xf1], [0xfd], [0xfe, 0x80], [0xc0, 0xff, 0x7f],
                    [0xf0, 0, 0, 0x80], [0xd0, 1, 0, 0, 0], [0xe0, 0, 0, 0, 0, 1, 0, 0, 0],
                    [0x40, 2, 0x68, 0x69], [0x80, 0, 0, 0, 1, 0x7a],
                ])), kind: .list, encoding: "ziplist",
            elements: [
                "one", "0", "12", "-128", "32767", "-8388608", "1", "4294967296", "hi", "z",
            ], bytes: 37),
        SnapshotFixture(
            type: 13, body: RDBFile.string(RDBFile.ziplist([RDBFile.zipped("f"), [0xf3]])),
            kind: .hash, encoding: "ziplist", elements: ["f=2"], bytes: 2),
        SnapshotFixture(
            type: 12, body: RDBFile.string(RDBFile.ziplist([RDBFile.zipped("m"), [0xf3]])),
            kind: .zset, encoding: "ziplist", elements: ["m=2"], bytes: 1),
        SnapshotFixture(
            type: 14,
            body: joined([1], RDBFile.string(RDBFile.ziplist([RDBFile.zipped("i")]))),
            kind: .list, encoding: "quicklist", elements: ["i"], bytes: 1),
        SnapshotFixture(
            type: 9,
            body: RDBFile.string([1, 3, 0x66, 0x6f, 0x6f, 2, 1, 0x68, 0x69, 0, 0xff]),
            kind: .hash, encoding: "zipmap", elements: ["foo=hi"], bytes: 5),
    ]

    private static let plain = [
        SnapshotFixture(
            type: 1, body: RDBFile.strings(["a", "bc"]), kind: .list, encoding: "linkedlist",
            elements: ["a", "bc"], bytes: 3),
        SnapshotFixture(
            type: 2, body: RDBFile.strings(["m"]), kind: .set, encoding: "hashtable",
            elements: ["m"], bytes: 1),
        SnapshotFixture(
            type: 4, body: RDBFile.strings(["f", "v", "g", "w"], per: 2), kind: .hash,
            encoding: "hashtable", elements: ["f=v", "g=w"], bytes: 4),
        SnapshotFixture(
            type: 3,
            body: joined(
                [3], RDBFile.string("m"), RDBFile.string("1.5"), RDBFile.string("n"), [254],
                RDBFile.string("o"), [255]), kind: .zset, encoding: "skiplist",
            elements: ["m=1.5", "n=inf", "o=-inf"], bytes: 3),
        SnapshotFixture(
            type: 5,
            body: joined([1], RDBFile.string("m"), TraceFiles.bytes((2.5).bitPattern)),
            kind: .zset, encoding: "skiplist", elements: ["m=2.5"], bytes: 1),
        SnapshotFixture(
            type: 7,
            body: joined(
                [0x81, 9, 9, 9, 9, 9, 9, 9, 9], [2, 5], [5], RDBFile.string("module"), [4],
                zeros(8), [0]), kind: .module, encoding: "module", elements: [], bytes: 6),
        SnapshotFixture(
            type: 15,
            body: joined(
                [1], RDBFile.string(zeros(16)), RDBFile.string(RDBFile.listpack([[1]])),
                [1, 5, 0], [1], RDBFile.string("group"), [5, 0], [1], zeros(24), [1], [1],
                RDBFile.string("consumer"), zeros(8), [1], zeros(16)), kind: .stream,
            encoding: "stream", elements: [], bytes: 9),
        SnapshotFixture(
            type: 21,
            body: joined(
                [0], zeros(8), [1], RDBFile.string("g"), [0, 0, 0], [0], [1], RDBFile.string("c"),
                zeros(16), [0]), kind: .stream, encoding: "stream", elements: [], bytes: 0),
    ]

    /// A moment in ms.
    private static let later = TraceFiles.bytes(Int64(1 << 40))

    private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

    private static func joined(_ parts: [UInt8]...) -> [UInt8] { parts.flatMap { $0 } }

    private static let hashes = [
        SnapshotFixture(
            type: 22, magic: "VALKEY080",
            body: joined(
                [2], RDBFile.string("f"), RDBFile.string("v"), TraceFiles.bytes(Int64(-1)),
                RDBFile.string("g"), RDBFile.string("w"), later), kind: .hash,
            encoding: "hashtable", elements: ["f=v", "g=w"], bytes: 4),
        SnapshotFixture(
            type: 22, magic: "REDIS0012",
            body: joined(
                [2], [0], RDBFile.string("f"), RDBFile.string("v"), [9], RDBFile.string("g"),
                RDBFile.string("w")), kind: .hash, encoding: "hashtable",
            elements: ["f=v", "g=w"], bytes: 4),
        SnapshotFixture(
            type: 23, magic: "REDIS0012",
            body: RDBFile.string(
                RDBFile.listpack([
                    RDBFile.packed("f"), RDBFile.packed("v"), [0], RDBFile.packed("g"),
                    RDBFile.packed("w"), [9],
                ])), kind: .hash, encoding: "listpack", elements: ["f=v", "g=w"], bytes: 4),
        SnapshotFixture(
            type: 24, magic: "REDIS0012",
            body: joined(
                later, [2], [0], RDBFile.string("f"), RDBFile.string("v"), [9],
                RDBFile.string("g"), RDBFile.string("w")), kind: .hash, encoding: "hashtable",
            elements: ["f=v", "g=w"], bytes: 4),
        SnapshotFixture(
            type: 25, magic: "REDIS0012",
            body: joined(
                later,
                RDBFile.string(
                    RDBFile.listpack([
                        RDBFile.packed("f"), RDBFile.packed("v"), [0], RDBFile.packed("g"),
                        RDBFile.packed("w"), [0xf4, 0, 0, 0, 0, 0, 1, 0, 0],
                    ]))), kind: .hash, encoding: "listpack", elements: ["f=v", "g=w"], bytes: 4),
    ]
}

@Suite struct SnapshotTests {
    private let folder = TemporaryFolder()

    private static func whole(_ fixtures: [SnapshotFixture], _ magic: String = "REDIS0011")
        -> [UInt8]
    {
        var file = RDBFile(magic)
        file.addField("redis-ver", "7.0.15")
        file.addField("ctime", "1700000000")
        file.add([0xfe, 0, 0xfb, 3, 1])
        for (index, fixture) in fixtures.enumerated() {
            file.add(fixture.type, "key:\(index)", fixture.body)
        }
        return file.finished()
    }

    @Test(arguments: SnapshotFixture.all)
    func everyTypeIsRead(_ fixture: SnapshotFixture) throws {
        let bytes = Self.whole([fixture], fixture.magic)
        let (contents, reader) = try readSnapshot(bytes)
        let entry = try #require(contents.entry("key:0"))
        #expect(entry.kind == fixture.kind && entry.encoding == fixture.encoding)
        #expect(contents.value("key:0") == fixture.elements)
        #expect(entry.keySize == 5 && entry.valueSize == UInt64(fixture.bytes))
        if !fixture.elements.isEmpty {
            #expect(entry.elements == UInt64(fixture.elements.count))
        }
        #expect(entry.expiringFields == (fixture.type >= 22 ? 1 : 0))
        #expect(reader.software == "redis 7.0.15" && reader.writtenAt == 1_700_000_000)
        // Sizes are the same where nobody looks at the contents.
        let sizes = try readSnapshot(bytes, wantsContents: false).contents
        #expect(sizes.entries == contents.entries && sizes.value("key:0") == [])
    }

    @Test func whatStandsBeforeAnEntryIsItsAlone() throws {
        var file = RDBFile()
        file.add([0xfe, 3])
        file.add([0xfc] + TraceFiles.bytes(Int64(1_700_000_123_456)) + [0xf8, 0x40, 77])
        file.add(0, "a", RDBFile.string("1"))
        file.add([0xfd] + TraceFiles.bytes(Int32(1_700_000_001)) + [0xf9, 200])
        file.add(0, "b", RDBFile.string("2"))
        file.add(0, "c", RDBFile.string("3"))
        file.add([0xf7, 5, 2, 2, 0])  // of a module
        file.add([0xf5] + RDBFile.string("a library"))
        let contents = try readSnapshot(file.finished()).contents
        #expect(contents.entries.map(\.database) == [3, 3, 3])
        #expect(contents.entries.map(\.expiresAt) == [1_700_000_123_456, 1_700_000_001_000, nil])
        #expect(contents.entries.map(\.idleSeconds) == [77, nil, nil])
    }

    @Test(arguments: ["REDIS0001", "REDIS0004"]) func oldVersionsHaveNoChecksum(magic: String)
        throws
    {
        var file = RDBFile(magic)
        file.add([0xfe, 0])
        file.add(0, "k", RDBFile.string("v"))
        #expect(try readSnapshot(file.bytes + [0xff]).contents.value("k") == ["v"])
    }

    /// Strings longer than what lies in memory at once, and the same as a file.
    @Test func longStringsAreReadInPieces() throws {
        let text = String(repeating: "0123456789", count: 300_000)
        var file = RDBFile()
        file.add(0, "long", RDBFile.string(text))
        file.add(1, "list", RDBFile.strings([text, "short", text]))
        let bytes = file.finished()
        let contents = try readSnapshot(bytes).contents
        #expect(
            contents.value("long") == [text] && contents.value("list") == [text, "short", text])
        #expect(try readSnapshot(bytes, wantsContents: false).contents.entries == contents.entries)
        let path = try TraceFiles.write(bytes, folder, "unnamed")
        #expect(SnapshotReader.reads(path, as: nil))
        let records = try readAll(TraceReader(path))
        #expect(records.map(\.valueSize) == [3_000_000])
    }

    // MARK: damage

    private func failure(_ bytes: [UInt8]) -> TraceError? {
        do {
            _ = try readSnapshot(bytes)
            return nil
        } catch {
            return error as? TraceError
        }
    }

    @Test func everyTruncationHasItsOffset() throws {
        let bytes = Self.whole(SnapshotFixture.all.filter { $0.type < 22 })
        let whole = try readSnapshot(bytes).contents.entries
        for length in 0..<bytes.count {
            let cut = Array(bytes.prefix(length))
            let error = try #require(failure(cut), "\(length)")
            guard case .record(let number, let offset) = error.place else {
                Issue.record("\(error)")
                continue
            }
            #expect(offset <= UInt64(length) && number <= UInt64(whole.count) + 1)
            #expect("\(error)".contains("at offset"), "\(error)")
            // What came before it is kept.
            guard number > 1 else { continue }
            let (kept, reader) = try readSnapshot(cut, skipsDamaged: true)
            #expect(kept.entries == Array(whole.prefix(Int(number) - 1)))
            #expect(reader.damage == error)
        }
    }

    @Test func aChecksumIsHeldAgainstTheContents() throws {
        var bytes = Self.whole([SnapshotFixture.all[0]])
        #expect(failure(bytes) == nil)
        bytes[bytes.count - 12] ^= 1  // of the value
        #expect(failure(bytes)?.problem.contains("checksum") == true)
        // 0: it was switched off.
        var file = RDBFile()
        file.add(0, "k", RDBFile.string("v"))
        #expect(failure(file.finished(checksum: false)) == nil)
    }

    @Test(
        arguments: [
            ([26, 1, 0x6b, 1], "type or opcode 26"),
            ([30, 1, 0x6b, 1], "type or opcode 30"),
            ([0, 1, 0x6b, 0x82], "no length"), ([0, 1, 0x6b, 0xc4], "no length"),
            ([0, 1, 0x6b, 0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "512 MiB"),
            ([0, 1, 0x6b, 0xc3, 2, 0x80, 0x1f, 0xff, 0xff, 0xff, 0, 0], "cannot be"),
            ([0, 1, 0x6b, 0xc3, 2, 5, 0xff, 0], "LZF"), ([16, 1, 0x6b, 3, 1, 2, 3], "listpack"),
            ([11, 1, 0x6b, 8, 3, 0, 0, 0, 0, 0, 0, 0], "intset"),
            ([1, 1, 0x6b, 0xc0, 1], "a string where a length should be"),
            ([18, 1, 0x6b, 1, 3], "no container 3"),
        ] as [([UInt8], String)])
    func hostileBytesAreSaid(raw: [UInt8], problem: String) {
        var file = RDBFile()
        file.add(raw)
        let error = failure(file.finished())
        #expect(error?.problem.contains(problem) == true, "\(error.map { "\($0)" } ?? "none")")
    }

    @Test func whatFollowsTheEndIsSaid() throws {
        let bytes = Self.whole([SnapshotFixture.all[0]])
        let error = failure(bytes + Array("*1\r\n$4\r\nPING\r\n".utf8))
        #expect(error?.problem.contains("--format aof") == true)
        #expect(try readSnapshot(bytes + [1], skipsDamaged: true).contents.entries.count == 1)
        // A primary's mark of the end of what it sends.
        #expect(failure(bytes + [UInt8](repeating: 0x66, count: 40)) == nil)
        #expect(failure(bytes + [UInt8](repeating: 0x66, count: 41)) != nil)
    }

    @Test func tenThousandMutationsEndInAnError() throws {
        let bytes = Self.whole(SnapshotFixture.all.filter { $0.type < 22 })
        var random = Xoshiro256PlusPlus(seed: 23)
        var broken = 0
        for _ in 0..<10_000 {
            var bent = bytes
            for _ in 0...Int(random.next() % 3) {
                let place = Int(random.next() % UInt64(bent.count))
                switch random.next() % 4 {
                case 0: bent[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bent[place] ^= 1 << UInt8(random.next() % 8)
                case 2: bent[place] = 0xff
                default: bent.remove(at: place)
                }
            }
            let (contents, reader) = try readSnapshotOrNothing(bent)
            #expect(contents.entries.count <= bent.count)
            if reader?.damage != nil || reader == nil { broken += 1 }
        }
        // Each changes what the checksum is of.
        #expect(broken > 9_000)
    }

    private func readSnapshotOrNothing(
        _ bytes: [UInt8]
    ) throws -> (SnapshotContents, SnapshotReader?) {
        do {
            let (contents, reader) = try readSnapshot(bytes, skipsDamaged: true)
            return (contents, reader)
        } catch is TraceError {
            return (SnapshotContents(), nil)
        }
    }
}
