// A trace as blocks of records, read in one pass and bounded memory.
//
//     file ─► [zstd] ─► buffer: | records or lines … | the start of one that is not whole | free |
//                                └ decoded in place     └ moved to the front for the next read
//
// A damaged record ends the reading with its line or offset, or is counted and left out
// (`skipsDamaged`). In binary layouts the next record begins where it would have begun anyway; in
// lines, after the next line end. Damaged compression always ends it: nothing behind can be read.
// A trace of which not one record could be returned is an error in either case.
//
// Lines end in LF, CR LF or, where the first line does, in CR. Empty lines are no records; a mark
// of the byte order and a heading (`TwitterLine.isHeading`) may come before the first.
import Glibc

public final class TraceReader {
    public let path: String
    public let format: TraceFormat
    public let isCompressed: Bool
    /// Records returned.
    public private(set) var recordCount: UInt64 = 0
    /// Damaged ones that were left out.
    public private(set) var damagedCount: UInt64 = 0
    /// The first of them.
    public private(set) var firstDamage: TraceError?

    /// Records whose time is before that of an earlier one.
    public private(set) var backwardCount: UInt64 = 0
    /// The most that any of them is behind, in seconds.
    public private(set) var furthestBack: UInt32 = 0

    private let file: TraceFile
    private let skipsDamaged: Bool
    private var latest: UInt32 = 0
    private var lineEnd: CInt = 0x0a
    private let buffer: UnsafeMutablePointer<UInt8>
    private var filled = 0
    private var taken = 0
    /// Offset of `buffer` in the decompressed trace.
    private var origin: UInt64 = 0
    /// Lines or records passed, damaged ones included.
    private var passed: UInt64 = 0
    private var isAtEnd = false
    /// What ended the reading; thrown once the records before it were handed out.
    private var failure: TraceError?

    private static let bufferBytes = 1 << 20
    /// Keys have at most 64 KiB, the other columns some 60 bytes.
    private static let lineLimit = 68 << 10
    private static let skipRemedy = "fetch it again, or leave damaged records out with --skip-bad"

