// An RDB file within a trace: its strings as `set` records, which would bring a server to that
// state; other types are passed over.

/// One reader's alone.
final class SnapshotStream {
    let reader: RDBReader
    private(set) var isAtEnd = false
    /// Nothing behind damage can be read.
    private(set) var isBroken = false
    private var hasBegun = false

    init(_ input: TraceInput) { reader = RDBReader(input) }

    func decode(
        _ input: inout TraceInput, into target: UnsafeMutableBufferPointer<TraceRecord>,
        from first: Int
    ) -> Int {
        var count = first
        var nobody = NoVisitor()
        while count < target.count, !isAtEnd, input.failure == nil {
            guard step(&input, &nobody) else { break }
            if reader.entry.kind == .string {
                target[count] = RecordedCommand.record(
                    of: reader.entry, now: reader.writtenAt.map { $0 &* TraceRecord.second })
                count &+= 1
            } else {
                input.passOver("keys of type \(reader.entry.kind.rawValue)")
            }
        }
        if isBroken { input.taken = input.filled }
        return count
    }

    /// Reads an entry; false at the end and at damage, which goes to `input.leaveOut`.
    func step<Visitor: SnapshotVisitor>(
        _ input: inout TraceInput, _ visitor: inout Visitor
    ) -> Bool {
        guard !isAtEnd, !isBroken, input.failure == nil else { return false }
        do throws(DamagedRecord) {
            if !hasBegun {
                hasBegun = true
                try reader.begin(&input)
            }
            if try reader.next(&input, &visitor) == .entry {
                input.passed = reader.entries
                return true
            }
            isAtEnd = true
        } catch {
            isBroken = true
            // Damaged compression has said so itself.
            if input.failure == nil {
                input.leaveOut(error, .record(reader.entries + 1, offset: reader.entryStart))
            }
        }
        return false
    }

    /// What stands behind the end of a file that is nothing but a snapshot.
    func leaveOutRest(_ input: inout TraceInput) {
        if input.filled - input.taken <= Self.markBytes { input.refill() }
        let left = input.filled - input.taken
        guard left > 0, input.failure == nil else { return }
        let isMark = left == Self.markBytes && input.isAtEnd
        if !isBroken && !isMark {
            isBroken = true
            let place = input.origin + UInt64(input.taken)
            input.leaveOut(
                DamagedRecord(
                    "more follows the snapshot's end; the commands of an append-only file are "
                        + "read with --format aof"),
                .record(reader.entries + 1, offset: place))
        }
        input.taken = input.filled
    }

    /// Of the mark that a primary ends a file with which it sends without storing it
    /// (`CONFIG_RUN_ID_SIZE`).
    private static let markBytes = 40

    private struct NoVisitor: SnapshotVisitor {
        mutating func end(_ entry: SnapshotEntry) {}
    }
}
