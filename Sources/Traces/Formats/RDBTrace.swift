// RDB files as traces: a `set` of every string, in the file's order and all at one moment, for
// replaying what a server held. (`SnapshotReader` tells all of it.)

/// Copies of it are made before they begin; what a reader makes then is its own.
struct RDBTrace: CommandDecoder, @unchecked Sendable {
    var log: CommandLog?
    private var stream: SnapshotStream?

    var name: String { "rdb" }
    var suffixes: [String] { ["rdb"] }
    var operations: [TraceOperation] { RecordedCommand.operations }
    var hasKeySizes: Bool { true }
    var isCertain: Bool { true }

    init() {}

    func fits(_ start: UnsafeRawBufferPointer) -> Bool { RDBReader.begins(start) }

    mutating func begin(_ input: inout TraceInput) { stream = SnapshotStream(input) }

    mutating func decode(
        _ input: inout TraceInput, into target: UnsafeMutableBufferPointer<TraceRecord>,
        from first: Int
    ) -> Int {
        guard let stream else { return first }
        var count = first
        if let log {
            log.take(stream, &input)
        } else {
            count = stream.decode(&input, into: target, from: first)
        }
        if stream.isAtEnd { stream.leaveOutRest(&input) }
        return count
    }
}
