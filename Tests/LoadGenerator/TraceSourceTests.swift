// A trace's records as commands and moments: what goes on the wire, when, and what follows a miss.
import LoadGenerator
import RESP
import TestSupport
import Testing
import Traces

private func traceSource(
    _ bytes: [UInt8], _ name: String, speed: Double? = nil,
    _ folder: TemporaryFolder, _ options: TraceOptions = TraceOptions()
) throws -> TraceSource {
    let path = try TraceFiles.write(bytes, folder, name)
    return TraceSource(
        TraceFeed(try TraceReader(path), speed: speed), options, WorkerPlace(index: 0, count: 1))
}

/// The next `count` requests as words.
private func words(_ source: inout TraceSource, _ batch: inout RequestBatch, _ count: Int) throws
    -> [[String]]
{
    source.fill(&batch, count)
    var bytes = Array(UnsafeBufferPointer(start: batch.bytes, count: batch.length))
    var requests: [[String]] = []
    while !bytes.isEmpty {
        let (value, length) = try #require(
            try bytes.withUnsafeBufferPointer { try ReplyDecoder.decode($0) })
        requests.append((value.elements ?? []).map { $0.text ?? "?" })
        bytes.removeFirst(length)
    }
    return requests
}

@Suite struct TraceSourceTests {
    @Test func everyOperationHasItsCommand() throws {
        let folder = TemporaryFolder()
        let records = MemcachedOperation.allCases.flatMap { operation in
            [0, 300].map {
                TraceRecord(
                    key: 1, seconds: 9, keySize: 20, valueSize: 5,
                    ttlSeconds: operation.verb.storesValue ? $0 : 0, operation: operation)
            }
        }
        var source = try traceSource(records.flatMap(TraceFiles.twr), "t.twr", folder)
        var batch = RequestBatch(requests: 64)
        defer { batch.deallocate() }
        #expect(source.ready(64) == records.count)
        let requests = try words(&source, &batch, records.count)
        let expected: [[String]] = [
            ["GET", "K"], ["GET", "K"], ["GET", "K"], ["GET", "K"],
            ["SET", "K", "V"], ["SET", "K", "V", "EX", "300"],
            ["SET", "K", "V", "NX"], ["SET", "K", "V", "NX", "EX", "300"],
            ["SET", "K", "V", "XX"], ["SET", "K", "V", "XX", "EX", "300"],
            ["SET", "K", "V", "XX"], ["SET", "K", "V", "XX", "EX", "300"],
            ["APPEND", "K", "V"], ["APPEND", "K", "V"], ["APPEND", "K", "V"], ["APPEND", "K", "V"],
            ["DEL", "K"], ["DEL", "K"], ["INCR", "K"], ["INCR", "K"], ["DECR", "K"], ["DECR", "K"],
        ]
        #expect(requests.count == expected.count)
        let key = try #require(requests.first?.last)
        #expect(key.utf8.count == 20)
        for (request, pattern) in zip(requests, expected) {
            #expect(request.count == pattern.count && request[0] == pattern[0])
            #expect(request[1] == key)
            for (word, hole) in zip(request.dropFirst(2), pattern.dropFirst(2)) {
                if hole == "V" {
                    #expect(word.utf8.count == 5 && word.allSatisfy { $0.isLetter })
                } else {
                    #expect(word == hole)
                }
            }
        }
        #expect((0..<records.count).map { Int(batch.commands[$0]) } == (0..<22).map { $0 / 2 })
        #expect(source.ready(1) == 0)
    }

