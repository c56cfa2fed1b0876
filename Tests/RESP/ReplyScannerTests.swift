// The scanner and the decoder read the same protocol: every sample here goes through both, whole,
// cut at every place, and byte by byte.
import RESP
import Testing

/// One reply with what both readers must make of it.
struct ReplyCase: Sendable, CustomTestStringConvertible {
    let text: String
    let kind: ReplyKind
    let value: RESPValue

    init(_ text: String, _ kind: ReplyKind, _ value: RESPValue) {
        self.text = text
        self.kind = kind
        self.value = value
    }

    var testDescription: String { text.debugDescription }
    var bytes: [UInt8] { Array(text.utf8) }

    private static func text(_ string: String) -> RESPValue { .bytes(Array(string.utf8)) }

    static let all: [ReplyCase] = [
        ReplyCase("+OK\r\n", .status, .status("OK")),
        ReplyCase("+\r\n", .status, .status("")),
        ReplyCase("+a\r\n", .status, .status("a")),
        ReplyCase("+PONG\r\n", .status, .status("PONG")),
        ReplyCase("-ERR no\r\n", .error, .error("ERR no")),
        ReplyCase(":0\r\n", .integer, .integer(0)),
        ReplyCase(":-9223372036854775808\r\n", .integer, .integer(.min)),
        ReplyCase("$-1\r\n", .null, .null),
        ReplyCase("$0\r\n\r\n", .bytes, text("")),
        ReplyCase("$3\r\nabc\r\n", .bytes, text("abc")),
        ReplyCase("$4\r\n\r\n\r\n\r\n", .bytes, text("\r\n\r\n")),
        ReplyCase("*-1\r\n", .null, .null),
        ReplyCase("*0\r\n", .aggregate, .array([])),
        ReplyCase(
            "*3\r\n:1\r\n$-1\r\n*2\r\n+a\r\n-E\r\n", .aggregate,
            .array([.integer(1), .null, .array([.status("a"), .error("E")])])),
        ReplyCase(
            "*2\r\n*0\r\n*1\r\n*0\r\n", .aggregate, .array([.array([]), .array([.array([])])])),
        ReplyCase("_\r\n", .null, .null),
        ReplyCase("#t\r\n", .scalar, .boolean(true)),
        ReplyCase(",-1.5e3\r\n", .scalar, .double(-1500)),
        ReplyCase(",inf\r\n", .scalar, .double(.infinity)),
        ReplyCase(
            "(3492890328409238509324850943850943825024385\r\n", .scalar,
            .bigNumber("3492890328409238509324850943850943825024385")),
        ReplyCase("!7\r\nERR big\r\n", .error, .error("ERR big")),
        ReplyCase("=8\r\ntxt:text\r\n", .bytes, text("text")),
        ReplyCase(
            "%1\r\n+k\r\n~1\r\n:2\r\n", .aggregate,
            .map([.init(.status("k"), .set([.integer(2)]))])),
        ReplyCase("%0\r\n", .aggregate, .map([])),
        ReplyCase(">2\r\n+message\r\n$1\r\nx\r\n", .push, .push([.status("message"), text("x")])),
        ReplyCase("|1\r\n+ttl\r\n:3\r\n+OK\r\n", .status, .status("OK")),
        ReplyCase("|0\r\n:1\r\n", .integer, .integer(1)),
        ReplyCase(
            "*2\r\n|1\r\n+a\r\n*1\r\n:1\r\n:2\r\n:3\r\n", .aggregate,
            .array([.integer(2), .integer(3)])),
    ]
}

/// Feeds `bytes` in pieces that end at `cuts`, as a receive loop does.
private func scan(_ bytes: [UInt8], cuts: [Int]) -> (steps: [ReplyScanner.Step], errors: [String]) {
    var scanner = ReplyScanner()
    var steps: [ReplyScanner.Step] = []
    var errors: [String] = []
    var pending: [UInt8] = []
    var start = 0
    for end in cuts + [bytes.count] {
        pending += bytes[start..<end]
        start = end
        var position = 0
        pending.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            scanning: while position < buffer.count {
                let step = scanner.scan(base, buffer.count, &position)
                switch step {
                case .needMore: break scanning
                case .malformed:
                    steps.append(step)
                    return
                case .reply(let kind):
                    steps.append(step)
                    if kind == .error {
                        errors.append(
                            String(decoding: buffer[scanner.errorText], as: UTF8.self))
                    }
                }
            }
        }
        if case .malformed? = steps.last { return (steps, errors) }
        pending.removeFirst(position)
    }
    return (steps, errors)
}

private func decodeAll(_ bytes: [UInt8]) throws -> [RESPValue] {
    var values: [RESPValue] = []
    var position = 0
    while position < bytes.count {
        let rest = Array(bytes[position...])
        let decoded = try rest.withUnsafeBufferPointer { try ReplyDecoder.decode($0) }
        guard let decoded else { break }
        values.append(decoded.value)
        position += decoded.length
    }
    return values
}

