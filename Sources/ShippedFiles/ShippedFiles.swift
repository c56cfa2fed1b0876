// What is in this executable: the workloads, suites, policies and traces of the sources that it was
// built from.
import CShippedFiles

public enum ShippedFiles {
    /// Names of the files of a kind, sorted, as a command line takes them.
    public static func names(in kind: FileKind) -> [String] {
        kind.names(among: table.map(\.path)).sorted()
    }

    /// The bytes of a file by its path from the root, such as `Workloads/ycsb-a.yaml`; nil where
    /// there is none.
    public static func contents(of path: String) -> [UInt8]? {
        table.first { $0.path == path }.map { Array($0.bytes) }
    }

    private struct Entry {
        let path: String
        /// Constants of the executable.
        let bytes: UnsafeBufferPointer<UInt8>
    }

    private static var table: [Entry] {
        var entries: [Entry] = []
        var next = hashmark_shipped_files()
        while let path = next.pointee.path {
            entries.append(
                Entry(
                    path: String(cString: path),
                    bytes: UnsafeBufferPointer(
                        start: next.pointee.bytes, count: next.pointee.length)))
            next += 1
        }
        return entries
    }
}