    /// What append-only files ask for besides: times to live by themselves.
    @Test func expiriesAreSentAsSuch() throws {
        let folder = TemporaryFolder()
        let commands = [
            ["EXPIRE", "a key of 17 bytes", "90"], ["PEXPIRE", "a key of 17 bytes", "1500"],
            ["UNLINK", "a key of 17 bytes"],
        ]
        let bytes = commands.flatMap { RequestEncoder.encode($0) }
        var source = try traceSource(bytes, "t.aof", folder)
        var batch = RequestBatch(requests: 4)
        defer { batch.deallocate() }
        let ready = source.ready(4)
        #expect(ready == 3)
        let requests = try words(&source, &batch, 3)
        #expect(requests.map(\.first) == ["EXPIRE", "PEXPIRE", "DEL"])
        #expect(requests.map { Array($0.dropFirst(2)) } == [["90"], ["1500"], []])
        #expect(Set(requests.map { $0[1] }).count == 1 && requests[0][1].utf8.count == 17)
    }

    /// Different identities are different keys, at every size that can hold them.
    @Test func keysAreDistinctAndOfTheirSize() throws {
        let folder = TemporaryFolder()
        for size: UInt32 in [11, 12, 40, 250] {
            let records = (0..<2_000).map { index in
                TraceRecord(
                    key: TraceFiles.hashed(index), seconds: 1, keySize: size, operation: .get)
            }
            var source = try traceSource(records.flatMap(TraceFiles.twr), "t\(size).twr", folder)
            var batch = RequestBatch(requests: 2_000)
            defer { batch.deallocate() }
            #expect(source.ready(2_000) == 2_000)
            let keys = try words(&source, &batch, 2_000).map { $0[1] }
            #expect(Set(keys).count == 2_000)
            #expect(keys.allSatisfy { $0.utf8.count == Int(size) })
        }
    }

    /// The requests of one second spread over it, gaps between seconds divided by the speed.
    @Test(arguments: [1.0, 4.0])
    func momentsFollowTheTrace(speed: Double) throws {
        let folder = TemporaryFolder()
        let seconds = [100, 100, 100, 100, 101, 103, 103, 102, 104]
        let bytes = seconds.flatMap {
            TraceFiles.twr(TraceRecord(key: 1, seconds: UInt32($0), keySize: 20))
        }
        var source = try traceSource(bytes, "t.twr", speed: speed, folder)
        // A second that lies back is due at once.
        let expected = [0, 0.25, 0.5, 0.75, 1, 3, 3.5, 3.5, 4]
        for (index, second) in expected.enumerated() {
            #expect(source.due(index) == UInt64(second / speed * 1e9), "\(index)")
        }
        #expect(source.due(9) == nil)
        // To the end of the last second.
        let length = source.scheduleNanoseconds
        #expect(length == UInt64(5 / speed * 1e9))
    }

