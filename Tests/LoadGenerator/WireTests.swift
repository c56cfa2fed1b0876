// What is put on the wire, and when: against a server that writes everything down.
import LinuxSystem
import LoadGenerator
import RESP
import TestSupport
import Testing

private let template = RequestTemplate(
    RequestEncoder.encode(["SET", "key:__rand_int__", "__rand_int__:__rand_1st__:__rand_1st__"]),
    [CommandLabel("SET")])

/// Requests that each connection of a run sent.
private func record(
    connections: Int, pipeline: Int, threads: Int, seed: UInt64, requests: UInt64 = 500
) throws -> [[UInt8]] {
    let length = template.bytes.count
    let server = try ScriptedServer { _, all, new in
        let answers = all.count / length - (all.count - new) / length
        return .bytes((0..<answers).flatMap { _ in Array("+OK\r\n".utf8) })
    }
    defer { server.stop() }
    var options = LoadOptions()
    options.connections = connections
    options.pipeline = pipeline
    options.threads = threads
    var load = try LoadSession(to: server.address, options) {
        TemplateSource(template, range: 1_000_000, seed: seed, $0)
    }
    let sample = try load.run(.requests(requests))
    #expect(sample.operations == requests)
    return server.received.flatMap { stream in
        stride(from: 0, to: stream.count, by: length).map {
            Array(stream[$0..<min($0 + length, stream.count)])
        }
    }
}

@Suite(.serialized) struct WireTests {
    @Test func sameSeedSameBytes() throws {
        let first = try record(connections: 1, pipeline: 7, threads: 1, seed: 42)
        #expect(try record(connections: 1, pipeline: 7, threads: 1, seed: 42) == first)
        #expect(try record(connections: 1, pipeline: 7, threads: 1, seed: 43) != first)
    }

    /// Over several connections and workers, the set of requests is the same; which connection
    /// carried one is up to timing.
    @Test func sameSeedAndThreadsSameRequests() throws {
        func sorted(_ requests: [[UInt8]]) -> [String] {
            requests.map { String(decoding: $0, as: UTF8.self) }.sorted()
        }
        let first = sorted(try record(connections: 5, pipeline: 3, threads: 2, seed: 7))
        #expect(sorted(try record(connections: 5, pipeline: 3, threads: 2, seed: 7)) == first)
        #expect(sorted(try record(connections: 5, pipeline: 3, threads: 2, seed: 8)) != first)
    }

    @Test func placeholdersAreFilledIn() throws {
        var keys = Set<String>()
        for request in try record(connections: 2, pipeline: 4, threads: 1, seed: 1) {
            let parts = String(decoding: request, as: UTF8.self).split(separator: "\r\n")
            #expect(parts[0] == "*3" && parts[1] == "$3" && parts[2] == "SET")
            let key = parts[4].split(separator: ":")
            #expect(key[0] == "key" && key[1].count == 12 && UInt64(key[1])! < 1_000_000)
            let value = parts[6].split(separator: ":")
            #expect(
                value.count == 3 && value.allSatisfy { $0.count == 12 && $0.allSatisfy(\.isNumber) }
            )
            #expect(value[1] == value[2] && value[0] != value[1])
            keys.insert(String(key[1]))
        }
        #expect(keys.count > 490, "500 draws out of a million hardly collide")
    }

    @Test func withoutRangeNothingIsFilledIn() {
        var source = TemplateSource(
            template, range: nil, seed: 1, WorkerPlace(index: 0, count: 1))
        var batch = RequestBatch(requests: 3)
        defer { batch.deallocate() }
        source.fill(&batch, 3)
        let bytes = Array(UnsafeBufferPointer(start: batch.bytes, count: batch.length))
        #expect(bytes == template.bytes + template.bytes + template.bytes)
    }

    /// The twelve digits are those that printf would write.
    @Test func digitsAreRight() {
        let one = RequestTemplate(Array("__rand_int__".utf8), [CommandLabel("x")])
        for range: UInt64 in [1, 2, 10, 999, 10_000, 100_000_000, 1_000_000_000_000] {
            var source = TemplateSource(one, range: range, seed: 9, WorkerPlace(index: 0, count: 1))
            var batch = RequestBatch(requests: 100)
            defer { batch.deallocate() }
            for _ in 0..<20 {
                source.fill(&batch, 100)
                let text = String(
                    decoding: UnsafeBufferPointer(start: batch.bytes, count: batch.length),
                    as: UTF8.self)
                for index in 0..<100 {
                    let digits = text.dropFirst(index * 12).prefix(12)
                    #expect(digits.allSatisfy { $0 >= "0" && $0 <= "9" })
                    #expect(UInt64(digits)! < range)
                }
            }
        }
    }

    /// Keys of a population count up, so every digit and carry occurs and is checked exactly.
    @Test func populationKeysCountUp() {
        for (format, width) in [
            (KeyFormat.benchmark, 12), (.decimal(bytes: 5), 5), (.decimal(bytes: 12), 12),
        ] {
            var source = PopulationSource(
                total: 20_000, keys: format, valueBytes: 3, WorkerPlace(index: 0, count: 1))
            var batch = RequestBatch(requests: 1)
            defer { batch.deallocate() }
            for number in 0..<20_000 {
                source.fill(&batch, 1)
                let digits = String(repeating: "0", count: width - "\(number)".count) + "\(number)"
                let key = (format == .benchmark ? "key:" : "") + digits
                #expect(
                    Array(UnsafeBufferPointer(start: batch.bytes, count: batch.length))
                        == RequestEncoder.encode(["SET", key, "VXK"]))
            }
        }
    }

    @Test func workerPartsCoverTheWhole() {
        for total: UInt64 in [0, 1, 7, 100, 12_345, .max] {
            for count in [1, 2, 3, 7, 64] {
                let parts = (0..<count).map { WorkerPlace(index: $0, count: count).part(of: total) }
                #expect(parts.first?.lowerBound == 0 && parts.last?.upperBound == total)
                #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
            }
        }
    }

    /// A server that takes 30 ms for every batch: every command of the batch took that long.
    @Test func latencyIsPerCommand() throws {
        let length = template.bytes.count
        let server = try ScriptedServer { _, all, new in
            Clock.sleep(milliseconds: 30)
            let answers = all.count / length - (all.count - new) / length
            return .bytes((0..<answers).flatMap { _ in Array("+OK\r\n".utf8) })
        }
        defer { server.stop() }
        var options = LoadOptions()
        options.connections = 1
        options.pipeline = 10
        var load = try LoadSession(to: server.address, options) {
            TemplateSource(template, range: 10, seed: 1, $0)
        }
        let sample = try load.run(.requests(100))
        #expect(sample.latency.count == 100)
        #expect((sample.latency.min ?? 0) >= 29_000_000)
        #expect((sample.latency.percentile(50) ?? .max) < 200_000_000)
    }
}
