// Append-only files: the writes of a server as the RESP commands that repeat them.
//
//     [RDB file] | *3 $3 SET $1 k $1 v | *2 … | #TS:1628217470 | …       (every line ends in CR LF)
//
// The state that the file began with may stand before them as an RDB file (its strings are `set`
// records), or in a file of its own that a manifest names (AppendOnlyManifest). Annotations tell
// times where the server was asked for them (aof-timestamp-enabled); without, all is one moment,
// and the RDB file's own is the clock.
//
// Arguments are looked at one by one, so that a command may be larger than the buffer; of a long
// one only the beginning is kept. A damaged command ends at the next line that begins one.
import Glibc

/// Copies of it are made before they begin; what a reader makes then is its own.
struct AppendOnlyTrace: CommandDecoder, @unchecked Sendable {
    var log: CommandLog?
    private var preamble: SnapshotStream?
    private var command = RecordedCommand()
    /// Arguments of the command under way that are to come.
    private var left: UInt64 = 0
    /// Bytes of an argument that need not be looked at, to come.
    private var unseen = 0
    private var isLost = false
    /// Where the command under way begins.
    private var start: UInt64 = 0
    /// The first moment that was told, ns since 1970: times are counted from there.
    private var origin: UInt64?

    var name: String { "aof" }
    var suffixes: [String] { ["aof", "manifest"] }
    var operations: [TraceOperation] { RecordedCommand.operations }
    var hasKeySizes: Bool { true }
    var isCertain: Bool { true }

    /// Longer arguments are cut: keys and words are shorter, of values only the length counts.
    private static let keptBytes = 64 << 10
    private static let longestLine = 1 << 10
    private static let longestArgument = UInt64(TraceRecord.largestValue)
    /// Most arguments of a request (`INT_MAX`).
    private static let mostArguments = UInt64(Int32.max)

    init() {}

    /// Whether it begins with a command or an annotation. One that begins with an RDB file is told
    /// by its name.
    func fits(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if bytes.starts(with: "#TS:".utf8) { return true }
        guard bytes.count > 4, bytes[0] == UInt8(ascii: "*") else { return false }
        let rest = bytes.dropFirst().drop { $0 >= 0x30 && $0 <= 0x39 }
        return rest.startIndex > 1 && rest.starts(with: "\r\n$".utf8)
    }

    mutating func begin(_ input: inout TraceInput) {
        let bytes = UnsafeRawBufferPointer(start: input.buffer, count: input.filled)
        if RDBReader.begins(bytes) { preamble = SnapshotStream(input) }
    }

    mutating func decode(
        _ input: inout TraceInput, into target: UnsafeMutableBufferPointer<TraceRecord>,
        from first: Int
    ) -> Int {
        var count = first
        if let stream = preamble {
            if let log {
                log.take(stream, &input)
            } else {
                count = stream.decode(&input, into: target, from: count)
            }
            guard stream.isAtEnd else { return count }
            preamble = nil
            if let time = stream.reader.writtenAt { tell(seconds: time) }
        }
        while count < target.count && input.failure == nil && log?.isFull != true {
            switch step(&input, &target[count]) {
            case .record:
                target[count].time = time
                count &+= 1
            case .nothing: break
            case .passedOver(let name): input.passOver(name)
            case .more:
                if input.isAtEnd { leaveOutTail(&input) }
                return count
            case .damaged(let problem):
                isLost = true
                leaveOut(problem, &input)
            }
        }
        return count
    }

    private enum Step {
        case record, nothing, more
        case passedOver(String)
        case damaged(String)

        init(_ outcome: RecordedCommand.Outcome) {
            switch outcome {
            case .nothing: self = .nothing
            case .record: self = .record
            case .passedOver(let name): self = .passedOver(name)
            }
        }
    }

    private mutating func step(_ input: inout TraceInput, _ record: inout TraceRecord) -> Step {
        if isLost { return find(&input) }
        if unseen > 0 {
            let part = min(unseen, input.filled - input.taken)
            // Behind it is the end of its line.
            log?.extend(input.buffer + input.taken, min(part, max(unseen - 2, 0)))
            unseen -= part
            input.taken += part
            guard unseen == 0 else { return .more }
            guard left == 0 else { return .nothing }
            log?.end(database: command.database)
            return Step(command.finish(into: &record))
        }
        return left == 0 ? beginCommand(&input) : takeArgument(&input, &record)
    }

    // MARK: commands and arguments