    /// Times finer than seconds are kept as they are, and so are times to live.
    @Test func fineTimesAreKept() throws {
        let folder = TemporaryFolder()
        let lives: [UInt64] = [0, 2_000_000_000, 1_500_001]
        let bytes = zip([1_000, 1_500, 4_000] as [UInt64], lives).flatMap {
            FineTrace.bytes(time: $0, key: 3, timeToLive: $1)
        }
        let reader = try TraceReader(
            try TraceFiles.write(bytes, folder, "t.fine"), format: FineTrace())
        var source = TraceSource(
            TraceFeed(reader, speed: 1), TraceOptions(), WorkerPlace(index: 0, count: 1))
        let names = source.commands.map(\.name)
        #expect(names == ["peek", "poke", "set_on_miss"])
        let moments = [source.due(0), source.due(1), source.due(2)]
        #expect(moments == [0, 500, 3_000])
        var batch = RequestBatch(requests: 4)
        defer { batch.deallocate() }
        let ready = source.ready(4)
        #expect(ready == 3)
        let requests = try words(&source, &batch, 3)
        #expect(
            requests.map { Array($0.dropFirst(3)) } == [[], ["EX", "2"], ["PX", "2"]])
        #expect((0..<3).allSatisfy { batch.commands[$0] == 1 })
    }

    @Test func momentsBeyondEveryClockAreNoTrap() throws {
        let folder = TemporaryFolder()
        let bytes = [0, .max].flatMap {
            TraceFiles.twr(TraceRecord(key: 1, seconds: $0, keySize: 20))
        }
        var source = try traceSource(bytes, "t.twr", speed: 1e-6, folder)
        let moments = [source.due(0), source.due(1)].compactMap(\.self)
        #expect(moments.count == 2 && moments[0] == 0 && moments[1] > UInt64.max / 4)
    }

    /// A second of more requests than the buffer starts with is read whole.
    @Test func longSecondsAreSpreadToo() throws {
        let folder = TemporaryFolder()
        var bytes: [UInt8] = []
        for second in 0..<3 {
            for index in 0..<30_000 {
                bytes += TraceFiles.twr(
                    TraceRecord(key: UInt64(index), seconds: UInt32(second), keySize: 20))
            }
        }
        var source = try traceSource(bytes, "t.twr", speed: 1, folder)
        var batch = RequestBatch(requests: 1_000)
        defer { batch.deallocate() }
        var position = 0
        while let due = source.due(999) {
            #expect(due / 1_000 == UInt64(Double(position + 999) / 0.03) || position < 0)
            source.fill(&batch, 1_000)
            position += 1_000
        }
        #expect(position == 90_000)
    }

    @Test func aMissIsFollowedByItsWrite() throws {
        let folder = TemporaryFolder()
        let bytes = TraceFiles.oracleGeneral(8) { (1, UInt64($0 % 4), 100 + $0, -1) }
        var source = try traceSource(bytes, "t.oracleGeneral", folder)
        var batch = RequestBatch(requests: 4)
        var other = RequestBatch(requests: 4)
        defer {
            batch.deallocate()
            other.deallocate()
        }
        #expect(source.ready(4) == 4)
        let gets = try words(&source, &batch, 4)
        #expect(source.ready(2) == 2)
        _ = try words(&source, &other, 2)
        source.missed(batch.tickets[2])
        source.missed(other.tickets[1])
        #expect(source.ready(4) == 4)
        let next = try words(&source, &batch, 4)
        #expect(next.map { $0[0] } == ["SET", "SET", "GET", "GET"])
        #expect(next[0][1] == gets[2][1] && next[0][2].utf8.count == 102 - 16)
        #expect(next[1][2].utf8.count == 105 - 16)
        #expect(source.ready(4) == 0)
        // A miss at the very end is still answered.
        source.missed(batch.tickets[3])
        #expect(source.ready(4) == 1)
        var none = TraceOptions()
        none.setsOnMiss = false
        var silent = try self.silent(bytes, none, folder)
        #expect(silent.ready(4) == 4)
        _ = try words(&silent, &other, 4)
        let listens = silent.wantsMisses
        #expect(!listens)
        #expect(silent.ready(1) == 1)
        #expect(try words(&silent, &other, 1)[0][0] == "GET")
    }

    private func silent(
        _ bytes: [UInt8], _ options: TraceOptions, _ folder: TemporaryFolder
    ) throws -> TraceSource {
        try traceSource(bytes, "s.oracleGeneral", folder, options)
    }

    @Test func requestsAllocateNothing() throws {
        let folder = TemporaryFolder()
        let bytes = TraceFiles.oracleGeneral(50_000) { ($0, TraceFiles.hashed($0), 200, -1) }
        var source = try traceSource(bytes, "t.oracleGeneral", folder)
        var batch = RequestBatch(requests: 64)
        defer { batch.deallocate() }
        _ = source.ready(64)
        source.fill(&batch, 64)
        source.missed(batch.tickets[0])
        _ = source.ready(64)
        source.fill(&batch, 64)
        var sent = 0
        let count = allocations {
            while case let ready = source.ready(64), ready > 0 {
                source.fill(&batch, ready)
                if ready == 64 { source.missed(batch.tickets[63]) }
                sent += ready
            }
        }
        #expect(count == 0 && sent > 40_000)
    }
}
