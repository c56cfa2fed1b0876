// The formats that are read, and which of them a file is.
//
// A name decides where it says so (`x.oracleGeneral.bin.zst`, `x.twr`, `dump.rdb`); else, and of
// several formats that share a name's end (`.csv`), the first records do: those of the wrong layout
// soon have an operation that there is not, a time that runs backwards, or a next access in the
// past. zstd and gzip are recognised by their first bytes alone.

/// A format that cannot be understood: one line with cause and remedy.
public struct TraceFormatError: Error, Sendable, Equatable, CustomStringConvertible {
    let problem: String
    let remedy: String

    init(_ problem: String, remedy: String) {
        self.problem = problem
        self.remedy = remedy
    }

    public var description: String { "\(problem); \(remedy)" }
}

public enum TraceFormats {
    public static let all: [any TraceDecoder] = [
        TwitterTrace(), OracleGeneralTrace(), TwrTrace(), TwrTrace(hasNamespaces: true),
        LCSTrace(), MetaTrace(), RDBTrace(), AppendOnlyTrace(), MonitorTrace(), DragonflyTrace(),
        MemtierTrace(), ColumnTrace(),
    ]

    public static var names: [String] { all.map { $0.name } }

    /// A format by its name, in any case.
    public static func withName(_ name: String) -> (any TraceDecoder)? {
        all.first { $0.name.lowercased() == name.lowercased() }
    }

    /// A format as it is asked for: its name, and of `csv` what its columns are.
    public static func parsed(_ text: String) throws(TraceFormatError) -> any TraceDecoder {
        let name = text.prefix { $0 != ":" }
        let options = text.dropFirst(name.count + 1)
        guard let format = withName(String(name)) else {
            throw TraceFormatError(
                "there is no format `\(name)`", remedy: "use " + names.joined(separator: ", "))
        }
        if format is ColumnTrace { return try ColumnTrace(options: options) }
        guard name.count == text.count else {
            throw TraceFormatError("\(format.name) has no options", remedy: "write the name alone")
        }
        return format
    }

    /// The format that is said of the trace at `path`.
    /// - Throws: when there is none of that name.
    public static func named(
        _ name: String, for path: String
    ) throws(TraceError) -> any TraceDecoder {
        do throws(TraceFormatError) {
            return try parsed(name)
        } catch {
            throw TraceError(path, .file, error.problem, remedy: error.remedy)
        }
    }

    /// The format that a file's name says, if it does.
    public static func ofFile(_ path: String) -> (any TraceDecoder)? { withEnding(path).first }

    /// The format of a file, by its name and its first bytes.
    static func of(_ path: String, _ start: UnsafeRawBufferPointer) -> (any TraceDecoder)? {
        let named = withEnding(path)
        guard named.count > 1 else { return named.first ?? ofContents(start) }
        return named.first { $0.isCertain && $0.fits(start) } ?? named.first
    }

    private static func withEnding(_ path: String) -> [any TraceDecoder] {
        let file = path.split(separator: "/").last?.lowercased() ?? ""
        var parts = file.split(separator: ".").dropFirst()
        while let last = parts.last, ["zst", "zstd", "gz", "bin", "sort"].contains(last) {
            parts.removeLast()
        }
        guard let suffix = parts.last else { return [] }
        return all.filter { $0.suffixes.contains(String(suffix)) }
    }

    /// Records that are looked at: a wrong layout that fits 64 of them is not to be expected, for
    /// each has a chance of about 1 in 20 (an operation) to 1 in 2 (a time).
    static let sampleRecords = 64
    /// Bytes wanted for `ofContents`.
    static let sampleBytes = 8_192

    /// The one format that the first bytes of a trace fit; nil where none does, or several.
    static func ofContents(_ bytes: UnsafeRawBufferPointer) -> (any TraceDecoder)? {
        let fitting = all.filter { $0.fits(bytes) }
        return fitting.first { $0.isCertain } ?? (fitting.count == 1 ? fitting[0] : nil)
    }
}
