// Replies beside what they must be: right ones never alarm, however they are cut; wrong ones are
// found and named.
import Foundation
import Glibc
import LinuxSystem
import LoadGenerator
import TestSupport
import Testing
import Workloads

/// Answers GETs of ten-byte keys as it is told, in pieces of so many bytes, on one connection.
private final class PiecewiseServer: Sendable {
    let address: SocketAddress
    private static let requestBytes = "*2\r\n$3\r\nGET\r\n$10\r\n0123456789\r\n".utf8.count

    init(piece: Int, answer: @escaping @Sendable (UInt64) -> [UInt8]) throws {
        let listener = try Socket.listen(on: .tcp(host: "127.0.0.1", port: 0))
        address = .tcp(host: "127.0.0.1", port: Socket.localPort(listener))
        Thread.detachNewThread {
            guard Socket.waitReadable(listener, milliseconds: 10_000),
                let fd = Socket.accept(from: listener)
            else { return }
            var on: CInt = 1
            setsockopt(
                fd, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
            Self.serve(fd, piece, answer)
            close(fd)
            close(listener)
        }
    }

    private static func serve(_ fd: CInt, _ piece: Int, _ answer: (UInt64) -> [UInt8]) {
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while Socket.waitReadable(fd, milliseconds: 10_000) {
            let count = read(fd, &chunk, chunk.count)
            guard count > 0 else { return }
            received += chunk.prefix(count)
            var replies: [UInt8] = []
            while received.count >= requestBytes {
                let key = received[(requestBytes - 12)..<(requestBytes - 2)]
                replies += answer(UInt64(String(decoding: key, as: UTF8.self))!)
                received.removeFirst(requestBytes)
            }
            var sent = 0
            while sent < replies.count {
                let part = min(piece, replies.count - sent)
                let count = replies.withUnsafeBytes { write(fd, $0.baseAddress! + sent, part) }
                guard count > 0 || errno == EAGAIN else { return }
                sent += max(count, 0)
            }
        }
    }
}

/// A hundred populated keys with values of `sizes` bytes.
private func workload(_ sizes: ClosedRange<Double>) throws -> CompiledWorkload {
    var keyspace = KeyspaceSpec(keys: 100, keySize: SizeSpec(.constant(10)))
    keyspace.valueSize = SizeSpec(.uniform(least: sizes.lowerBound, most: sizes.upperBound))
    return try CompiledWorkload(
        Workload(
            name: "w", keyspaces: [keyspace],
            operations: [OperationSpec(command: .get, weight: 1)]))
}

extension CompiledWorkload {
    fileprivate func value(_ key: UInt64) -> [UInt8] {
        let size = valueSize(keyspace: 0, key: key)!
        return [UInt8](unsafeUninitializedCapacity: size) { bytes, count in
            writeValue(
                keyspace: 0, salt: ValueFiller.salt(ofKey: key), count: size,
                to: bytes.baseAddress!)
            count = size
        }
    }
}

private func bulk(_ value: [UInt8]) -> [UInt8] {
    Array("$\(value.count)\r\n".utf8) + value + Array("\r\n".utf8)
}

private let requests: UInt64 = 400

private func ask(
    _ workload: CompiledWorkload, piece: Int, _ answer: @escaping @Sendable (UInt64) -> [UInt8]
) throws -> LoadSample {
    let server = try PiecewiseServer(piece: piece, answer: answer)
    var options = LoadOptions()
    options.connections = 1
    options.pipeline = 8
    var session = try LoadSession(to: server.address, options) {
        WorkloadSource(workload, seed: 3, $0)
    }
    return try session.run(.requests(requests))
}

@Suite(.serialized) struct AnswerTests {
    @Test(
        arguments: [1, 2, 3, 7, 61, 4_096],
        [
            1.0...12, 1...300, 7...7, 8...8, 64...64, 99...101, 999...1_001, 9_999...10_001,
            65_534...65_538, 70_000...70_100,
        ])
    func rightAnswersNeverAlarm(_ piece: Int, _ sizes: ClosedRange<Double>) throws {
        // a byte at a time takes long
        guard sizes.upperBound < 1_000 || (piece > 60 && sizes.upperBound < 10_000) || piece > 4_000
        else { return }
        let workload = try workload(sizes)
        let sample = try ask(workload, piece: piece) { bulk(workload.value($0)) }
        #expect(sample.answers.wrong == 0, "\(sample.answers)")
        #expect(sample.answers.lost == 0)
        #expect(sample.answers.checked == requests)
        #expect(sample.answers.whole >= requests / 61)
    }

