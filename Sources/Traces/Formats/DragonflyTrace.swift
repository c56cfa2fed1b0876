// Dragonfly's log of its traffic (`DEBUG TRAFFIC`), one file for each of its threads,
// little-endian:
//
//     u8 version, 2 or 3 | u8 listener, from 3 on
//     | u32 client | u64 ns | u32 database | u32 more | u32 n | n × u32 length | the arguments |  …
//
// `more`: further requests of the same pipeline follow. Arguments are looked at one by one, so that
// one may be larger than the buffer. Nothing says where a record begins: damage ends the reading.
// (From the documented layout; no public sample was found.)
import Glibc

/// Copies of it are made before they begin; what a reader makes then is its own.
struct DragonflyTrace: CommandDecoder, @unchecked Sendable {
    var log: CommandLog?
    private var command = RecordedCommand()
    private var time: UInt64 = 0
    /// Lengths of the arguments of the command under way, and which of them comes next.
    private var lengths: [UInt32] = []
    private var place = 0
    /// Bytes of an argument that need not be looked at, to come.
    private var unseen = 0
    private var isLost = false
    private var start: UInt64 = 0

    var name: String { "dragonfly" }
    var suffixes: [String] { ["dfly"] }
    var operations: [TraceOperation] { RecordedCommand.operations }
    var tick: UInt64 { 1 }
    var hasKeySizes: Bool { true }
    var isCertain: Bool { true }

    private static let headBytes = 24
    /// Their lengths and a record's head fit the buffer.
    private static let mostArguments: UInt32 = 100_000
    private static let keptBytes = 64 << 10
    private static let mostDatabases: UInt32 = 1 << 20

    init() {}

    private static func fileHead(_ bytes: UnsafeRawBufferPointer) -> Int? {
        switch bytes.first {
        case 2: 1
        case 3: 2
        default: nil
        }
    }

    /// Whether a record follows whose first argument is a word.
    func fits(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress, let head = Self.fileHead(bytes),
            bytes.count > head + Self.headBytes + 4
        else { return false }
        let record = base + head
        let (database, more, count) = Self.numbers(record)
        guard database < Self.mostDatabases, more <= 1, count > 0, count <= Self.mostArguments
        else { return false }
        let length = record.loadUnaligned(
            fromByteOffset: Self.headBytes, as: UInt32.self
        ).littleEndian
        let word = head + Self.headBytes + 4 * Int(count)
        guard length > 0, length <= 32, word + Int(length) <= bytes.count else { return false }
        return bytes[word..<(word + Int(length))].allSatisfy { byte in
            (0x61...0x7a).contains(byte | 0x20) || byte == 0x2e || byte == 0x5f
        }
    }

    private static func numbers(
        _ record: UnsafeRawPointer
    ) -> (database: UInt32, more: UInt32, count: UInt32) {
        func number(_ offset: Int) -> UInt32 {
            record.loadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian
        }
        return (number(12), number(16), number(20))
    }

    mutating func begin(_ input: inout TraceInput) {
        let bytes = UnsafeRawBufferPointer(start: input.buffer, count: input.filled)
        if let head = Self.fileHead(bytes) {
            input.taken = min(head, input.filled)
        } else {
            isLost = true
            input.leaveOut(
                DamagedRecord("version \(bytes.first ?? 0) of Dragonfly's log, not 2 or 3"),
                .record(1, offset: 0))
        }
    }

    mutating func decode(
        _ input: inout TraceInput, into target: UnsafeMutableBufferPointer<TraceRecord>,
        from first: Int
    ) -> Int {
        var count = first
        while count < target.count && input.failure == nil && log?.isFull != true {
            if isLost {
                input.taken = input.filled
                return count
            }
            switch step(&input, &target[count]) {
            case .done(.record):
                target[count].time = time
                count &+= 1
            case .done(.nothing): break
            case .done(.passedOver(let name)): input.passOver(name)
            case .more:
                if input.isAtEnd { leaveOutTail(&input) }
                return count
            case .damaged(let problem):
                isLost = true
                input.leaveOut(DamagedRecord(problem), .record(input.passed, offset: start))
            }
        }
        return count
    }

    private enum Step {
        case done(RecordedCommand.Outcome)
        case more
        case damaged(String)
    }

    private mutating func step(_ input: inout TraceInput, _ record: inout TraceRecord) -> Step {
        if unseen > 0 {
            let part = min(unseen, input.filled - input.taken)
            log?.extend(input.buffer + input.taken, part)
            unseen -= part
            input.taken += part
            guard unseen == 0 else { return .more }
            return place < lengths.count ? .done(.nothing) : finish(&record)
        }
        return place < lengths.count ? takeArgument(&input, &record) : beginCommand(&input)
    }

    private mutating func beginCommand(_ input: inout TraceInput) -> Step {
        start = input.origin + UInt64(input.taken)
        let available = input.filled - input.taken
        guard available >= Self.headBytes else { return .more }
        let record = UnsafeRawPointer(input.buffer + input.taken)
        let (database, _, count) = Self.numbers(record)
        guard database < Self.mostDatabases, count > 0, count <= Self.mostArguments else {
            input.passed &+= 1
            return .damaged("\(count) arguments for database \(database)")
        }
        let whole = Self.headBytes + 4 * Int(count)
        guard available >= whole else { return .more }
        input.passed &+= 1
        time = record.loadUnaligned(fromByteOffset: 4, as: UInt64.self).littleEndian
        lengths = (0..<Int(count)).map { index in
            record.loadUnaligned(
                fromByteOffset: Self.headBytes + 4 * index, as: UInt32.self
            ).littleEndian
        }
        place = 0
        input.taken += whole
        if let long = lengths.first(where: { $0 > TraceRecord.largestValue }) {
            return .damaged("an argument of \(long) bytes, more than any server takes")
        }
        // Dragonfly's clock began when it did, and no moment can be held against it.
        command.begin()
        command.selects(UInt64(database))
        log?.begin()
        return .done(.nothing)
    }

    private mutating func takeArgument(
        _ input: inout TraceInput, _ record: inout TraceRecord
    ) -> Step {
        let size = Int(lengths[place])
        let kept = min(size, Self.keptBytes)
        guard input.filled - input.taken >= kept else { return .more }
        let bytes = UnsafeBufferPointer(
            start: UnsafePointer(input.buffer + input.taken), count: kept)
        let outcome = command.take(bytes, length: size, into: &record)
        log?.append(bytes)
        input.taken += kept
        unseen = size - kept
        place += 1
        let isWhole = place == lengths.count && unseen == 0
        guard isWhole else { return .done(outcome) }
        log?.end(database: command.database)
        return outcome == .nothing ? .done(command.finish(into: &record)) : .done(outcome)
    }

    private mutating func finish(_ record: inout TraceRecord) -> Step {
        log?.end(database: command.database)
        return .done(command.finish(into: &record))
    }

    private mutating func leaveOutTail(_ input: inout TraceInput) {
        guard place < lengths.count || unseen > 0 || input.taken < input.filled else { return }
        input.leaveOut(
            DamagedRecord("the file ends within a command"),
            .record(input.passed + (place < lengths.count ? 0 : 1), offset: start))
        isLost = true
        input.taken = input.filled
    }
}
