// Tables in C as their authors compile them: the examples of Sources/CTable, and what a test
// writes.
import Foundation
import LinuxSystem

public enum ForeignTables {
    /// As a table is named. Compiled once, beside the tests.
    public static let linearStore = example("linear_store")
    public static let chainedIndex = example("chained_index")

    private static let interface = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Sources/CTable")

    public struct DidNotCompile: Error, CustomStringConvertible {
        public let description: String
    }

    private static func example(_ name: String) -> String {
        do {
            let source = interface.appending(path: "Examples/\(name).c").path
            let library = URL(filePath: Hashmark.executable).deletingLastPathComponent()
                .appending(path: "\(name).so").path
            // Whoever has the old one loaded keeps it.
            let fresh = "\(library).\(getpid())"
            try compile(file: source, to: fresh)
            guard rename(fresh, library) == 0 else { throw DidNotCompile(description: library) }
            return "foreign:\(library)"
        } catch {
            fatalError("\(error)")
        }
    }

    /// Compiles `source`, which may include an example by its name, in `folder`.
    /// - Returns: the path of the shared object.
    public static func compile(
        _ source: String, as name: String = "table", in folder: TemporaryFolder
    ) throws -> String {
        let file = folder.file("\(name).c")
        try source.write(toFile: file, atomically: true, encoding: .utf8)
        let library = folder.file("\(name).so")
        try compile(file: file, to: library)
        return library
    }

    private static func compile(file: String, to library: String) throws {
        let compiler = ["cc", "clang", "gcc"].first { Tool.path(of: $0) != nil } ?? "cc"
        let output = try RunningProgram([
            compiler, "-O2", "-shared", "-fPIC", "-I", interface.appending(path: "include").path,
            "-I", interface.appending(path: "Examples").path, file, "-o", library,
        ]).finish()
        guard output.ending == .exited(0) else {
            throw DidNotCompile(description: "\(file): \(output.stderr)")
        }
    }
}