    /// Opens a trace.
    /// - Parameter format: nil detects it by the name, then by the contents.
    public init(
        _ path: String, format: TraceFormat? = nil, skipsDamaged: Bool = false
    ) throws(TraceError) {
        let file = try TraceFile(path)
        let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: Self.bufferBytes)
        let filled: Int
        do throws(TraceError) {
            filled = try file.read(into: buffer, Self.bufferBytes)
            guard filled > 0 else {
                throw TraceError(path, .file, "the trace is empty", remedy: "give one with records")
            }
            let start = UnsafeRawBufferPointer(
                start: buffer, count: min(filled, TraceFormat.sampleBytes))
            guard
                let found = format ?? TraceFormat.named(path) ?? TraceFormat.ofContents(start)
            else {
                throw TraceError(
                    path, .file, "neither its name nor its contents say what format it has",
                    remedy: "say it with --format "
                        + TraceFormat.allCases.map(\.rawValue).joined(separator: "|"))
            }
            self.format = found
        } catch {
            buffer.deallocate()
            throw error
        }
        self.path = path
        self.file = file
        self.buffer = buffer
        self.filled = filled
        self.skipsDamaged = skipsDamaged
        isCompressed = file.isCompressed
        isAtEnd = filled < Self.bufferBytes && !file.hasFailed
        if self.format == .twitter { skipPreamble() }
    }

    deinit { buffer.deallocate() }

    /// Bytes of the file read so far, and its size; nil for a pipe. The file's, also when it is
    /// compressed: for progress and what is left.
    public var progress: (position: UInt64, size: UInt64)? {
        guard file.size > 0 else { return nil }
        let ahead = file.isCompressed ? 0 : UInt64(filled - taken)
        return (file.position - min(file.position, ahead), file.size)
    }

    /// Decodes up to `target.count` records; fewer only at the end or before a failure, 0 at the
    /// end.
    /// - Throws: what ended the reading, once all records before it were returned.
    /// - Complexity: O(records). - Allocations: none besides those of damaged records.
    public func read(_ target: UnsafeMutableBufferPointer<TraceRecord>) throws(TraceError) -> Int {
        var count = 0
        while failure == nil && count < target.count {
            if let bytes = format.recordBytes {
                count = decodeRecords(target, from: count, bytes)
            } else {
                count = decodeLines(target, from: count)
            }
            if failure != nil || count == target.count || isAtEnd && taken == filled { break }
            do throws(TraceError) {
                try refill()
            } catch {
                failure = error
            }
        }
        if count == 0, let failure { throw failure }
        guard count > 0 || recordCount > 0 else { throw nothing }
        recordCount += UInt64(count)
        for index in 0..<count {
            let time = target[index].time
            if time < latest {
                backwardCount += 1
                furthestBack = max(furthestBack, latest - time)
            }
            latest = max(latest, time)
        }
        return count
    }

    private var nothing: TraceError {
        guard let firstDamage else {
            return TraceError(
                path, .file, "the trace has no record", remedy: "give one with records")
        }
        return TraceError(
            path, firstDamage.place,
            "none of its \(damagedCount) records can be read, the first because: "
                + firstDamage.problem,
            remedy: "check that it is a \(format.rawValue) trace (--format)")
    }

    /// Moves what is not whole to the front and reads on.
    private func refill() throws(TraceError) {
        if taken > 0 {
            memmove(buffer, buffer + taken, filled - taken)
            origin += UInt64(taken)
            filled -= taken
            taken = 0
        }
        guard !isAtEnd else { return }
        let count = try file.read(into: buffer + filled, Self.bufferBytes - filled)
        filled += count
        isAtEnd = filled < Self.bufferBytes && !file.hasFailed
    }

    // MARK: binary records

    private func decodeRecords(
        _ target: UnsafeMutableBufferPointer<TraceRecord>, from first: Int, _ bytes: Int
    ) -> Int {
        var count = first
        var position = taken
        var number = passed
        let format = format
        while count < target.count && position &+ bytes <= filled && failure == nil {
            let damage = format.decode(buffer + position, number: number, into: &target[count])
            if let damage {
                leaveOut(damage, .record(number + 1, offset: origin + UInt64(position)))
            } else {
                count &+= 1
            }
            position &+= bytes
            number &+= 1
        }
        if isAtEnd && count < target.count && position < filled && failure == nil {
            leaveOut(
                DamagedRecord("the file ends after \(filled - position) of its \(bytes) bytes"),
                .record(number + 1, offset: origin + UInt64(position)))
            position = filled
        }
        taken = position
        passed = number
        return count
    }

    /// Counts a damaged record, or ends the reading with it.
    private func leaveOut(_ damage: DamagedRecord, _ place: TraceError.Place) {
        let error = TraceError(path, place, damage.problem, remedy: Self.skipRemedy)
        guard skipsDamaged else {
            failure = error
            return
        }
        damagedCount += 1
        if firstDamage == nil { firstDamage = error }
    }

    // MARK: lines

    private func decodeLines(
        _ target: UnsafeMutableBufferPointer<TraceRecord>, from first: Int
    ) -> Int {
        var count = first
        var position = taken
        while count < target.count && position < filled && failure == nil {
            let start = buffer + position
            let feed = memchr(start, lineEnd, filled &- position)
            var length = filled &- position
            if let feed {
                length = UnsafeRawPointer(feed) - UnsafeRawPointer(start)
            } else if !isAtEnd && length < Self.lineLimit {
                break  // not whole yet
            }
            passed &+= 1
            let ending = feed == nil ? 0 : 1
            if length >= Self.lineLimit {
                // Whatever it is, it is no line of a trace; what is left of it is another damaged
                // one.
                position &+= min(length &+ ending, Self.lineLimit)
                leaveOut(DamagedRecord("a line of more than 68 KiB"), .line(passed))
                continue
            }
            position &+= length &+ ending
            if length > 0 && start[length &- 1] == 0x0d { length &-= 1 }
            if length == 0 { continue }
            if let damage = TwitterLine.decode(start, length, into: &target[count]) {
                let cut = feed == nil ? "the file ends within a line: " : ""
                leaveOut(DamagedRecord(cut + damage.problem), .line(passed))
            } else {
                count &+= 1
            }
        }
        taken = position
        return count
    }

    private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

    /// Finds out how lines end, and passes what comes before the first record.
    private func skipPreamble() {
        let bytes = UnsafeBufferPointer(start: buffer, count: filled)
        if bytes.starts(with: Self.byteOrderMark) { taken = Self.byteOrderMark.count }
        let end = bytes.firstIndex { $0 == 0x0a || $0 == 0x0d } ?? filled
        if end + 1 < filled && bytes[end] == 0x0d && bytes[end + 1] != 0x0a { lineEnd = 0x0d }
        guard TwitterLine.isHeading(buffer + taken, max(0, end - taken)) else { return }
        passed = 1
        // "\r\n" is two bytes
        taken = min(filled, end + 1)
        if end + 1 < filled && bytes[end] == 0x0d && lineEnd == 0x0a { taken += 1 }
    }
}
