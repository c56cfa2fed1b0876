// From a file to a workload: read, parse, decode strictly, judge by `Workload.findings`.
import Glibc
import Yams

extension Workload {
    /// Reads and checks a workload file.
    public init(file: String) throws(WorkloadProblems) {
        guard let bytes = readFile(file) else {
            throw WorkloadProblems([
                WorkloadProblem(
                    file: file, line: nil,
                    problem: "cannot be read (\(String(cString: strerror(errno))))",
                    remedy: "give the path of a workload file, or the name of one in Workloads/")
            ])
        }
        try self.init(yaml: bytes, file: file)
    }

    /// Checks the bytes of a workload file; `file` is its name in messages.
    public init(yaml bytes: [UInt8], file: String) throws(WorkloadProblems) {
        let diagnostics = Diagnostics(file: file)
        guard let root = Self.parse(bytes, diagnostics),
            var workload = Self.decode(root, diagnostics)
        else { throw WorkloadProblems(diagnostics.problems) }
        workload.contentHash = ContentHash.of(bytes)
        if diagnostics.problems.isEmpty {
            for finding in workload.findings() {
                diagnostics.report(
                    diagnostics.line(of: finding.path), finding.problem, finding.remedy)
            }
            reportProvenanceGaps(workload, diagnostics)
        }
        guard diagnostics.problems.isEmpty else { throw WorkloadProblems(diagnostics.problems) }
        self = workload
    }

    /// The file that a name or a path means: an existing path, or `NAME.yaml` in the folder
    /// Workloads/ of `home`.
    public static func locate(_ nameOrPath: String, home: String) -> String {
        let shipped = "\(home)/Workloads/\(nameOrPath).yaml"
        if access(nameOrPath, R_OK) != 0 && access(shipped, R_OK) == 0 { return shipped }
        return nameOrPath
    }

    /// Names of the workload files in the folder Workloads/ of `home`, sorted.
    public static func names(home: String) -> [String] {
        guard let folder = opendir("\(home)/Workloads") else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".yaml") { names.append(String(name.dropLast(5))) }
        }
        return names.sorted()
    }

    private static func parse(_ bytes: [UInt8], _ diagnostics: Diagnostics) -> Node? {
        guard let text = String(validating: bytes, as: UTF8.self) else {
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

    private static func report(_ error: YamlError, _ diagnostics: Diagnostics) {
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
}

/// Where provenance is stated field by field, no number may be left out.
private func reportProvenanceGaps(_ workload: Workload, _ diagnostics: Diagnostics) {
    let map = workload.provenance
    guard !map.entries.isEmpty else { return }
    let stated = ["keyspaces", "operations", "load", "phases", "expect"]
    var used: Set<String> = []
    for leaf in diagnostics.leaves where stated.contains(where: { leaf.hasPrefix($0) }) {
        if let entry = map.entry(for: leaf) {
            used.insert(entry.path)
        } else if !isName(leaf) {
            diagnostics.report(
                diagnostics.lines[leaf], "no entry of `provenance` covers `\(leaf)`",
                "add `\(ProvenanceMap.components(leaf).joined(separator: ".")): "
                    + "observed|fitted|derived|assumed SOURCE`")
        }
    }
    for path in map.entries.keys.sorted() where !used.contains(path) {
        diagnostics.report(
            diagnostics.lines["provenance.\(path)"],
            "provenance of `\(path)`, which the file does not have",
            "remove it, or correct the path")
    }
}

/// Labels come from nowhere.
private func isName(_ leaf: String) -> Bool {
    leaf.hasSuffix("].name") || leaf.hasSuffix("].keyspace")
}

private func readFile(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "rbe") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = fread(&chunk, 1, chunk.count, file)
        if count == 0 { return ferror(file) == 0 ? bytes : nil }
        bytes += chunk[..<count]
    }
}
