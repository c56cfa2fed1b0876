// Any text in columns, as libCacheSim's `csv` reads it: which column is what, its options say.
//
//     csv:time-col=1,obj-id-col=2,obj-size-col=3,delimiter=;,has-header=true
//
// Columns count from 1. Every record is a look-up of an object; its size counts key and value.
// Times are seconds (decimals are cut off); where there are none, all is one moment. The options
// are libCacheSim's: time-col, obj-id-col, obj-size-col, obj-id-is-num, delimiter (`,` `;` `\t` …)
// and has-header. (libCacheSim: Juncheng Yang and others.)
import Glibc

struct ColumnTrace: TraceDecoder {
    /// What the options say; nil: none were given, and no file is one.
    private var columns: Columns?

    var name: String { "csv" }
    var suffixes: [String] { [] }
    var operations: [TraceOperation] { [TraceOperation("get", .get)] }
    var hasKeySizes: Bool { false }

    private static let longestLine = 64 << 10

    init() {}

    /// - Parameter options: what stands behind `csv:`.
    init(options: Substring) throws(TraceFormatError) { columns = try Columns(options) }

    /// It is read where it is asked for.
    func fits(_ start: UnsafeRawBufferPointer) -> Bool { false }

    mutating func begin(_ input: inout TraceInput) {
        guard columns?.hasHeader == true else { return }
        let bytes = UnsafeRawBufferPointer(start: input.buffer, count: input.filled)
        input.passed = 1
        input.taken = min(bytes.prefix { $0 != 0x0a }.count + 1, input.filled)
    }

    mutating func decode(
        _ input: inout TraceInput, into target: UnsafeMutableBufferPointer<TraceRecord>,
        from first: Int
    ) -> Int {
        var count = first
        while count < target.count && input.failure == nil {
            let start = input.buffer + input.taken
            let available = input.filled - input.taken
            guard available > 0 else { break }
            let feed = memchr(start, 0x0a, available)
            guard feed != nil || input.isAtEnd || available >= Self.longestLine else { break }
            var length = feed.map { UnsafeRawPointer($0) - UnsafeRawPointer(start) } ?? available
            input.passed &+= 1
            input.taken += length + (feed == nil ? 0 : 1)
            if length > 0, start[length - 1] == 0x0d { length -= 1 }
            guard length > 0 else { continue }
            let line = UnsafeBufferPointer(start: UnsafePointer(start), count: length)
            if let problem = take(line, &target[count]) {
                input.leaveOut(problem, .line(input.passed))
            } else {
                count &+= 1
            }
        }
        return count
    }

    /// - Returns: what is wrong with the line; nil when it is fine.
    private func take(
        _ line: UnsafeBufferPointer<UInt8>, _ record: inout TraceRecord
    ) -> DamagedRecord? {
        guard let columns else {
            return DamagedRecord("nothing says which column is what (csv:time-col=1,obj-id-col=2)")
        }
        let fields = line.split(separator: columns.delimiter, omittingEmptySubsequences: false)
        guard fields.count >= columns.most else {
            return DamagedRecord("\(fields.count) columns, and column \(columns.most) is asked for")
        }
        func field(_ column: Int) -> UnsafeBufferPointer<UInt8> {
            var text = fields[column - 1]
            while text.first == 0x20 { text = text.dropFirst() }
            while text.last == 0x20 { text = text.dropLast() }
            return UnsafeBufferPointer(rebasing: text)
        }
        record = TraceRecord()
        let key = field(columns.key)
        guard let base = key.baseAddress, !key.isEmpty else {
            return DamagedRecord("the object's id is missing")
        }
        if columns.hasNumericKeys {
            guard let number = RecordedCommand.number(key) else {
                return DamagedRecord("the object's id is no number, and obj-id-is-num says so")
            }
            record.key = number
        } else {
            record.key = TwitterLine.hash(base, key.count)
        }
        if let column = columns.time {
            let text = field(column)
            let whole = UnsafeBufferPointer(rebasing: text.prefix { $0 != 0x2e })
            guard let time = RecordedCommand.number(whole), time <= Self.latest else {
                return DamagedRecord("the time is no number of seconds")
            }
            record.time = time &* TraceRecord.second
        }
        record.valueSize = 1
        if let column = columns.size {
            guard let size = RecordedCommand.number(field(column)),
                size <= UInt64(TraceRecord.largestValue)
            else {
                return DamagedRecord(
                    "the object's size is no number from 0 to \(TraceRecord.largestValue)")
            }
            record.valueSize = UInt32(size)
        }
        return nil
    }

    /// Times of which the ns fit: later ones are not seconds.
    private static let latest = UInt64.max / TraceRecord.second

    private struct Columns {
        private(set) var key = 0
        private(set) var time: Int?
        private(set) var size: Int?
        private(set) var delimiter = UInt8(ascii: ",")
        private(set) var hasHeader = false
        private(set) var hasNumericKeys = false

        /// The rightmost that is asked for.
        var most: Int { max(key, time ?? 0, size ?? 0) }

        private static let options =
            "time-col, obj-id-col, obj-size-col, obj-id-is-num, delimiter, has-header"
        private static let mostColumns = 1_000

        init(_ text: Substring) throws(TraceFormatError) {
            var rest = text
            while !rest.isEmpty {
                let name = rest.prefix { $0 != "=" }
                rest = rest.dropFirst(name.count + 1)
                let value: Substring
                if name == "delimiter" {
                    // It may be the comma that stands between options.
                    value = rest.hasPrefix("\\t") ? rest.prefix(2) : rest.prefix(1)
                } else {
                    value = rest.prefix { $0 != "," }
                }
                rest = rest.dropFirst(value.count)
                guard rest.isEmpty || rest.first == "," else {
                    throw TraceFormatError(
                        "more follows `\(name)=\(value)`", remedy: "write commas between options")
                }
                rest = rest.dropFirst()
                try take(String(name), value)
            }
            guard key > 0 else {
                throw TraceFormatError(
                    "csv does not say which column an object's id is in",
                    remedy: "write csv:obj-id-col=2 and more of \(Self.options)")
            }
        }

        private mutating func take(
            _ name: String, _ value: Substring
        ) throws(TraceFormatError) {
            switch name {
            case "time-col": time = try column(name, value)
            case "obj-id-col": key = try column(name, value)
            case "obj-size-col": size = try column(name, value)
            case "obj-id-is-num": hasNumericKeys = try flag(name, value)
            case "has-header": hasHeader = try flag(name, value)
            case "delimiter":
                let byte: UInt8? = value == "\\t" ? 0x09 : value.utf8.first
                guard let byte, byte != 0x0a, value.utf8.count == (byte == 0x09 ? 2 : 1) else {
                    throw TraceFormatError(
                        "the delimiter `\(value)` is none",
                        remedy: "write one character, or \\t for a tab")
                }
                delimiter = byte
            default:
                throw TraceFormatError(
                    "csv has no option `\(name)`", remedy: "use \(Self.options)")
            }
        }

        private func column(
            _ name: String, _ value: Substring
        ) throws(TraceFormatError) -> Int {
            guard let number = Int(value), (1...Self.mostColumns).contains(number) else {
                throw TraceFormatError(
                    "`\(name)=\(value)` is no column", remedy: "count columns from 1")
            }
            return number
        }

        private func flag(
            _ name: String, _ value: Substring
        ) throws(TraceFormatError) -> Bool {
            switch value.lowercased() {
            case "true", "1", "yes": return true
            case "false", "0", "no": return false
            default:
                throw TraceFormatError(
                    "`\(name)=\(value)` is neither yes nor no", remedy: "write true or false")
            }
        }
    }
}