@Suite struct ReplyScannerTests {
    @Test(arguments: ReplyCase.all)
    func whole(_ sample: ReplyCase) throws {
        let (steps, errors) = scan(sample.bytes, cuts: [])
        #expect(steps == [.reply(sample.kind)])
        if case .error(let text) = sample.value { #expect(errors == [text]) }
        #expect(try decodeAll(sample.bytes) == [sample.value])
    }

    @Test(arguments: ReplyCase.all)
    func everyPrefixNeedsMore(_ sample: ReplyCase) throws {
        for end in 0..<sample.bytes.count {
            let prefix = Array(sample.bytes[..<end])
            #expect(scan(prefix, cuts: []).steps == [], "after \(end) bytes")
            #expect(try decodeAll(prefix) == [], "after \(end) bytes")
        }
    }

    @Test func everySplitOfAllReplies() {
        let stream = ReplyCase.all.flatMap(\.bytes)
        let expected = ReplyCase.all.map { ReplyScanner.Step.reply($0.kind) }
        for cut in 0...stream.count {
            #expect(scan(stream, cuts: [cut]).steps == expected, "cut at \(cut)")
        }
        #expect(scan(stream, cuts: Array(1..<stream.count)).steps == expected, "byte by byte")
    }

    /// Two cuts anywhere, over neighbours that begin and end in all ways.
    @Test func everyPairOfSplits() {
        let stream = Array("$3\r\nabc\r\n+OK\r\n*2\r\n$-1\r\n-E x\r\n:12\r\n$0\r\n\r\n".utf8)
        let expected = scan(stream, cuts: []).steps
        #expect(expected.count == 5)
        for first in 0...stream.count {
            for second in first...stream.count {
                #expect(
                    scan(stream, cuts: [first, second]).steps == expected, "\(first), \(second)")
            }
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 400 Bad Request\r\n", MalformedReply.unknownType(UInt8(ascii: "H"))),
        ("$a\r\n", .badLength), ("$-2\r\n", .badLength), ("$\r\n", .badLength),
        ("$99999999999\r\n", .badLength), ("$600000000\r\n", .tooLong), ("$+1\r\n", .badLength),
        ("*-2\r\n", .badLength), ("*9999999999\r\n", .tooLong), ("%-1\r\n", .badLength),
        (">-1\r\n", .badLength), ("!99999\r\n", .tooLong), ("$?\r\n", .badLength),
        ("+a\rb\r\n", .missingLineEnd), ("$1\r\nabc", .missingLineEnd), ("\r\n", .unknownType(13)),
        ("$1\r\nab\r\n", .missingLineEnd), (":1\r:\n", .missingLineEnd),
    ])
    func refusals(_ text: String, _ reason: MalformedReply) {
        let bytes = Array(text.utf8)
        #expect(scan(bytes, cuts: []).steps == [.malformed(reason)])
        #expect(throws: reason) { _ = try decodeAll(bytes) }
        #expect(scan(bytes, cuts: Array(1..<bytes.count)).steps == [.malformed(reason)])
    }

    @Test func nestingIsCapped() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "*1\r\n", count: depth) + ":1\r\n").utf8)
        }
        #expect(scan(nested(32), cuts: []).steps == [.reply(.aggregate)])
        #expect(try decodeAll(nested(32)).count == 1)
        #expect(scan(nested(33), cuts: []).steps == [.malformed(.tooDeep)])
        #expect(throws: MalformedReply.tooDeep) { _ = try decodeAll(nested(33)) }
    }

    @Test func endlessLinesAreRefused() {
        let line = Array("+".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 65 << 10)
        #expect(scan(line, cuts: []).steps == [.malformed(.tooLong)])
    }

    /// A value of any size passes through a small buffer.
    @Test func largeStringsNeedNoRoom() {
        var scanner = ReplyScanner()
        let head = Array("$1000000\r\n".utf8)
        let chunk = [UInt8](repeating: UInt8(ascii: "\r"), count: 1000)
        var position = 0
        #expect(
            head.withUnsafeBufferPointer {
                scanner.scan($0.baseAddress!, $0.count, &position)
            } == .needMore)
        #expect(position == head.count)
        for _ in 0..<1000 {
            position = 0
            _ = chunk.withUnsafeBufferPointer {
                scanner.scan($0.baseAddress!, $0.count, &position)
            }
            #expect(position == chunk.count)
        }
        position = 0
        let end: [UInt8] = [13, 10]
        #expect(
            end.withUnsafeBufferPointer {
                scanner.scan($0.baseAddress!, $0.count, &position)
            } == .reply(.bytes))
    }

    /// Bytes changed at random: neither reader crashes, and what the decoder takes the scanner
    /// takes, with the same kinds of replies.
    @Test func mutationsAgree() {
        var random = SystemRandomNumberGenerator()
        let stream = ReplyCase.all.flatMap(\.bytes)
        let alphabet = Array("+-:$*_#,(!=%~>|0123456789\r\nab".utf8)
        for _ in 0..<20_000 {
            var bytes = stream
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] =
                    alphabet.randomElement(using: &random)!
            }
            let scanned = scan(bytes, cuts: []).steps
            guard let decoded = try? decodeAll(bytes) else { continue }
            let kinds = scanned.filter { if case .reply = $0 { true } else { false } }
            #expect(kinds.count == decoded.count, "\(String(decoding: bytes, as: UTF8.self))")
        }
    }
}

@Suite struct RequestEncoderTests {
    @Test func requestsAreArraysOfStrings() {
        #expect(
            RequestEncoder.encode(["SET", "k", ""])
                == Array("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n".utf8))
        #expect(
            RequestEncoder.encode([[0, 13, 10, 255]]) == Array("*1\r\n$4\r\n".utf8) + [
                0, 13, 10, 255, 13, 10,
            ])
        #expect(RequestEncoder.encode([String]()) == Array("*0\r\n".utf8))
    }

    @Test func valuesReadAsNumbersAndText() {
        #expect(RESPValue.bytes(Array("12".utf8)).number == 12)
        #expect(RESPValue.integer(-3).number == -3)
        #expect(RESPValue.bytes(Array("x".utf8)).number == nil)
        #expect(
            RESPValue.map([.init(.status("a"), .integer(1))]).elements == [
                .status("a"), .integer(1),
            ])
    }
}
