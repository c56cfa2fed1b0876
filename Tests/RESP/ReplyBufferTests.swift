// Replies as they are written: bytes of both protocol versions.
import RESP
import Testing

private func written(version: UInt8 = 2, _ body: (inout ReplyBuffer) -> Void) -> String {
    var reply = ReplyBuffer()
    reply.version = version
    body(&reply)
    return String(decoding: reply.bytes, as: UTF8.self)
}

private let integers: [Int64] = [
    0, 1, 9, 10, 11, 99, 100, 101, 999, 1_000, 9_999, 10_000, 12_345, 99_999, 100_000,
    1_234_567_890,
    .max, .max - 1, .min, .min + 1, -1, -9, -10, -99, -100, -12_345,
]

@Suite struct ReplyBufferTests {
    @Test(arguments: integers) func writesIntegers(_ value: Int64) {
        #expect(written { $0.integer(value) } == ":\(value)\r\n")
        let text = "\(value)"
        #expect(written { $0.bulk(decimal: value) } == "$\(text.utf8.count)\r\n\(text)\r\n")
    }

    @Test(arguments: integers) func readsIntegers(_ value: Int64) {
        var text = "\(value)"
        #expect(text.withUTF8 { Decimal.parse($0.baseAddress!, $0.count) } == value)
    }

    @Test(arguments: [
        "", "-", "+1", "01", "-0", "00", " 1", "1 ", "1a", "9223372036854775808",
        "-9223372036854775809", "99999999999999999999", "184467440737095516160",
    ])
    func refusesWhatIsNoInteger(_ text: String) {
        var bytes = Array(text.utf8) + [0]
        #expect(
            bytes.withUnsafeMutableBytes { Decimal.parse($0.baseAddress!, text.utf8.count) } == nil)
        #expect(bytes.withUnsafeBytes { Decimal.parse(.init(rebasing: $0.dropLast())) } == nil)
    }

    @Test func noBytesAreNoInteger() {
        #expect(Decimal.parse(UnsafeRawBufferPointer(start: nil, count: 0)) == nil)
    }

    @Test func writesBulks() {
        for count in [0, 1, 9, 10, 99, 100, 1_000, 100_000, 2_000_000] {
            let text = String(repeating: "x", count: count)
            #expect(written { $0.bulk(text) } == "$\(count)\r\n\(text)\r\n")
        }
    }

    @Test func versionsDiffer() {
        let body: (inout ReplyBuffer) -> Void = { reply in
            reply.null()
            reply.nullArray()
            reply.map(2)
            reply.set(3)
            reply.verbatim("t")
        }
        #expect(written(body) == "$-1\r\n*-1\r\n*4\r\n*3\r\n$1\r\nt\r\n")
        #expect(written(version: 3, body) == "_\r\n_\r\n%2\r\n~3\r\n=5\r\ntxt:t\r\n")
    }

    @Test func errorsStayOnOneLine() {
        #expect(written { $0.error("ERR a\r\nb") } == "-ERR a  b\r\n")
    }

    @Test func isReusable() {
        var reply = ReplyBuffer()
        for _ in 0..<3 {
            reply.bulk(String(repeating: "x", count: 3_000_000))
            #expect(reply.count == 3_000_000 + 12)
            reply.removeAll()
            #expect(reply.count == 0)
        }
    }
}
