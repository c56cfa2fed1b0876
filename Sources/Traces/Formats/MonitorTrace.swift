// What MONITOR says, live or as `redis-cli monitor` wrote it to a file: every command of a server,
// with its time, database and client.
//
//     +1339518083.107412 [0 127.0.0.1:60866] "set" "x" "\x00\n\""      (`+` on the wire alone)
//     1339518083.107413 [0 lua] "get" "x"                              a script's call
//     [ proxy49 ] 1339518083.1… [0 …] …                                Redis Enterprise's
//
// There are no replies: of look-ups the size of the value is not known. The calls of scripts count,
// the EVAL that made them does not. Texts that `redis-cli` and servers write around it (OK, empty
// lines) are no records. Arguments are unescaped where they lie, one by one.
import Glibc

/// Copies of it are made before they begin; what a reader makes then is its own.
struct MonitorTrace: CommandDecoder, @unchecked Sendable {
    var log: CommandLog?
    private var command = RecordedCommand()
    private var time: UInt64 = 0
    /// Bytes of the line under way that are to come, and those of its end.
    private var rest = 0
    private var lineEnd = 0
    private var isWithin = false
    /// Whether the end of a line that is left out is to come.
    private var isTooLong = false

    var name: String { "monitor" }
    var suffixes: [String] { ["monitor"] }
    var operations: [TraceOperation] { RecordedCommand.operations }
    var tick: UInt64 { 1_000 }
    var hasKeySizes: Bool { true }
    var isCertain: Bool { true }

    init() {}

