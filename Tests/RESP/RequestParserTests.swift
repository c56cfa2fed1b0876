// Requests as they are read, wherever the stream is cut, and what breaks it.
import RESP
import Testing

/// What a parser made of a stream: requests as text, and how it ended.
private struct Parsed: Equatable {
    var requests: [[String]] = []
    var failure: RequestError?
    /// Bytes that were left when the stream ended.
    var rest = 0
}

/// Feeds `stream` in `pieces` (their lengths; what is left comes last) as a connection would: new
/// bytes are appended to those that were not consumed, at another address each time.
private func parse(_ stream: String, pieces: [Int]) -> Parsed {
    let bytes = Array(stream.utf8)
    var parser = RequestParser()
    var arguments = ArgumentVector()
    var parsed = Parsed()
    var waiting: [UInt8] = []
    var position = 0
    for piece in pieces + [bytes.count] {
        let end = min(position + piece, bytes.count)
        waiting += bytes[position..<end]
        position = end
        while parsed.failure == nil {
            let buffer = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(waiting.count, 1), alignment: 1)
            defer { buffer.deallocate() }
            buffer.copyBytes(from: waiting)
            arguments.removeAll()
            let outcome = parser.next(buffer.baseAddress!, waiting.count, into: &arguments)
            switch outcome {
            case .request(let length):
                if arguments.count > 0 {
                    parsed.requests.append((0..<arguments.count).map { arguments[$0].string })
                }
                waiting.removeFirst(length)
                continue
            case .incomplete: #expect(arguments.count == 0)
            case .failed(let error): parsed.failure = error
            }
            break
        }
    }
    parsed.rest = parsed.failure == nil ? waiting.count : 0
    return parsed
}

private func parse(_ stream: String) -> Parsed { parse(stream, pieces: []) }

private let mixed =
    "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\nPING\r\n\r\n*0\r\n*-1\r\n*3\r\n$3\r\nset\r\n$0\r\n\r\n$11\r\n"
    + "a\r\n$-1\r\n*99\r\nget \"a b\" 'c\\'d'\n*1\r\n$4\r\nQUIT\r\n"

private let mixedRequests = [
    ["GET", "key"], ["PING"], ["set", "", "a\r\n$-1\r\n*99"], ["get", "a b", "c'd"], ["QUIT"],
]

@Suite struct RequestParserTests {
    @Test func aWholeStream() {
        #expect(parse(mixed) == Parsed(requests: mixedRequests))
    }

    @Test func oneByteAtATime() {
        let pieces = Array(repeating: 1, count: mixed.utf8.count)
        #expect(parse(mixed, pieces: pieces) == Parsed(requests: mixedRequests))
    }

    @Test func everyPairOfSplitPoints() {
        let count = mixed.utf8.count
        for first in 0...count {
            for second in 0...(count - first) {
                let parsed = parse(mixed, pieces: [first, second])
                guard parsed == Parsed(requests: mixedRequests) else {
                    Issue.record("split after \(first) and \(second): \(parsed)")
                    return
                }
            }
        }
    }

    /// Errors, whole and in single bytes: the same, and after the same requests.
    @Test(arguments: [
        ("PING\r\n*3\r\n$3\r\nabc\r\n$-1\r\n", RequestError.invalidBulkLength, 1),
        ("*1\r\n$536870913\r\n", .invalidBulkLength, 0),
        ("*1\r\n$04\r\nPING\r\n", .invalidBulkLength, 0),
        ("*1\r\n$\r\n", .invalidBulkLength, 0),
        ("*1\r\n$4 \r\nPING\r\n", .invalidBulkLength, 0),
        ("*1\r\n$99999999999999999999\r\n", .invalidBulkLength, 0),
        ("*3a\r\n", .invalidCount, 0), ("* 1\r\n", .invalidCount, 0), ("*\r\n", .invalidCount, 0),
        ("*01\r\n$4\r\nPING\r\n", .invalidCount, 0), ("*2147483648\r\n", .invalidCount, 0),
        ("*9223372036854775808\r\n", .invalidCount, 0),
        ("*1\r\n:3\r\n", .expectedBulk(UInt8(ascii: ":")), 0),
        ("*1\r\n\r\n\r\n", .expectedBulk(13), 0),
        ("get \"a\r\n", .unbalancedQuotes, 0), ("get \"a\"b\"\r\n", .unbalancedQuotes, 0),
        ("get 'a\r\n", .unbalancedQuotes, 0),
        ("*1\r\n$4\r\nPINGxx*1\r\n", .invalidLineEnd, 0),
        ("*1\r\n$4\r\nPING\n\n", .invalidLineEnd, 0),
        ("*2\r\n$4\r\nECHO\r\n$1\r\na\r\r", .invalidLineEnd, 0),
        ("PING\r\n*1\rx$4\r\nPING\r\n", .invalidLineEnd, 1),
        ("*1\r\n$4\rxPING\r\n", .invalidLineEnd, 0),
    ])
    func errors(_ stream: String, _ error: RequestError, _ requests: Int) {
        for pieces in [[], Array(repeating: 1, count: stream.utf8.count)] {
            let parsed = parse(stream, pieces: pieces)
            #expect(parsed.failure == error)
            #expect(parsed.requests.count == requests)
        }
    }

    @Test func errorTexts() {
        #expect(
            RequestError.invalidBulkLength.message == "ERR Protocol error: invalid bulk length")
        #expect(RequestError.invalidCount.message == "ERR Protocol error: invalid multibulk length")
        #expect(
            RequestError.expectedBulk(13).message == "ERR Protocol error: expected '$', got ' '")
        #expect(
            RequestError.inlineTooBig.message == "ERR Protocol error: too big inline request")
        #expect(
            RequestError.unbalancedQuotes.message
                == "ERR Protocol error: unbalanced quotes in request")
        #expect(
            RequestError.countLineTooBig.message == "ERR Protocol error: too big mbulk count string"
        )
        #expect(
            RequestError.bulkLengthLineTooBig.message
                == "ERR Protocol error: too big bulk count string")
    }

    @Test func linesHaveALimit() {
        let long = String(repeating: "1", count: RequestParser.maxLine)
        #expect(parse(long) == Parsed(rest: long.utf8.count))
        #expect(parse(long + "1").failure == .inlineTooBig)
        #expect(parse("*" + long).failure == .countLineTooBig)
        #expect(parse("*1\r\n$" + long).failure == .bulkLengthLineTooBig)
        #expect(parse("*1\r\n" + String(long.dropLast(10))).failure == nil)
    }

    @Test func limitsAreAllowed() {
        #expect(parse("*2147483647\r\n") == Parsed(rest: 13))
        #expect(parse("*1\r\n$536870912\r\n") == Parsed(rest: 16))
    }

    @Test func escapesOfInlineCommands() {
        #expect(
            parse(#"a "\x41\n\r\t\b\a\\\"" b"# + "\n").requests[0][1] == "A\n\r\t\u{8}\u{7}\\\"")
        #expect(parse(#"a '\n\''"# + "\n").requests == [["a", #"\n'"#]])
        #expect(parse("  a\tb\u{b}c  \r\n").requests == [["a", "b", "c"]])
        #expect(parse(#"a "" ''"# + "\n").requests == [["a", "", ""]])
    }

    /// 300 arguments, more than the vector begins with, trickling in.
    @Test func manyArguments() {
        let words = (0..<300).map { "w\($0)" }
        let stream =
            "*300\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
        #expect(parse(stream, pieces: [700, 1, 2, 3, 500]) == Parsed(requests: [words]))
    }
}
