// The list of the files that an append-only file consists of, from Redis 7.0 on:
//
//     file appendonly.aof.1.base.rdb seq 1 type b        the state that it began with: RDB or AOF
//     file appendonly.aof.1.incr.aof seq 1 type i        what followed, in the order of seq
//     file appendonly.aof.1.incr.aof seq 0 type h        of an earlier one: not read
//
// A name with blanks is in double quotes. The files are read as one, base first.
import LinuxSystem

enum AppendOnlyManifest {
    /// Names end so, and nothing else does.
    static let ending = ".manifest"
    /// A line for each file, of which there are a few.
    private static let mostBytes = 1 << 20

    /// The paths of a manifest's files, in their order and at least one; nil for another path.
    static func files(_ path: String) throws(TraceError) -> [String]? {
        guard path.lowercased().hasSuffix(ending) else { return nil }
        guard let bytes = SmallFile.bytes(path, atMost: mostBytes) else {
            throw TraceError(
                path, .file, "cannot be read", remedy: "give the path of a manifest")
        }
        let folder = path.contains("/") ? String(path[...path.lastIndex(of: "/")!]) : ""
        var base: [String] = []
        var increments: [(sequence: UInt64, file: String)] = []
        let text = String(decoding: bytes, as: UTF8.self)
        for (index, line) in text.split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline
        ).enumerated() {
            guard let first = line.first, first != "#" else { continue }
            guard let entry = Entry(line) else {
                throw TraceError(
                    path, .line(UInt64(index) + 1), "is no `file NAME seq N type b|h|i`",
                    remedy: "give the manifest of an append-only file")
            }
            switch entry.type {
            case "b": base.append(folder + entry.name)
            case "i": increments.append((entry.sequence, folder + entry.name))
            default: break
            }
        }
        let files = base + increments.sorted { $0.sequence < $1.sequence }.map { $0.file }
        guard !files.isEmpty else {
            throw TraceError(
                path, .file, "names no file", remedy: "give the manifest of an append-only file")
        }
        return files
    }

    private struct Entry {
        var name = ""
        var sequence: UInt64 = 0
        var type: Substring = ""

        /// Nil for a line that is none, or names a file of another folder.
        init?(_ line: Substring) {
            var words: [Substring] = []
            var rest = line[...]
            while true {
                rest = rest.drop { $0 == " " }
                guard let first = rest.first else { break }
                let end: Character = first == "\"" ? "\"" : " "
                if first == "\"" { rest = rest.dropFirst() }
                let word = rest.prefix { $0 != end }
                words.append(word)
                rest = rest.dropFirst(word.count + 1)
            }
            guard words.count >= 6, words.count.isMultiple(of: 2) else { return nil }
            var hasSequence = false
            for index in stride(from: 0, to: words.count, by: 2) {
                let value = words[index + 1]
                switch words[index] {
                case "file": name = String(value)
                case "seq":
                    guard let number = UInt64(value) else { return nil }
                    sequence = number
                    hasSequence = true
                case "type": type = value
                default: break  // of a later version
                }
            }
            guard hasSequence, !name.isEmpty, !name.contains("/"), ["b", "h", "i"].contains(type)
            else { return nil }
        }
    }
}
