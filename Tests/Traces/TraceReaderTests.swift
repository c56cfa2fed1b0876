// Traces in every layout: whole, compressed, truncated, damaged, and of formats to be found out.
import Foundation
import TestSupport
import Testing
import Traces

private func failure(_ body: () throws -> Void) -> TraceError? {
    do {
        try body()
        return nil
    } catch {
        return error as? TraceError
    }
}

@Suite struct TraceReaderTests {
    private let folder = TemporaryFolder()

    private func twr() -> [UInt8] { TraceFiles.varied.flatMap(TraceFiles.twr) }

    private func lines() -> String {
        TraceFiles.varied.map { TraceFiles.line($0, key: "k\($0.key)") }.joined()
    }

    @Test(arguments: [1, 7, 500, 4096])
    func twrRecordsAreRead(block: Int) throws {
        let path = try TraceFiles.write(twr(), folder, "a.twr")
        let reader = try TraceReader(path)
        #expect(reader.format.name == "twr")
        #expect(try readAll(reader, block: block) == TraceFiles.varied)
        #expect(reader.recordCount == 500 && reader.damagedCount == 0)
        #expect(reader.progress?.position == reader.progress?.size)
    }

    @Test func namespacesAreStepped() throws {
        let bytes = TraceFiles.varied.flatMap { TraceFiles.twrNS($0, namespace: 0xffff) }
        let path = try TraceFiles.write(bytes, folder, "a.twrNS.bin")
        #expect(try readAll(TraceReader(path)) == TraceFiles.varied)
    }

