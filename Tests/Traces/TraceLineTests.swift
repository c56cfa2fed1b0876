// What stands around the records of a trace of lines: marks, headings, line ends, nothing at all.
import Foundation
import TestSupport
import Testing
import Traces

private let heading = "timestamp,anonymized key,key size,value size,client id,operation,TTL"

@Suite struct TraceLineTests {
    private let folder = TemporaryFolder()

    private func reader(_ text: String, skipsDamaged: Bool = false) throws -> TraceReader {
        let path = try TraceFiles.write(Array(text.utf8), folder, "t.csv")
        return try TraceReader(path, skipsDamaged: skipsDamaged)
    }

    private func lines(_ count: Int, end: String = "\n") -> String {
        (0..<count).map { "\($0),key\($0),4,\($0),1,get,0\(end)" }.joined()
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func everyLineEndIsRead(end: String) throws {
        let reader = try reader(lines(5, end: end))
        let records = try readAll(reader)
        #expect(records.map(\.valueSize) == [0, 1, 2, 3, 4])
        let headed = try readAll(self.reader(heading + end + lines(5, end: end)))
        #expect(headed == records)
        // an end more, or one less, is no record
        #expect(try readAll(self.reader(lines(5, end: end) + end + end)) == records)
        #expect(try readAll(self.reader(String(lines(5, end: end).dropLast()))) == records)
    }

    @Test func aByteOrderMarkIsNoPartOfTheFirstRecord() throws {
        #expect(try readAll(reader("\u{feff}" + lines(3))).count == 3)
        #expect(try readAll(reader("\u{feff}\(heading)\n" + lines(3))).count == 3)
    }

    @Test(arguments: [
        "x0,key,4,1,1,get,0", "garbage", "a,b,c,d,e,get,f", "time,key,size,value,client,operation",
        "time,key,size,value,client,,ttl", "time,key1,size,value,client,operation,ttl",
    ])
    func aDamagedFirstLineIsNoHeading(first: String) throws {
        #expect(throws: TraceError.self) { try readAll(reader("\(first)\n" + lines(3))) }
        let lenient = try reader("\(first)\n" + lines(3), skipsDamaged: true)
        #expect(try readAll(lenient).count == 3)
        #expect(lenient.damagedCount == 1 && lenient.firstDamage?.place == .line(1))
    }

    @Test(arguments: ["\(heading)\n", heading, "\u{feff}", "\n\n", "\r\n"])
    func aTraceWithoutRecordsIsAnError(text: String) throws {
        for skips in [false, true] {
            let error = #expect(throws: TraceError.self) {
                try readAll(reader(text, skipsDamaged: skips))
            }
            #expect(error?.problem == "the trace has no record")
        }
    }

    @Test func soIsOneOfWhichAllIsLeftOut() throws {
        let error = #expect(throws: TraceError.self) {
            try readAll(reader("a\nb\nc\n", skipsDamaged: true))
        }
        #expect(error?.description.contains("none of its 3 records can be read") == true)
    }

    @Test func aCarriageReturnWithinALineIsDamage() throws {
        let mixed = lines(2) + lines(2, end: "\r") + "\n" + lines(1)
        let reader = try reader(mixed, skipsDamaged: true)
        #expect(try readAll(reader).count == 3)
        #expect(reader.damagedCount == 1)
        #expect(reader.firstDamage?.problem == "a carriage return within the line")
    }

    @Test func timesThatGoBackAreCounted() throws {
        let times = [5, 6, 4, 6, 7, 1, 7]
        let reader = try reader(times.map { "\($0),k,1,1,1,get,0\n" }.joined())
        #expect(try readAll(reader).count == times.count)
        #expect(reader.backwardCount == 2 && reader.furthestBack == 6_000_000_000)
    }

    /// Whole, in two members, cut off and bent.
    @Test func gzipIsRead() throws {
        let lines = (0..<60_000).map { index in
            "\(index),key:\(TraceFiles.hashed(index)),20,\(index % 900),1,get,0\n"
        }
        let path = try TraceFiles.write(Array(lines.joined().utf8), folder, "t.csv")
        let records = try readAll(TraceReader(path))
        _ = try RunningProgram(["gzip", path]).finish()
        let packed = try Array(Data(contentsOf: URL(filePath: path + ".gz")))
        let reader = try TraceReader(path + ".gz")
        #expect(reader.isCompressed && reader.format.name == "twitter")
        #expect(try readAll(reader) == records)
        let twice = try TraceReader("t.csv.gz", contents: packed + packed)
        #expect(try readAll(twice) == records + records)
        var bent = packed
        bent[packed.count / 2] ^= 0xff
        bent[packed.count / 2 + 1] ^= 0xff
        for (bytes, problem) in [
            (Array(packed.prefix(packed.count / 2)), "ends too early"), (bent, nil),
            (packed + [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], "damaged gzip data"),
        ] as [([UInt8], String?)] {
            let damaged = try TraceReader("t.csv.gz", contents: bytes)
            let error = #expect(throws: TraceError.self) { try readAll(damaged) }
            if let problem { #expect(error?.problem.contains(problem) == true) }
        }
    }
}
