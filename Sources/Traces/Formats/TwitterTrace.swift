// Lines of the Twitter traces: where they end, and what stands before the first.
//
// Lines end in LF, CR LF or, where the first line does, in CR. Empty lines are no records; a mark
// of the byte order and a heading (`TwitterLine.isHeading`) may come before the first. A damaged
// line ends at the next line end.
import Glibc

struct TwitterTrace: TraceDecoder {
    private var lineEnd: CInt = 0x0a

    var name: String { "twitter" }
    var suffixes: [String] { ["csv"] }
    var operations: [TraceOperation] { MemcachedOperation.operations }
    var hasKeySizes: Bool { true }

    /// Keys have at most 64 KiB, the other columns some 60 bytes.
    private static let lineLimit = 68 << 10
    private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

    init() {}

    /// Whether the first line is text with seven columns or more.
    func fits(_ start: UnsafeRawBufferPointer) -> Bool {
        guard start.baseAddress != nil else { return false }
        let line = start.prefix { $0 != UInt8(ascii: "\n") }
        guard line.count < start.count || start.count < TraceFormats.sampleBytes else {
            return false
        }
        return line.allSatisfy { $0 >= 0x20 || $0 == 0x0d || $0 == 0x09 }
            && line.filter { $0 == UInt8(ascii: ",") }.count >= 6
    }

    /// Finds out how lines end, and passes what comes before the first record.
    mutating func begin(_ input: inout TraceInput) {
        let filled = input.filled
        let bytes = UnsafeBufferPointer(start: input.buffer, count: filled)
        if bytes.starts(with: Self.byteOrderMark) { input.taken = Self.byteOrderMark.count }
        let end = bytes.firstIndex { $0 == 0x0a || $0 == 0x0d } ?? filled
        if end + 1 < filled && bytes[end] == 0x0d && bytes[end + 1] != 0x0a { lineEnd = 0x0d }
        guard TwitterLine.isHeading(input.buffer + input.taken, max(0, end - input.taken)) else {
            return
        }
        input.passed = 1
        // "\r\n" is two bytes
        input.taken = min(filled, end + 1)
        if end + 1 < filled && bytes[end] == 0x0d && lineEnd == 0x0a { input.taken += 1 }
    }

    mutating func decode(
        _ input: inout TraceInput, into target: UnsafeMutableBufferPointer<TraceRecord>,
        from first: Int
    ) -> Int {
        let (buffer, filled) = (input.buffer, input.filled)
        var count = first
        var position = input.taken
        while count < target.count && position < filled && input.failure == nil {
            let start = buffer + position
            let feed = memchr(start, lineEnd, filled &- position)
            var length = filled &- position
            if let feed {
                length = UnsafeRawPointer(feed) - UnsafeRawPointer(start)
            } else if !input.isAtEnd && length < Self.lineLimit {
                break  // not whole yet
            }
            input.passed &+= 1
            let ending = feed == nil ? 0 : 1
            if length >= Self.lineLimit {
                // Whatever it is, it is no line of a trace; what is left of it is another damaged
                // one.
                position &+= min(length &+ ending, Self.lineLimit)
                input.leaveOut(DamagedRecord("a line of more than 68 KiB"), .line(input.passed))
                continue
            }
            position &+= length &+ ending
            if length > 0 && start[length &- 1] == 0x0d { length &-= 1 }
            if length == 0 { continue }
            if let damage = TwitterLine.decode(start, length, into: &target[count]) {
                let cut = feed == nil ? "the file ends within a line: " : ""
                input.leaveOut(DamagedRecord(cut + damage.problem), .line(input.passed))
            } else {
                count &+= 1
            }
        }
        input.taken = position
        return count
    }
}