    private mutating func beginCommand(_ input: inout TraceInput) -> Step {
        start = input.origin + UInt64(input.taken)
        let (front, available) = (input.buffer + input.taken, input.filled - input.taken)
        switch line(front, available, atMost: Self.longestLine) {
        case .missing: return .damaged("no command begins here")
        case .partial: return .more
        case .whole(let line):
            if line.first == UInt8(ascii: "#") {
                annotate(line)
            } else {
                guard line.first == UInt8(ascii: "*"), line.last == 0x0d,
                    let arguments = RecordedCommand.number(body(of: line)), arguments > 0,
                    arguments <= Self.mostArguments
                else { return .damaged("no command begins here") }
                input.passed &+= 1
                left = arguments
                command.begin()
                log?.begin()
            }
            input.taken += line.count + 1
            return .nothing
        }
    }

    private mutating func takeArgument(
        _ input: inout TraceInput, _ record: inout TraceRecord
    ) -> Step {
        let (front, available) = (input.buffer + input.taken, input.filled - input.taken)
        switch line(front, available, atMost: 32) {
        case .missing: return .damaged("an argument has no length")
        case .partial: return .more
        case .whole(let line):
            guard line.first == UInt8(ascii: "$"), line.last == 0x0d,
                let length = RecordedCommand.number(body(of: line)),
                length <= Self.longestArgument
            else { return .damaged("an argument has no length") }
            let size = Int(length)
            let kept = min(size, Self.keptBytes)
            let needed = line.count + 1 + (size > kept ? kept : size + 2)
            guard available >= needed else { return .more }
            let bytes = UnsafeBufferPointer(start: front + line.count + 1, count: kept)
            if size == kept {
                let end = front + needed
                guard end[-2] == 0x0d, end[-1] == 0x0a else {
                    return .damaged("an argument is longer than its length says")
                }
            }
            let outcome = command.take(bytes, length: size, into: &record)
            log?.append(bytes)
            input.taken += needed
            left -= 1
            if left == 0, size == kept { log?.end(database: command.database) }
            if size > kept {
                unseen = size - kept + 2
            } else if left == 0, outcome == .nothing {
                return Step(command.finish(into: &record))
            }
            return Step(outcome)
        }
    }

    private enum Line {
        /// So long a one is none.
        case missing
        case partial
        /// Without its LF.
        case whole(UnsafeBufferPointer<UInt8>)
    }

    @inline(__always)
    private func line(
        _ start: UnsafeMutablePointer<UInt8>, _ available: Int, atMost most: Int
    ) -> Line {
        guard available > 0, let end = memchr(start, 0x0a, min(available, most)) else {
            return available >= most ? .missing : .partial
        }
        let count = UnsafeRawPointer(end) - UnsafeRawPointer(start)
        return .whole(UnsafeBufferPointer(start: start, count: count))
    }

    /// Between the first byte and the CR.
    private func body(of line: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: line[1..<max(line.count - 1, 1)])
    }

    // MARK: time

    /// `#TS:` and seconds; other annotations say nothing about the data.
    private mutating func annotate(_ line: UnsafeBufferPointer<UInt8>) {
        guard line.starts(with: "#TS:".utf8) else { return }
        let digits = line.dropFirst(4).prefix { $0 >= 0x30 && $0 <= 0x39 }
        if let seconds = RecordedCommand.number(UnsafeBufferPointer(rebasing: digits)) {
            tell(seconds: seconds)
        }
    }

    private mutating func tell(seconds: UInt64) {
        // Later than that no clock is right.
        guard seconds <= UInt64(UInt32.max) else { return }
        command.now = seconds * TraceRecord.second
        origin = origin ?? command.now
    }

    private var time: UInt64 {
        guard let now = command.now, let origin, now > origin else { return 0 }
        return now - origin
    }

    // MARK: damage

    private mutating func leaveOut(_ problem: String, _ input: inout TraceInput) {
        let number = input.passed + (left == 0 ? 1 : 0)
        input.leaveOut(DamagedRecord(problem), .record(number, offset: start))
        left = 0
        unseen = 0
        log?.begin()
    }

    private mutating func leaveOutTail(_ input: inout TraceInput) {
        guard left > 0 || unseen > 0 || input.taken < input.filled || isLost else { return }
        if !isLost { leaveOut("the file ends within a command", &input) }
        input.taken = input.filled
        isLost = false
    }

    /// Looks for the next line that begins a command.
    private mutating func find(_ input: inout TraceInput) -> Step {
        while input.taken < input.filled {
            let here = input.buffer + input.taken
            guard let end = memchr(here, 0x0a, input.filled - input.taken) else { break }
            let place = UnsafeRawPointer(end) - UnsafeRawPointer(input.buffer)
            guard place + 2 < input.filled else {
                input.taken = place
                return .more
            }
            input.taken = place + 1
            let digit = input.buffer[place + 2]
            if input.buffer[place + 1] == UInt8(ascii: "*"), digit >= 0x30, digit <= 0x39 {
                isLost = false
                return .nothing
            }
        }
        input.taken = input.filled
        return .more
    }
}
