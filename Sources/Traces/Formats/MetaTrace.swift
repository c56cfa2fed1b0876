// Meta's traces of its key-value caches: CSV whose first line names the columns, in an order of its
// own in each year.
//
//     2022   key,op,size,op_count,key_size
//     2024   op_time,key,key_size,op,op_count,size,cache_hits,ttl,usecase,sub_usecase
//
// `op_count` equal requests are one line. A look-up of size 0 found nothing. Where there are no
// times, all is one moment. (CacheLib's cachelib/cachebench)
import Glibc

struct MetaTrace: TraceDecoder {
    private var columns = Columns()
    /// The record of the line before, and how often it is to come again.
    private var last = TraceRecord()
    private var repeats: UInt64 = 0

    var name: String { "meta" }
    var suffixes: [String] { ["csv"] }
    var hasKeySizes: Bool { true }
    var isCertain: Bool { true }
    var operations: [TraceOperation] { Self.words }

    private static let words = [
        TraceOperation("get", .get), TraceOperation("get_lease", .get),
        TraceOperation("set", .set), TraceOperation("set_lease", .set),
        TraceOperation("delete", .delete),
    ]
    private static let spellings = words.map { Array($0.name.utf8) }
    private static let longestLine = 64 << 10

    init() {}

    func fits(_ start: UnsafeRawBufferPointer) -> Bool {
        Columns(start.prefix { $0 != 0x0a }) != nil
    }

    mutating func begin(_ input: inout TraceInput) {
        let bytes = UnsafeRawBufferPointer(start: input.buffer, count: input.filled)
        let line = bytes.prefix { $0 != 0x0a }
        guard let found = Columns(line) else { return }
        columns = found
        input.passed = 1
        input.taken = min(line.count + 1, input.filled)
    }

    mutating func decode(
        _ input: inout TraceInput, into target: UnsafeMutableBufferPointer<TraceRecord>,
        from first: Int
    ) -> Int {
        var count = first
        while count < target.count && input.failure == nil {
            if repeats > 0 {
                target[count] = last
                repeats &-= 1
                count &+= 1
                continue
            }
            let start = input.buffer + input.taken
            let available = input.filled - input.taken
            guard available > 0 else { break }
            let feed = memchr(start, 0x0a, available)
            guard feed != nil || input.isAtEnd || available >= Self.longestLine else { break }
            let length = feed.map { UnsafeRawPointer($0) - UnsafeRawPointer(start) } ?? available
            input.passed &+= 1
            input.taken += length + (feed == nil ? 0 : 1)
            let line = UnsafeBufferPointer(start: UnsafePointer(start), count: length)
            if line.isEmpty || line.count == 1 && line[0] == 0x0d { continue }
            if let problem = take(line) { input.leaveOut(problem, .line(input.passed)) }
        }
        return count
    }

    /// Makes a line `last`, with its repeats.
    /// - Returns: what is wrong with it.
    private mutating func take(_ line: UnsafeBufferPointer<UInt8>) -> DamagedRecord? {
        var text = line[...]
        if text.last == 0x0d { text = text.dropLast() }
        let fields = text.split(separator: 0x2c, omittingEmptySubsequences: false)
        guard fields.count == columns.count else {
            return DamagedRecord("\(fields.count) columns instead of \(columns.count)")
        }
        func number(_ column: Int?, _ most: UInt64) -> UInt64? {
            guard let column else { return 0 }
            let value = RecordedCommand.number(UnsafeBufferPointer(rebasing: fields[column]))
            return value.flatMap { $0 <= most ? $0 : nil }
        }
        let word = fields[columns.operation].map { (byte: UInt8) -> UInt8 in
            byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
        }
        guard let operation = Self.spellings.firstIndex(of: word) else {
            return DamagedRecord("there is no such operation")
        }
        let key = UnsafeBufferPointer(rebasing: fields[columns.key])
        guard let base = key.baseAddress, !key.isEmpty else {
            return DamagedRecord("the key is missing")
        }
        guard let keySize = number(columns.keySize, 65_535) else {
            return DamagedRecord("the key's size is no number from 0 to 65535")
        }
        guard let size = number(columns.size, UInt64(TraceRecord.largestValue)) else {
            return DamagedRecord(
                "the value's size is no number from 0 to \(TraceRecord.largestValue)")
        }
        guard let seconds = number(columns.time, UInt64(UInt32.max)) else {
            return DamagedRecord("the time is no number of seconds")
        }
        guard let ttl = number(columns.timeToLive, UInt64(UInt32.max)) else {
            return DamagedRecord("the time to live is no number of seconds")
        }
        guard let count = number(columns.repeats, Self.mostRepeats) else {
            return DamagedRecord("op_count is no number from 0 to \(Self.mostRepeats)")
        }
        last.key = TwitterLine.hash(base, key.count)
        last.time = seconds * TraceRecord.second
        last.timeToLive = ttl * TraceRecord.second
        last.keySize = UInt32(keySize > 0 ? keySize : UInt64(min(key.count, 65_535)))
        last.valueSize = UInt32(size)
        last.verb = Self.words[operation].verb
        last.operation = UInt8(operation)
        if !last.verb.storesValue { last.timeToLive = 0 }
        repeats = columns.requests(count)
        return nil
    }

    /// A day's requests of the busiest key.
    private static let mostRepeats: UInt64 = 1_000_000_000

    /// Where the columns stand.
    private struct Columns {
        private(set) var count = 0
        private(set) var key = 0
        private(set) var operation = 0
        private(set) var size: Int?
        private(set) var keySize: Int?
        private(set) var time: Int?
        private(set) var timeToLive: Int?
        private(set) var repeats: Int?

        init() {}

        /// Nil for a line that does not name key, operation and size.
        init?(_ line: Slice<UnsafeRawBufferPointer>) {
            guard line.count < 1_024 else { return nil }
            let names = String(decoding: line, as: UTF8.self).split(
                separator: ",", omittingEmptySubsequences: false
            ).map { $0.filter { !$0.isWhitespace } }
            guard let key = names.firstIndex(of: "key"), let operation = names.firstIndex(of: "op"),
                let size = names.firstIndex(of: "size")
            else { return nil }
            count = names.count
            self.key = key
            self.operation = operation
            self.size = size
            keySize = names.firstIndex(of: "key_size")
            time = names.firstIndex(of: "op_time")
            timeToLive = names.firstIndex(of: "ttl")
            repeats = names.firstIndex(of: "op_count")
        }

        /// A line without a count is one request.
        func requests(_ number: UInt64) -> UInt64 { repeats == nil ? 1 : number }
    }
}
