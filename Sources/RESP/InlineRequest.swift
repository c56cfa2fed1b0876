// Inline commands: a line of words, as typed into a terminal. Parts of a word may be quoted: "…"
// with \n, \r, \t, \b, \a, \xHH and \ before anything else, '…' with \' alone. Unescaping shortens
// a word, so it happens in the input buffer. After `sdssplitargs` of Valkey 9.1; before, nothing
// but a blank could follow a closing quote.
import Glibc

enum InlineRequest {
    static func next(
        _ bytes: UnsafeMutableRawPointer, _ count: Int, into arguments: inout ArgumentVector
    ) -> RequestParser.Outcome {
        guard let found = memchr(bytes, 10, min(count, RequestParser.maxLine + 1)) else {
            return count > RequestParser.maxLine ? .failed(.inlineTooBig) : .incomplete
        }
        let length = bytes.distance(to: found)
        var end = length
        if end > 0, bytes.load(fromByteOffset: end - 1, as: UInt8.self) == 13 { end -= 1 }
        var line = Line(bytes: bytes.assumingMemoryBound(to: UInt8.self), end: end)
        let mark = arguments.count
        while line.skipBlanks() {
            guard let word = line.word() else {
                arguments.truncate(to: mark)
                return .failed(.unbalancedQuotes)
            }
            arguments.append(word)
        }
        return .request(length + 1)
    }

    private struct Line {
        let bytes: UnsafeMutablePointer<UInt8>
        let end: Int
        var position = 0

        static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

        /// False at the end of the line. A zero byte ends it too, as in C.
        mutating func skipBlanks() -> Bool {
            while position < end, Self.isBlank(bytes[position]) { position += 1 }
            return position < end && bytes[position] != 0
        }

        /// The word at `position`, or nil when a quote is not closed.
        mutating func word() -> Argument? {
            let start = position
            var target = start
            var quote: UInt8 = 0
            while position < end, bytes[position] != 0 {
                let byte = bytes[position]
                if quote == 0 {
                    if Self.isBlank(byte) { break }
                    position += 1
                    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                        quote = byte
                    } else {
                        bytes[target] = byte
                        target += 1
                    }
                } else if byte == quote {
                    position += 1
                    quote = 0
                } else {
                    bytes[target] = unescaped(quote)
                    target += 1
                }
            }
            return quote == 0 ? Argument(bytes + start, target - start) : nil
        }

        /// The next byte inside quotes; moves past its spelling.
        private mutating func unescaped(_ quote: UInt8) -> UInt8 {
            let byte = bytes[position]
            position += 1
            guard byte == UInt8(ascii: "\\"), position < end else { return byte }
            let next = bytes[position]
            if quote == UInt8(ascii: "'") {
                if next == quote { position += 1 }
                return next == quote ? quote : byte
            }
            if next == UInt8(ascii: "x"), position + 2 < end,
                let high = Self.hex(bytes[position + 1]), let low = Self.hex(bytes[position + 2])
            {
                position += 3
                return high << 4 | low
            }
            position += 1
            switch next {
            case UInt8(ascii: "n"): return 10
            case UInt8(ascii: "r"): return 13
            case UInt8(ascii: "t"): return 9
            case UInt8(ascii: "b"): return 8
            case UInt8(ascii: "a"): return 7
            default: return next
            }
        }

        private static func hex(_ byte: UInt8) -> UInt8? {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
            default: nil
            }
        }
    }
}
