// Seeded random streams, sound and hostile: the parser never reads outside its bytes or traps, and
// it finds the same requests and the same error however the stream is cut.
import Distributions
import Glibc
import RESP
import Testing

/// The same stream for the same seed everywhere.
extension SplitMix64 {
    mutating func bytes(_ limit: Int) -> [UInt8] {
        (0..<Int.random(in: 0...limit, using: &self)).map { _ in
            UInt8.random(in: 0...255, using: &self)
        }
    }

    /// A piece of a stream: mostly sound requests, else what should not be.
    mutating func piece() -> [UInt8] {
        let hostile = [
            "*2147483647\r\n", "*2147483648\r\n", "*1\r\n$1\r\naxx", "get \"a\"b'c'\r\n", "*-2\r\n",
            "*0\r\n", "*1\r\n$536870913\r\n",
            "*1\r\n$-1\r\n", "*2\r\n*2\r\n", "*1\r\n*1\r\n*1\r\n", "$3\r\nabc\r\n", "*1\r\n$x\r\n",
            "*1\r\n$99999999999999999999\r\n", "*3\r\n$3\r\nSET\r\n", "\"", "'a", "\r\n", "\n",
            "*00001\r\n$4\r\nPING\r\n", "*1\r\n$0004\r\nPING\r\n", "*1\r\n:4\r\n", "*\r\n", "**",
            "get \"\\x41\\n\" 'b'\r\n", "*536870912\r\n$536870912\r\n", "%1\r\n", "+OK\r\n",
        ]
        switch Int.random(in: 0..<10, using: &self) {
        case 0: return bytes(40)
        case 1: return Array(hostile.randomElement(using: &self)!.utf8)
        case 2: return Array("PING a b\r\n".utf8)
        default:
            let words = (0..<Int.random(in: 1...5, using: &self)).map { _ in bytes(30) }
            var text = Array("*\(words.count)\r\n".utf8)
            for word in words { text += Array("$\(word.count)\r\n".utf8) + word + [13, 10] }
            return text
        }
    }

    mutating func stream() -> [UInt8] {
        var all: [UInt8] = []
        for _ in 0..<Int.random(in: 1...12, using: &self) { all += piece() }
        // Cut short, or with one byte changed.
        if Bool.random(using: &self) { all.removeLast(Int.random(in: 0...all.count, using: &self)) }
        if Bool.random(using: &self), !all.isEmpty {
            all[Int.random(in: 0..<all.count, using: &self)] = UInt8.random(
                in: 0...255, using: &self)
        }
        return all
    }
}

@Suite struct RequestParserFuzzTests {
    private static var seeds: Int {
        getenv("HASHMARK_FUZZ_SEEDS").flatMap { Int(String(cString: $0)) } ?? 20_000
    }

    private struct Parsed: Equatable {
        var requests: [[[UInt8]]] = []
        var failure: RequestError?
    }

    /// Parses `stream`, of which a random number of bytes more comes at a time. The bytes lie in an
    /// allocation of exactly their number, so that a sanitizer sees any access outside.
    private func parse(_ stream: [UInt8], steps: () -> Int) -> Parsed {
        var parsed = Parsed()
        var parser = RequestParser()
        var arguments = ArgumentVector()
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: max(stream.count, 1), alignment: 1)
        defer { buffer.deallocate() }
        stream.withUnsafeBytes { if $0.count > 0 { memcpy(buffer, $0.baseAddress!, $0.count) } }
        var start = 0
        var end = 0
        while end < stream.count {
            end = min(end + steps(), stream.count)
            while true {
                arguments.removeAll()
                let outcome = parser.next(buffer + start, end - start, into: &arguments)
                switch outcome {
                case .request(let length):
                    start += length
                    parsed.requests.append(
                        (0..<arguments.count).map { Array(arguments[$0].bytes) })
                    continue
                case .failed(let error):
                    parsed.failure = error
                    return parsed
                case .incomplete: break
                }
                break
            }
        }
        return parsed
    }

    @Test func theCutDoesNotMatter() {
        for seed in 0..<Self.seeds {
            var random = SplitMix64(seed: UInt64(seed))
            let stream = random.stream()
            let whole = parse(stream) { max(stream.count, 1) }
            let bytewise = parse(stream) { 1 }
            #expect(whole == bytewise, "seed \(seed)")
            let pieces = parse(stream) { Int.random(in: 1...20, using: &random) }
            #expect(whole == pieces, "seed \(seed)")
        }
    }
}
