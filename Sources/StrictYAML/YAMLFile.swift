// YAML files of ours: bytes to nodes, with every refusal as a line, a cause and a remedy; and the
// check that a file is of the schema that this version reads.
import Glibc
import Quantities
import Yams

/// The root node, or nil with problems in `diagnostics`.
public func yamlRoot(_ bytes: [UInt8], _ diagnostics: Diagnostics, schema: String) -> Node? {
    // editors of Windows begin a file with a byte-order mark
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    let content = bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...]
    guard let text = String(validating: content, as: UTF8.self) else {
        diagnostics.report(nil, "the file is not UTF-8", "save it as UTF-8")
        return nil
    }
    do {
        if let root = try Parser(yaml: text, encoding: .utf8).singleRoot() { return root }
        diagnostics.report(1, "the file is empty", "begin with `schema: \(schema)`")
    } catch let error as YamlError {
        report(error, diagnostics)
    } catch {
        diagnostics.report(nil, "not YAML (\(error))", "correct it")
    }
    return nil
}

/// What `decode` makes of a file's root.
/// - Parameter file: its name in messages.
/// - Throws: all problems that were found, `decode`'s among them.
public func decodedYAML<Value>(
    _ bytes: [UInt8], file: String, schema: String, _ decode: (Node, Diagnostics) -> Value?
) throws(FileProblems) -> Value {
    let diagnostics = Diagnostics(file: file)
    guard let root = yamlRoot(bytes, diagnostics, schema: schema),
        let value = decode(root, diagnostics), diagnostics.problems.isEmpty
    else { throw FileProblems(diagnostics.problems) }
    return value
}

private func report(_ error: YamlError, _ diagnostics: Diagnostics) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
        .composer(_, let problem, let mark, _):
        diagnostics.report(
            mark.line, "not YAML (\(problem))",
            "check indentation, quotes and brackets here and on the line above")
    case .duplicatedKeysInMapping(let keys, let context):
        let names = keys.sorted().map { "`\($0)`" }.joined(separator: ", ")
        diagnostics.report(
            context.mark.line, "\(names) is given more than once", "keep one of them")
    case .reader(let problem, _, _, _):
        diagnostics.report(
            nil, "not text (\(problem))", "save it as UTF-8 without control characters")
    default:
        diagnostics.report(nil, "not YAML", "correct it")
    }
}

/// Reports a file whose `schema` is missing or another one.
public func checkSchema<Section: FileSection>(_ fields: YAMLFields<Section>, _ schema: String) {
    guard let found = fields.string("schema") else {
        if fields["schema"] == nil {
            fields.missing("schema", "begin with `schema: \(schema)`")
        }
        return
    }
    if found != schema {
        fields.report(
            "schema", "schema `\(found)` is not `\(schema)`",
            "use a file of this schema, or a version of Hashmark that reads that one")
    }
}

/// The largest file that is read: some hundred times what anybody writes or captures.
private let mostBytes = 64 << 20

/// The bytes of a file, or of a pipe; a failure has `remedy`.
public func readYAML(_ path: String, remedy: String) throws(FileProblems) -> [UInt8] {
    func refused(_ problem: String) -> FileProblems {
        FileProblems([FileProblem(file: path, line: nil, problem: problem, remedy: remedy)])
    }
    func failed() -> FileProblems {
        refused("cannot be read (\(String(cString: strerror(errno))))")
    }
    // before it is opened: opening a device may do something
    var status = stat()
    guard stat(path, &status) == 0 else { throw failed() }
    switch status.st_mode & S_IFMT {
    case S_IFREG, S_IFIFO: break
    case S_IFDIR: throw refused("is a folder, not a file")
    default: throw refused("is no regular file")
    }
    guard let file = fopen(path, "rbe") else { throw failed() }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = fread(&chunk, 1, chunk.count, file)
        guard count > 0 else { break }
        bytes += chunk[..<count]
        guard bytes.count <= mostBytes else {
            throw refused("is larger than \(ByteCount.text(mostBytes))")
        }
    }
    guard ferror(file) == 0 else { throw failed() }
    return bytes
}
