// How a trace is read: shared by the verbs that take one.
import ArgumentParser
import Foundation
import Traces

struct TraceReadingOptions: ParsableArguments {
    @Option(
        help: .value(
            "FORMAT",
            "Format of the trace, if neither its name nor its contents say it: "
                + TraceFormats.names.joined(separator: ", ")
                + ". csv says which column is what: csv:time-col=1,obj-id-col=2,obj-size-col=3, "
                + "and delimiter, has-header, obj-id-is-num."),
        transform: { (name: String) throws -> any TraceDecoder in
            do {
                return try TraceFormats.parsed(name)
            } catch {
                throw ValidationError("\(error)")
            }
        })
    var format: (any TraceDecoder)?

    @Flag(help: "Leave damaged records of the trace out, and count them.")
    var skipBad = false

    /// A trace by its path or its name, as readers take it: with its bytes where it is built in.
    static func located(_ nameOrPath: String) -> (path: String, contents: [UInt8]?) {
        guard let found = ProjectFiles.search.find(nameOrPath, .trace) else {
            return (nameOrPath, nil)
        }
        return (found.path, found.builtIn)
    }

    /// Whether a path is that of a file.
    static func isFile(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            && !isFolder.boolValue
    }
}
