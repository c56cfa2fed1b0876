// The way from one file to another, for what travels with both: `../latest/run.json`.
import Foundation

public enum RelativePath {
    /// - Parameters:
    ///   - file: the file that names the other.
    ///   - other: the one that it names; both are paths as one types them.
    /// - Returns: nil where they have no folder in common but the root: then the way there is one
    ///   through a single machine.
    public static func from(_ file: String, to other: String) -> String? {
        let start = parts(file).dropLast()
        let end = parts(other)
        let common = zip(start, end).prefix { $0.0 == $0.1 }.count
        guard common > 0 else { return nil }
        let up = Array(repeating: "..", count: start.count - common)
        return (up + end.dropFirst(common)).joined(separator: "/")
    }

    /// From the root; `.` and `..` resolved, links not.
    private static func parts(_ path: String) -> [String] {
        URL(filePath: path).standardizedFileURL.path.split(separator: "/").map { String($0) }
    }
}