    @Test(arguments: [3, 4_096], [20.0...300, 64...64, 8...8, 3...3, 1_000...1_000])
    func wrongEndsAndLengthsAreFound(_ piece: Int, _ sizes: ClosedRange<Double>) throws {
        let workload = try workload(sizes)
        let line = Array("\r\n".utf8)
        let faults: [@Sendable ([UInt8]) -> [UInt8]] = [
            { [$0[0] ^ 1] + $0.dropFirst() }, { $0.dropLast() + [$0.last! ^ 1] },
            { $0.dropLast() }, { $0 + [0x61] }, { _ in [] }, { line + $0 }, { $0 + line },
            { $0 + line + $0 }, { value in value.map { $0 ^ 1 } },
            { value in
                var value = value
                value[min(7, value.count - 1)] ^= 1
                return value
            },
            { value in
                var value = value
                value[max(value.count - 8, 0)] ^= 1
                return value
            },
        ]
        for (index, fault) in faults.enumerated() {
            let sample = try ask(workload, piece: piece) { bulk(fault(workload.value($0))) }
            #expect(sample.answers.wrong == requests, "fault \(index)")
            #expect(sample.answers.firstWrong?.command == "get", "fault \(index)")
        }
    }

    @Test func bytesInTheMiddleAreLookedAtNowAndThen() throws {
        let workload = try workload(20...300)
        let sample = try ask(workload, piece: 4_096) { key in
            var value = workload.value(key)
            value[10] ^= 1
            return bulk(value)
        }
        #expect(sample.answers.wrong == sample.answers.whole)
        #expect((requests / 61...requests / 50).contains(sample.answers.wrong))
    }

    /// What is looked at takes no memory: ten times as many replies cost no allocation more.
    @Test(arguments: [64.0...64, 20...300])
    func lookingAtRepliesDoesNotAllocate(_ sizes: ClosedRange<Double>) throws {
        let workload = try workload(sizes)
        let server = try PiecewiseServer(piece: 4_096) { bulk(workload.value($0)) }
        var options = LoadOptions()
        options.connections = 1
        options.pipeline = 8
        var session = try LoadSession(to: server.address, options) {
            WorkloadSource(workload, seed: 3, $0)
        }
        func count(_ requests: UInt64) -> Int {
            allocations {
                let sample = try? session.run(.requests(requests))
                #expect(sample?.answers.checked == requests && sample?.answers.wrong == 0)
            }
        }
        _ = count(2_000)
        // as in LoadSessionTests
        let short = (0..<5).map { _ in count(400) }.min()!
        let long = (0..<5).map { _ in count(4_000) }.min()!
        #expect(long - short < 10, "400 requests: \(short), 4,000: \(long)")
    }

    @Test func nullsErrorsAndOtherKindsAreToldApart() throws {
        let workload = try workload(20...300)
        let lost = try ask(workload, piece: 3) { _ in Array("$-1\r\n".utf8) }
        #expect(lost.answers.lost == requests && lost.answers.wrong == 0)
        #expect(lost.answers.firstLost?.key.count == 10)
        let number = try ask(workload, piece: 3) { _ in Array(":12\r\n".utf8) }
        #expect(number.answers.wrong == requests && number.answers.lost == 0)
        let error = try ask(workload, piece: 3) { _ in Array("-ERR no\r\n".utf8) }
        #expect(error.errors == requests)
        #expect(error.answers.wrong == 0 && error.answers.lost == 0)
    }
}
