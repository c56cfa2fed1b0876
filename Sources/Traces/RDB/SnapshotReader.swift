// An RDB file, entry by entry, in one pass and bounded memory: for those who want to know what a
// server held, and not to replay it.
//
// Damage ends the reading: nothing says where the next entry begins. What came before it was told,
// and with `skipsDamaged` that is all that there is to it.
import Glibc

public final class SnapshotReader {
    /// As it was given.
    public let path: String
    /// What ended the reading too early, where that is no failure.
    public private(set) var damage: TraceError?

    private let file: TraceFile
    private let stream: SnapshotStream
    private var input: TraceInput

    /// - Parameter contents: the file, where `path` is but its name.
    public init(
        _ path: String, contents: [UInt8]? = nil, skipsDamaged: Bool = false
    ) throws(TraceError) {
        self.path = path
        file = try TraceFile(path, contents: contents)
        let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: TraceInput.capacity)
        let filled: Int
        do throws(TraceError) {
            filled = try file.read(into: buffer, TraceInput.capacity)
        } catch {
            buffer.deallocate()
            throw error
        }
        let start = TraceInput(file, buffer, filled: filled, skipsDamaged: skipsDamaged)
        input = start
        stream = SnapshotStream(start)
    }

    deinit { input.buffer.deallocate() }

    /// Whether a trace is a snapshot: by its format, where that is said, its name or its contents.
    public static func reads(_ path: String, as format: (any TraceDecoder)?) -> Bool {
        if let said = format ?? TraceFormats.ofFile(path) { return said is RDBTrace }
        // What a pipe says is said once.
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            let file = try? TraceFile(path)
        else { return false }
        return withUnsafeTemporaryAllocation(byteCount: 16, alignment: 1) {
            (bytes: UnsafeMutableRawBufferPointer) -> Bool in
            guard let count = try? file.read(into: bytes.baseAddress!, bytes.count) else {
                return false
            }
            return RDBReader.begins(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        }
    }

    /// What wrote the file, as `redis 7.0.15`, where it says so.
    public var software: String? { stream.reader.software }
    /// When, in s since 1970.
    public var writtenAt: UInt64? { stream.reader.writtenAt }
    /// Entries that were told.
    public var entryCount: UInt64 { stream.reader.entries }

    /// Share of the file that was read; nil of a pipe.
    public var progress: Double? {
        file.size > 0 ? Double(file.position) / Double(file.size) : nil
    }

    /// Tells of the next entry; false at the end.
    /// - Throws: what ended the reading, after all entries before it were told.
    public func next<Visitor: SnapshotVisitor>(
        _ visitor: inout Visitor
    ) throws(TraceError) -> Bool {
        if stream.step(&input, &visitor) { return true }
        if stream.isAtEnd { stream.leaveOutRest(&input) }
        if let failure = input.failure { throw failure }
        damage = input.firstDamage
        guard let damage, stream.reader.entries == 0 else { return false }
        throw damage
    }
}