    func fits(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return false }
        let start = base.assumingMemoryBound(to: UInt8.self)
        var place = 0
        // A few lines at most stand before the first command.
        for _ in 0..<4 {
            guard place < bytes.count else { return false }
            let end = memchr(start + place, 0x0a, bytes.count - place)
            let count = end.map { UnsafeRawPointer($0) - UnsafeRawPointer(start + place) }
            let line = UnsafeBufferPointer(
                start: start + place, count: count ?? bytes.count - place)
            if !Self.isNoise(line) { return Self.head(line) != nil }
            place += line.count + 1
        }
        return false
    }

    mutating func decode(
        _ input: inout TraceInput, into target: UnsafeMutableBufferPointer<TraceRecord>,
        from first: Int
    ) -> Int {
        var count = first
        while count < target.count && input.failure == nil && log?.isFull != true {
            if !isWithin {
                guard beginLine(&input) else { break }
                continue
            }
            target[count].time = time
            switch takeArgument(&input, &target[count]) {
            case .record: count &+= 1
            case .nothing: break
            case .passedOver(let name): input.passOver(name)
            }
        }
        return count
    }

    // MARK: lines

    /// Passes one line or the head of one; false where more bytes are needed.
    private mutating func beginLine(_ input: inout TraceInput) -> Bool {
        let start = input.buffer + input.taken
        let available = input.filled - input.taken
        guard available > 0 else { return false }
        let feed = memchr(start, 0x0a, available)
        guard feed != nil || input.isAtEnd || available == TraceInput.capacity else { return false }
        var count = feed.map { UnsafeRawPointer($0) - UnsafeRawPointer(start) } ?? available
        let whole = count + (feed == nil ? 0 : 1)
        if isTooLong {
            isTooLong = feed == nil
            input.taken += whole
            return true
        }
        input.passed &+= 1
        if feed == nil && !input.isAtEnd {
            isTooLong = true
            input.taken += whole
            input.leaveOut(DamagedRecord("a line of more than 1 MiB"), .line(input.passed))
            return true
        }
        if count > 0 && start[count - 1] == 0x0d { count -= 1 }
        let line = UnsafeBufferPointer(start: UnsafePointer(start), count: count)
        if Self.isNoise(line) {
            input.taken += whole
            return true
        }
        guard let head = Self.head(line) else {
            input.taken += whole
            input.leaveOut(
                DamagedRecord("no time, database and client of a command"), .line(input.passed))
            return true
        }
        time = head.time
        command.now = head.time
        command.begin()
        log?.begin()
        command.selects(head.database)
        input.taken += head.count
        rest = count - head.count
        lineEnd = whole - count
        isWithin = true
        return true
    }

    /// Lines around the commands.
    private static func isNoise(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        line.count <= 4
            && line.allSatisfy { [0x4f, 0x4b, 0x2b, 0x0d, 0x20].contains($0) }  // "+OK", "OK", ""
    }

    /// What stands before the first argument: moment in ns since 1970, database, length.
    private static func head(
        _ line: UnsafeBufferPointer<UInt8>
    ) -> (time: UInt64, database: UInt64, count: Int)? {
        var place = 0
        func at(_ index: Int) -> UInt8 { index < line.count ? line[index] : 0 }
        func digits() -> UInt64? {
            let start = place
            while at(place) >= 0x30 && at(place) <= 0x39 { place += 1 }
            return RecordedCommand.number(UnsafeBufferPointer(rebasing: line[start..<place]))
        }
        if at(0) == UInt8(ascii: "[") {  // [ proxy49 ]
            guard let end = line.firstIndex(of: UInt8(ascii: "]")), at(end + 1) == 0x20 else {
                return nil
            }
            place = end + 2
        }
        if at(place) == UInt8(ascii: "+") { place += 1 }
        guard let seconds = digits(), seconds <= UInt64(UInt32.max),
            at(place) == UInt8(ascii: ".")
        else { return nil }
        place += 1
        let fraction = place
        guard let micros = digits(), place - fraction == 6, at(place) == 0x20,
            at(place + 1) == UInt8(ascii: "[")
        else { return nil }
        place += 2
        guard let database = digits(), at(place) == 0x20 else { return nil }
        // An address may have brackets of its own: [::1]:6379.
        while place < line.count {
            if at(place) == UInt8(ascii: "]"), at(place + 1) == 0x20,
                at(place + 2) == UInt8(ascii: "\"")
            {
                return (seconds * TraceRecord.second + micros * 1_000, database, place + 2)
            }
            place += 1
        }
        return nil
    }

    // MARK: arguments

    private mutating func takeArgument(
        _ input: inout TraceInput, _ record: inout TraceRecord
    ) -> RecordedCommand.Outcome {
        guard rest > 0 else {
            endLine(&input)
            log?.end(database: command.database)
            return command.finish(into: &record)
        }
        let start = input.buffer + input.taken
        guard let (argument, length) = Self.unquoted(start, rest) else {
            input.leaveOut(
                DamagedRecord("an argument that is not in quotes"), .line(input.passed))
            endLine(&input)
            log?.begin()
            return .nothing
        }
        let outcome = command.take(argument, length: argument.count, into: &record)
        log?.append(argument)
        input.taken += length
        rest -= length
        return outcome
    }

    private mutating func endLine(_ input: inout TraceInput) {
        input.taken += rest + lineEnd
        rest = 0
        isWithin = false
    }

    /// The argument in quotes at `start`, made what it stands for, and how much its spelling takes
    /// with the blank behind it.
    private static func unquoted(
        _ start: UnsafeMutablePointer<UInt8>, _ count: Int
    ) -> (UnsafeBufferPointer<UInt8>, Int)? {
        guard start[0] == UInt8(ascii: "\"") else { return nil }
        var place = 1
        var filled = 0
        while place < count {
            let byte = start[place]
            place &+= 1
            if byte == UInt8(ascii: "\"") {
                guard place == count || start[place] == 0x20 else { return nil }
                return (
                    UnsafeBufferPointer(start: start, count: filled), min(place + 1, count)
                )
            }
            var value = byte
            if byte == UInt8(ascii: "\\") {
                guard place < count else { return nil }
                let kind = start[place]
                place &+= 1
                switch kind {
                case UInt8(ascii: "n"): value = 0x0a
                case UInt8(ascii: "r"): value = 0x0d
                case UInt8(ascii: "t"): value = 0x09
                case UInt8(ascii: "a"): value = 0x07
                case UInt8(ascii: "b"): value = 0x08
                case UInt8(ascii: "x"):
                    guard place &+ 2 <= count, let high = hex(start[place]),
                        let low = hex(start[place &+ 1])
                    else { return nil }
                    value = high << 4 | low
                    place &+= 2
                default: value = kind
                }
            }
            start[filled] = value
            filled &+= 1
        }
        return nil
    }

    private static func hex(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }
}
