// A trace as blocks of records, read in one pass and bounded memory.
//
//     file ─► [zstd] ─► buffer: | records or lines … | the start of one that is not whole | free |
//                                └ decoded in place     └ moved to the front for the next read
//
// A damaged record ends the reading with its line or offset, or is counted and left out
// (`skipsDamaged`); its format says where the next one begins. Damaged compression always ends it:
// nothing behind can be read. Records that no request can stand for are counted by name. A trace of
// which not one record could be returned is an error in either case.
public final class TraceReader {
    public internal(set) var format: any TraceDecoder
    public let isCompressed: Bool
    /// Records, or commands, that were returned.
    public internal(set) var recordCount: UInt64 = 0
    /// Damaged ones that were left out.
    public var damagedCount: UInt64 { input.damagedCount }
    /// The first of them.
    public var firstDamage: TraceError? { input.firstDamage }

    /// Records whose time is before that of an earlier one.
    public private(set) var backwardCount: UInt64 = 0
    /// The most that any of them is behind, in ns.
    public private(set) var furthestBack: UInt64 = 0

    /// Records that no request can stand for, by what they are, the most frequent first.
    public var passedOver: [(name: String, count: UInt64)] {
        input.passedOver.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { ($0.key, $0.value) }
    }

    private let file: TraceFile
    /// As it was given.
    var path: String { file.path }
    private var latest: UInt64 = 0
    var input: TraceInput

    /// Opens a trace.
    /// - Parameters:
    ///   - contents: the trace, where `path` is but its name; nil: it is read from there.
    ///   - descriptor: a stream that it is read from instead; the reader closes it.
    ///   - format: nil detects it by the name, then by the contents.
    public init(
        _ path: String, contents: [UInt8]? = nil, descriptor: CInt? = nil,
        format: (any TraceDecoder)? = nil, skipsDamaged: Bool = false
    ) throws(TraceError) {
        let file = try TraceFile(path, contents: contents, descriptor: descriptor)
        let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: TraceInput.capacity)
        let filled: Int
        do throws(TraceError) {
            filled = try file.read(into: buffer, TraceInput.capacity)
            guard filled > 0 else {
                throw TraceError(path, .file, "the trace is empty", remedy: "give one with records")
            }
            let start = UnsafeRawBufferPointer(
                start: buffer, count: min(filled, TraceFormats.sampleBytes))
            guard
                let found = format ?? TraceFormats.of(path, start)
            else {
                throw TraceError(
                    path, .file, "neither its name nor its contents say what format it has",
                    remedy: "say it with --format "
                        + TraceFormats.names.joined(separator: "|"))
            }
            self.format = found
        } catch {
            buffer.deallocate()
            throw error
        }
        self.file = file
        isCompressed = file.isCompressed
        input = TraceInput(file, buffer, filled: filled, skipsDamaged: skipsDamaged)
        self.format.begin(&input)
    }

    deinit { input.buffer.deallocate() }

    /// Bytes of the file read so far, and its size; nil for a pipe. The file's, also when it is
    /// compressed: for progress and what is left.
    public var progress: (position: UInt64, size: UInt64)? {
        guard file.size > 0 else { return nil }
        let ahead = file.isCompressed ? 0 : UInt64(input.filled - input.taken)
        return (file.position - min(file.position, ahead), file.size)
    }

    /// Decodes up to `target.count` records; fewer only at the end or before a failure, 0 at the
    /// end.
    /// - Throws: what ended the reading, once all records before it were returned.
    /// - Complexity: O(records). - Allocations: none besides those of damaged records.
    public func read(_ target: UnsafeMutableBufferPointer<TraceRecord>) throws(TraceError) -> Int {
        var count = 0
        while input.failure == nil && count < target.count {
            count = format.decode(&input, into: target, from: count)
            let isDone = input.isAtEnd && input.taken == input.filled
            if input.failure != nil || count == target.count || isDone { break }
            input.refill()
        }
        if count == 0, let failure = input.failure { throw failure }
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
            if !passedOver.isEmpty {
                let names = passedOver.prefix(5).map { "\($0.name) \($0.count)" }
                    .joined(separator: ", ")
                return TraceError(
                    input.path, .file, "none of its records is a request on strings (\(names))",
                    remedy: "give a trace with some")
            }
            return TraceError(
                input.path, .file, "the trace has no record", remedy: "give one with records")
        }
        return TraceError(
            input.path, firstDamage.place,
            "none of its \(damagedCount) records can be read, the first because: "
                + firstDamage.problem,
            remedy: "check that it is a \(format.name) trace (--format)")
    }
}
