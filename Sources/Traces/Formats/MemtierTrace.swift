// What memtier_benchmark writes and reads as data (`--data-import`): a line for each item of a
// memcached-like server, below a line with the columns' names.
//
//     dumpflags, time, exptime, nbytes, nsuffix, it_flags, clsid, nkey, key, data
//     1, 1284394150, 1284994150, 7, 0, 0, 1, 3, abc, hello␍␊
//
// `nbytes` counts the data and a line end; `exptime` is the moment at which an item expires, 0 for
// never, `time` that of its last use. Every line is a `set`, all at one moment. Data may hold line
// ends: it is as long as `nbytes` says. (From the documented layout; no public sample was found.)
import Glibc

struct MemtierTrace: TraceDecoder {
    /// Bytes of an item's data that are to come, with the line end behind them.
    private var unseen = 0

    var name: String { "memtier" }
    var suffixes: [String] { ["csv"] }
    var operations: [TraceOperation] { [TraceOperation("set", .set)] }
    var hasKeySizes: Bool { true }
    var isCertain: Bool { true }

    private static let columns = 10
    private static let longestLine = 64 << 10
    /// What `nbytes` counts besides the data.
    private static let lineEnd = 2

    init() {}

    func fits(_ start: UnsafeRawBufferPointer) -> Bool {
        start.prefix(200).starts(with: "dumpflags".utf8)
            && start.prefix { $0 != 0x0a }.count(where: { $0 == 0x2c }) == Self.columns - 1
    }

    mutating func begin(_ input: inout TraceInput) {
        let bytes = UnsafeRawBufferPointer(start: input.buffer, count: input.filled)
        guard fits(bytes) else { return }
        input.passed = 1
        input.taken = min(bytes.prefix { $0 != 0x0a }.count + 1, input.filled)
    }

    mutating func decode(
        _ input: inout TraceInput, into target: UnsafeMutableBufferPointer<TraceRecord>,
        from first: Int
    ) -> Int {
        var count = first
        while count < target.count && input.failure == nil {
            if unseen > 0 {
                let part = min(unseen, input.filled - input.taken)
                unseen -= part
                input.taken += part
                guard unseen == 0 else {
                    if input.isAtEnd { endTorn(&input) }
                    break
                }
                passLineEnd(&input)
                continue
            }
            let start = input.buffer + input.taken
            let available = input.filled - input.taken
            guard available > 0 else { break }
            if [0x0a, 0x0d, UInt8(ascii: "\"")].contains(start[0]) {
                input.taken += 1
                continue
            }
            // Numbers, a key of at most 250 bytes in memcached, and more than enough of room.
            guard available >= Self.longestLine || input.isAtEnd else { break }
            input.passed &+= 1
            let line = UnsafeBufferPointer(
                start: UnsafePointer(start), count: min(available, Self.longestLine))
            switch item(line, &target[count]) {
            case .failure(let problem):
                let feed = memchr(start, 0x0a, available)
                input.taken +=
                    feed.map { UnsafeRawPointer($0) - UnsafeRawPointer(start) + 1 } ?? available
                input.leaveOut(problem, .line(input.passed))
            case .success(let head):
                input.taken += head
                unseen = Int(target[count].valueSize)
                if unseen == 0 { passLineEnd(&input) }
                count &+= 1
            }
        }
        return count
    }

    private mutating func endTorn(_ input: inout TraceInput) {
        unseen = 0
        input.leaveOut(DamagedRecord("the file ends within its data"), .line(input.passed))
    }

    /// Blanks and a quote may stand between an item's data and its line's end.
    private func passLineEnd(_ input: inout TraceInput) {
        let start = input.buffer + input.taken
        guard let feed = memchr(start, 0x0a, min(input.filled - input.taken, 8)) else { return }
        input.taken += UnsafeRawPointer(feed) - UnsafeRawPointer(start) + 1
    }

    /// Reads a line up to its data.
    /// - Returns: where those begin.
    private func item(
        _ line: UnsafeBufferPointer<UInt8>, _ record: inout TraceRecord
    ) -> Result<Int, DamagedRecord> {
        var place = 0
        /// Up to the next comma, without blanks around it.
        func field() -> UnsafeBufferPointer<UInt8>? {
            while place < line.count, line[place] == 0x20 { place += 1 }
            let start = place
            while place < line.count, line[place] != 0x2c {
                if line[place] == 0x0a { return nil }
                place += 1
            }
            guard place < line.count else { return nil }
            var end = place
            while end > start, line[end - 1] == 0x20 { end -= 1 }
            place += 1
            return UnsafeBufferPointer(rebasing: line[start..<end])
        }
        func number() -> UInt64? { field().flatMap { RecordedCommand.number($0) } }
        guard field() != nil, let time = number(), let expiry = number(), let bytes = number(),
            number() != nil, field() != nil, number() != nil, let keySize = number()
        else { return .failure(DamagedRecord("its first eight columns are not an item's")) }
        guard bytes >= UInt64(Self.lineEnd),
            bytes - UInt64(Self.lineEnd) <= UInt64(TraceRecord.largestValue)
        else { return .failure(DamagedRecord("nbytes is \(bytes), which no item has")) }
        while place < line.count, line[place] == 0x20 { place += 1 }
        let isQuoted = place < line.count && line[place] == UInt8(ascii: "\"")
        if isQuoted { place += 1 }
        let key = place
        guard keySize > 0, keySize <= 65_535, UInt64(line.count - key) > keySize,
            let base = line.baseAddress
        else { return .failure(DamagedRecord("the key is not as long as nkey says")) }
        place += Int(keySize) + (isQuoted ? 1 : 0)
        while place < line.count, line[place] == 0x20 { place += 1 }
        guard place < line.count, line[place] == 0x2c else {
            return .failure(DamagedRecord("the key is not as long as nkey says"))
        }
        place += 1
        while place < line.count, line[place] == 0x20 { place += 1 }
        if place < line.count, line[place] == UInt8(ascii: "\"") { place += 1 }
        record = TraceRecord()
        record.verb = .set
        record.key = TwitterLine.hash(base + key, Int(keySize))
        record.keySize = UInt32(keySize)
        record.valueSize = UInt32(bytes) - UInt32(Self.lineEnd)
        // 32-bit times: what is later is none.
        if expiry > time, expiry - time <= UInt64(UInt32.max) {
            record.timeToLive = (expiry - time) * TraceRecord.second
        }
        return .success(place)
    }
}