    @Test func oracleRecordsAreRead() throws {
        let bytes = TraceFiles.oracleGeneral(1000) { index in
            let next: [Int64] = [-1, .max, Int64(index) + 5]
            return (index / 3, UInt64(index) | 1 << 63, index * 1000, next[index % 3])
        }
        let path = try TraceFiles.write(bytes, folder, "a.oracleGeneral")
        let records = try readAll(TraceReader(path))
        #expect(records.count == 1000)
        for (index, record) in records.enumerated() {
            #expect(
                record
                    == TraceRecord(
                        key: UInt64(index) | 1 << 63, seconds: UInt32(index / 3), keySize: 0,
                        valueSize: UInt32(index) * 1000))
        }
    }

    /// More than is read at once, plain and compressed.
    @Test func bytesInMemoryAreReadAsAFileIs() throws {
        let text = String(repeating: lines(), count: 100)
        #expect(text.utf8.count > 1 << 20)
        let path = try TraceFiles.write(Array(text.utf8), folder, "cluster.csv")
        let records = try readAll(TraceReader(path))
        for file in [path, try TraceFiles.compressed(path)] {
            let bytes = try Array(Data(contentsOf: URL(filePath: file)))
            let reader = try TraceReader("cluster.csv", contents: bytes)
            #expect(reader.format.name == "twitter")
            #expect(try readAll(reader) == records)
            #expect(reader.progress?.position == reader.progress?.size)
        }
    }

    @Test func linesAreRead() throws {
        let path = try TraceFiles.write(Array(lines().utf8), folder, "cluster.csv")
        let records = try readAll(TraceReader(path))
        #expect(records.count == 500)
        var keys: [UInt64: UInt64] = [:]
        for (record, expected) in zip(records, TraceFiles.varied) {
            var same = record
            same.key = expected.key
            #expect(same == expected)
            // equal keys hash alike, different ones differently
            #expect(keys[expected.key, default: record.key] == record.key)
            keys[expected.key] = record.key
        }
        #expect(Set(keys.values).count == 90)
    }

    @Test func keysMayHoldCommasAndLinesEndAnyHow() throws {
        let text =
            "timestamp,key,key size,value size,client,op,ttl\r\n1,a,b,c,7,9,3,get,0\r\n"
            + "2,k,0,9,3,set,60"
        let records = try readAll(
            TraceReader(try TraceFiles.write(Array(text.utf8), folder, "x.csv")))
        #expect(records.map(\.keySize) == [7, 0] && records.map(\.valueSize) == [9, 9])
        #expect(records.map(\.ttlSeconds) == [0, 60])
    }

    @Test(arguments: ["csv", "twr", "oracleGeneral"])
    func compressedTracesAreTheSame(kind: String) throws {
        let bytes =
            switch kind {
            case "csv": Array(lines().utf8)
            case "twr": twr()
            default:
                TraceFiles.oracleGeneral(200_000) { ($0, UInt64($0 * $0), $0, -1) }
            }
        let plain = try TraceFiles.write(bytes, folder, "t.\(kind)")
        let packed = try TraceFiles.compressed(plain)
        let reader = try TraceReader(packed)
        #expect(reader.isCompressed)
        #expect(try readAll(reader) == readAll(TraceReader(plain)))
        let progress = try #require(reader.progress)
        #expect(progress.position == progress.size && progress.size < UInt64(bytes.count))
    }

    @Test func formatsAreFoundInContents() throws {
        let oracle = TraceFiles.oracleGeneral(100) {
            ($0, TraceFiles.hashed($0), 4096, Int64($0) + 9)
        }
        let spaced = TraceFiles.varied.flatMap { TraceFiles.twrNS($0, namespace: 3) }
        for (name, bytes, format) in [
            ("1", twr(), "twr"), ("2", spaced, "twrNS"), ("3", oracle, "oracleGeneral"),
            ("4", Array(lines().utf8), "twitter"),
        ] {
            let path = try TraceFiles.write(bytes, folder, name)
            #expect(try TraceReader(path).format.name == format)
            #expect(try TraceReader(try TraceFiles.compressed(path)).format.name == format)
        }
        let noise = (0..<4000).map { (index: Int) -> UInt8 in
            UInt8(truncatingIfNeeded: TraceFiles.hashed(index) >> 32) | 0x80
        }
        let path = try TraceFiles.write(noise, folder, "5")
        let error = failure { _ = try TraceReader(path) }
        #expect(error?.remedy.contains("--format twitter|oracleGeneral|twr|twrNS") == true)
        let given = try #require(TraceFormats.withName("ORACLEgeneral"))
        #expect(try TraceReader(path, format: given).format.name == "oracleGeneral")
    }

    @Test func namesSayFormats() {
        func said(_ path: String) -> String? { TraceFormats.ofFile(path)?.name }
        #expect(said("/x/cluster052.sort.zst") == nil)
        #expect(said("/x.y/cluster052.csv.zst") == "twitter")
        #expect(said("w105.oracleGeneral.bin.zst") == "oracleGeneral")
        #expect(said("a.TWR") == "twr" && said("a.twrns.zst") == "twrNS")
        #expect(said("dump.rdb") == "rdb" && said("d/appendonly.aof.manifest") == "aof")
        #expect(said("workload.yaml") == nil && said("csv") == nil)
    }

    /// All that reading one needs is its decoder.
    @Test func aFormatIsItsDecoder() throws {
        let bytes = [7, 0, 8].flatMap { FineTrace.bytes(time: 1_000 + $0, key: $0) }
        let path = try TraceFiles.write(bytes + [1, 2], folder, "t.fine")
        let reader = try TraceReader(path, format: FineTrace(), skipsDamaged: true)
        let records = try readAll(reader)
        #expect(records.map(\.time) == [1_007, 1_008] && records.map(\.verb) == [.set, .get])
        #expect(reader.damagedCount == 2 && reader.firstDamage?.problem == "a key of 0")
        #expect(reader.firstDamage?.place == .record(2, offset: 24))
        let error = failure {
            _ = try readAll(TraceReader(path, format: FineTrace()), block: 1)
        }
        #expect(error?.place == .record(2, offset: 24))
    }

    @Test func someHoldNothingButLookUps() {
        #expect(
            TraceFormats.all.filter { $0.onlyLooksUp }.map { $0.name } == ["oracleGeneral", "csv"])
        #expect(
            TraceFormats.names == [
                "twitter", "oracleGeneral", "twr", "twrNS", "lcs", "meta", "rdb", "aof", "monitor",
                "dragonfly", "memtier", "csv",
            ])
    }

    // MARK: damage

    /// Every truncation of a small file gives the whole records, then one error, at the right
    /// place.
    @Test func everyTruncationHasItsOffset() throws {
        let whole = Array(twr().prefix(20 * 6))
        for length in 1..<whole.count {
            let path = try TraceFiles.write(Array(whole.prefix(length)), folder, "cut.twr")
            let reader = try TraceReader(path)
            var records: [TraceRecord] = []
            let error = failure { records = try readAll(reader, block: 3) }
            if length % 20 == 0 {
                #expect(error == nil && records.count == length / 20)
            } else {
                #expect(
                    error?.place
                        == .record(UInt64(length / 20) + 1, offset: UInt64(length / 20 * 20)))
                #expect(reader.recordCount == length / 20)
                let skipping = try TraceReader(path, skipsDamaged: true)
                var kept: [TraceRecord] = []
                let nothing = failure { kept = try readAll(skipping) }
                // A trace of which no record can be read is an error, whatever is skipped.
                #expect((nothing != nil) == (length < 20))
                #expect(kept == Array(TraceFiles.varied.prefix(length / 20)))
                #expect(skipping.damagedCount == 1)
            }
        }
    }

    @Test func damagedRecordsHaveTheirOffset() throws {
        var bytes = twr()
        bytes[20 * 123 + 19] = 77  // an operation that there is not
        let path = try TraceFiles.write(bytes, folder, "bad.twr")
        let reader = try TraceReader(path)
        let error = failure { _ = try readAll(reader) }
        #expect(error?.place == .record(124, offset: 2460))
        #expect("\(try #require(error))".contains("bad.twr: record 124 at offset 2460"))
        #expect(error?.problem == "there is no operation 77")
        #expect(reader.recordCount == 123)
        let skipping = try TraceReader(path, skipsDamaged: true)
        #expect(try readAll(skipping).count == 499)
        #expect(skipping.damagedCount == 1 && skipping.firstDamage == error)
    }

    @Test func aNextAccessInThePastIsDamage() throws {
        let bytes = TraceFiles.oracleGeneral(300) { ($0, 5, 5, $0 == 200 ? 100 : -1) }
        let path = try TraceFiles.write(bytes, folder, "bad.oracleGeneral.bin")
        #expect(
            failure { _ = try readAll(TraceReader(path)) }?.place == .record(201, offset: 4800))
    }

    @Test(arguments: [
        ("17,k,1,2,3,get", "6 columns instead of 7"),
        ("x,k,1,2,3,get,0", "the timestamp is no number of seconds"),
        ("17,k,1,2,3,got,0", "there is no such operation"),
        ("17,k,1,2,3,get,", "the time to live is no number"),
        ("17,k,1,2.5,3,get,0", "the value's size is no number"),
        ("17,k,,2,3,get,0", "the key's size is no number"),
        ("17,1,2,3,get,0", "6 columns instead of 7"),
        ("17,k,1,-2,3,get,0", "the value's size -2 is out of range: use 0 to 536870912"),
        (
            "17,k,1,536870913,3,get,0",
            "the value's size 536870913 is out of range: use 0 to 536870912"
        ),
        (
            "17,k,1,9999999999999,3,get,0",
            "the value's size 9999999999999 is out of range: use 0 to 536870912"
        ),
        (
            "17,k,99999999999,2,3,get,0",
            "the key's size 99999999999 is out of range: use 0 to 65535"
        ),
        ("17,k,65536,2,3,get,0", "the key's size 65536 is out of range: use 0 to 65535"),
        (
            "99999999999,k,1,2,3,get,0",
            "the timestamp 99999999999 is out of range: use 0 to 4294967295"
        ),
        ("-1,k,1,2,3,get,0", "the timestamp -1 is out of range: use 0 to 4294967295"),
        ("17,k,1,2,3,get,-5", "the time to live -5 is out of range: use 0 to 4294967295"),
        ("17,k,1,2,-3,get,0", "the client's id -3 is out of range: use 0 to 4294967295"),
        ("17,k,1,2,client,get,0", "the client's id is no number"),
        ("17,1,2,3,4,get,0,", "the time to live is no number"),
        (
            "17,k,1,4000000000,3,set,0",
            "the value's size 4000000000 is out of range: use 0 to 536870912"
        ),
    ])
    func damagedLinesHaveTheirNumber(line: String, problem: String) throws {
        let good = lines().split(separator: "\n")
        let text =
            good[..<5].joined(separator: "\n") + "\n" + line + "\n"
            + good[5..<9].joined(separator: "\n") + "\n"
        let path = try TraceFiles.write(Array(text.utf8), folder, "bad.csv")
        let error = failure { _ = try readAll(TraceReader(path)) }
        #expect(error?.place == .line(6) && error?.problem == problem)
        let skipping = try TraceReader(path, skipsDamaged: true)
        #expect(try readAll(skipping).count == 9)
        #expect(skipping.damagedCount == 1)
    }

    @Test func endlessLinesNeedNoMemory() throws {
        let text = lines().prefix(5_000).split(separator: "\n").dropLast().joined(separator: "\n")
        let count = text.split(separator: "\n").count
        let bytes =
            Array(text.utf8) + [10] + [UInt8](repeating: 65, count: 3 << 20) + [10]
            + Array(text.utf8)
        let path = try TraceFiles.write(bytes, folder, "long.csv")
        #expect(
            failure { _ = try readAll(TraceReader(path)) }?.place == .line(UInt64(count) + 1))
        let skipping = try TraceReader(path, skipsDamaged: true)
        #expect(try readAll(skipping).count == 2 * count)
    }

    @Test func damagedCompressionHasItsOffset() throws {
        let bytes = TraceFiles.oracleGeneral(300_000) { ($0, TraceFiles.hashed($0), $0, -1) }
        let packed = try TraceFiles.compressed(
            try TraceFiles.write(bytes, folder, "t.oracleGeneral"))
        let whole = try Data(contentsOf: URL(filePath: packed))
        let half = whole.count / 2
        for (name, data, expected) in [
            ("cut", whole.prefix(half), "the compressed data ends too early"),
            ("bent", whole + Data(repeating: 0xaa, count: 4096), "damaged zstd data"),
        ] {
            let path = folder.file("\(name).oracleGeneral.zst")
            try data.write(to: URL(filePath: path))
            for skips in [false, true] {
                let reader = try TraceReader(path, skipsDamaged: skips)
                let error = failure { _ = try readAll(reader) }
                #expect(error?.problem.contains(expected) == true, "\(name) \(skips)")
                guard case .offset(let offset)? = error?.place else {
                    Issue.record("no offset: \(error.map { "\($0)" } ?? "none")")
                    continue
                }
                #expect(offset > UInt64(half) / 2 && offset <= UInt64(data.count))
                // What came before is there, whole and right.
                #expect(reader.recordCount > 100_000 && reader.damagedCount == 0)
            }
        }
    }

    /// Within a frame the damage may also come out as records that cannot be, or as a checksum.
    @Test func damageWithinAFrameIsNoticed() throws {
        let bytes = TraceFiles.oracleGeneral(100_000) { ($0, TraceFiles.hashed($0), $0, -1) }
        let packed = try TraceFiles.compressed(
            try TraceFiles.write(bytes, folder, "t.oracleGeneral"))
        let whole = try Data(contentsOf: URL(filePath: packed))
        for place in stride(from: 1_000, to: whole.count - 1_000, by: whole.count / 20) {
            var bent = whole
            bent[place] ^= 0x55
            bent[place + 1] ^= 0xff
            let path = folder.file("bent.oracleGeneral.zst")
            try bent.write(to: URL(filePath: path))
            #expect(failure { _ = try readAll(TraceReader(path), block: 4096) } != nil, "\(place)")
        }
    }

    @Test func filesThatAreNoneAreSaid() throws {
        #expect(
            failure { _ = try TraceReader(folder.file("none.csv")) }?.problem.contains(
                "No such file")
                == true)
        #expect(failure { _ = try TraceReader(folder.path) }?.problem.contains("folder") == true)
        let empty = try TraceFiles.write([], folder, "empty.twr")
        #expect(failure { _ = try TraceReader(empty) }?.problem == "the trace is empty")
    }

    /// Bytes of no meaning: never a crash, and every record or error comes from within the file.
    @Test func noiseIsSurvived() throws {
        var random = SystemRandomNumberGenerator()
        for round in 0..<60 {
            var bytes = round % 2 == 0 ? Array(lines().utf8.prefix(4000)) : twr()
            for _ in 0..<40 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255)
            }
            let path = try TraceFiles.write(bytes, folder, "noise")
            for format in TraceFormats.all {
                let reader = try TraceReader(path, format: format, skipsDamaged: true)
                // A trace of which no record can be read is an error, whatever is skipped.
                guard let count = try? readAll(reader).count else {
                    #expect(reader.recordCount == 0)
                    continue
                }
                #expect(UInt64(count) == reader.recordCount)
                if let size = (format as? any FixedRecordDecoder)?.recordBytes {
                    #expect(
                        reader.recordCount + reader.damagedCount
                            == UInt64((bytes.count + size - 1) / size))
                }
            }
        }
    }
}
