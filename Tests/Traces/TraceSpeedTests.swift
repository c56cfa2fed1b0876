// Records per second of one core's CPU time, so that neighbours do not matter: at least 2 million.
import Foundation
import LinuxSystem
import TestSupport
import Testing
import Traces

extension Timed {
    @Suite(.serialized) struct TraceSpeedTests {
        @Test(arguments: ["csv", "csv.zst", "oracleGeneral", "oracleGeneral.zst", "twr", "twrns"])
        func twoMillionRecordsAreParsedPerSecondOfCPU(kind: String) throws {
            let folder = TemporaryFolder()
            let plain = kind.replacing(".zst", with: "")
            let records = 1_000_000
            var bytes: [UInt8] = []
            bytes.reserveCapacity(records * 72)
            for index in 0..<records {
                let id = UInt64(index) &* 0x9e37_79b9_7f4a_7c15 >> 40
                let record = TraceRecord(
                    key: id, seconds: UInt32(index / 1000), keySize: 44,
                    valueSize: UInt32(id & 0xfff),
                    ttlSeconds: index % 10 == 0 ? 86_400 : 0,
                    operation: index % 10 == 0 ? .set : .get)
                switch plain {
                case "csv":
                    // As long as the traces' lines are: 65 bytes on average.
                    bytes += "\(record.seconds),nz:u:eeW511W3dcH3de3d15ec\(id),".utf8
                    bytes += "\(record.keySize),".utf8
                    bytes +=
                        "\(record.valueSize),1024,\(record.memcached),".utf8
                    bytes += "\(record.ttlSeconds)\n".utf8
                case "twr": bytes += TraceFiles.twr(record)
                case "twrns": bytes += TraceFiles.twrNS(record, namespace: 0)
                default: bytes += TraceFiles.oracleGeneral(record.seconds, id, record.valueSize, -1)
                }
            }
            var path = try TraceFiles.write(bytes, folder, "t.\(plain)")
            if kind.hasSuffix("zst") { path = try TraceFiles.compressed(path) }
            let reader = try TraceReader(path)
            let block = UnsafeMutableBufferPointer<TraceRecord>.allocate(capacity: 4096)
            block.initialize(repeating: TraceRecord())
            defer { block.deallocate() }
            var sum = 0
            let before = Clock.threadCPUNanoseconds()
            while case let count = try reader.read(block), count > 0 {
                sum += count
            }
            let seconds = Double(Clock.threadCPUNanoseconds() - before) / 1e9
            let rate = Double(sum) / seconds
            print("\(kind): \(Int(rate / 1e5) * 100_000) records parsed per second of CPU time")
            #expect(sum == records)
            #expect(rate >= 2e6, "\(kind)")
        }

        @Test func twoMillionCommandsAreParsedPerSecondOfCPU() throws {
            var bytes: [UInt8] = []
            for index in 0..<100_000 {
                bytes += request("SET", "key:\(index)", "a value of thirty-two bytes, or so")
            }
            let part = bytes
            for _ in 1..<10 { bytes += part }
            let reader = try TraceReader("t.aof", contents: bytes)
            let block = UnsafeMutableBufferPointer<TraceRecord>.allocate(capacity: 4096)
            block.initialize(repeating: TraceRecord())
            defer { block.deallocate() }
            var sum = 0
            let before = Clock.threadCPUNanoseconds()
            while case let count = try reader.read(block), count > 0 { sum += count }
            let seconds = Double(Clock.threadCPUNanoseconds() - before) / 1e9
            print("aof: \(Int(Double(sum) / seconds)) commands parsed per second of CPU time")
            #expect(sum == 1_000_000)
            #expect(Double(sum) / seconds >= 2e6)
        }

        /// Sizes alone, checksum included.
        @Test func snapshotsAreParsedAtThreeHundredMegabytesPerSecondOfCPU() throws {
            struct Counter: SnapshotVisitor {
                var bytes: UInt64 = 0
                mutating func end(_ entry: SnapshotEntry) { bytes += entry.valueSize }
            }
            var file = RDBFile()
            let value = RDBFile.string([UInt8](repeating: 0x61, count: 200))
            for index in 0..<200_000 { file.add(0, "key:\(index)", value) }
            let bytes = file.finished(checksum: false)
            let reader = try SnapshotReader("t.rdb", contents: bytes)
            var counter = Counter()
            let before = Clock.threadCPUNanoseconds()
            while try reader.next(&counter) {}
            let seconds = Double(Clock.threadCPUNanoseconds() - before) / 1e9
            let rate = Double(bytes.count) / seconds
            print("rdb: \(Int(rate / 1e6)) MB parsed per second of CPU time")
            #expect(counter.bytes == 200_000 * 200)
            #expect(rate >= 300e6)
        }

        /// The same memory whatever the trace's length: blocks of the caller's, and a buffer.
        @Test func readingAllocatesNothing() throws {
            let folder = TemporaryFolder()
            let bytes = TraceFiles.oracleGeneral(200_000) { ($0, UInt64($0), 100, -1) }
            let reader = try TraceReader(try TraceFiles.write(bytes, folder, "t.oracleGeneral"))
            let block = UnsafeMutableBufferPointer<TraceRecord>.allocate(capacity: 1000)
            block.initialize(repeating: TraceRecord())
            defer { block.deallocate() }
            var sum = 0
            let count = allocations {
                while let read = try? reader.read(block), read > 0 { sum += read }
            }
            #expect(sum == 200_000 && count == 0)
        }
    }
}
