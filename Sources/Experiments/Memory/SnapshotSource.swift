// Where the entries come from that are loaded into servers: an RDB file, or the shapes of a running
// server's.
import Traces

protocol SnapshotSource: AnyObject {
    /// Entries that were told.
    var entryCount: UInt64 { get }
    /// What ended the reading too early, where that is no failure.
    var damage: TraceError? { get }
    /// Share of it that was told; nil where it is not known.
    var progress: Double? { get }

    /// Tells of the next entry; false at the end.
    func next(_ loader: inout SnapshotLoader) throws(TraceError) -> Bool
}

/// An RDB file's.
final class SnapshotFile: SnapshotSource {
    private let reader: SnapshotReader

    init(_ path: String, skipsDamaged: Bool) throws(TraceError) {
        reader = try SnapshotReader(path, skipsDamaged: skipsDamaged)
    }

    var entryCount: UInt64 { reader.entryCount }
    var damage: TraceError? { reader.damage }
    var progress: Double? { reader.progress }

    func next(_ loader: inout SnapshotLoader) throws(TraceError) -> Bool {
        try reader.next(&loader)
    }
}
