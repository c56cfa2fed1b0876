// From a file to a workload: read, parse, decode strictly, judge by `Workload.findings`.
import Glibc
import StrictYAML
import Yams

extension Workload {
    /// Reads and checks a workload file.
    public init(file: String) throws(WorkloadProblems) {
        try self.init(
            yaml: try readYAML(
                file, remedy: "give the path of a workload file, or the name of one in Workloads/"),
            file: file)
    }

    /// Checks the bytes of a workload file; `file` is its name in messages.
    public init(yaml bytes: [UInt8], file: String) throws(WorkloadProblems) {
        let diagnostics = Diagnostics(file: file)
        guard let root = yamlRoot(bytes, diagnostics, schema: Self.schema),
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
        locate(nameOrPath, home: home, folder: "Workloads")
    }

    /// The same for files of another kind, in another folder of `home`.
    public static func locate(_ nameOrPath: String, home: String, folder: String) -> String {
        let shipped = "\(home)/\(folder)/\(nameOrPath).yaml"
        if access(nameOrPath, R_OK) != 0 && access(shipped, R_OK) == 0 { return shipped }
        return nameOrPath
    }

    /// Names of the files in a folder of `home`, sorted: workloads, suites or policies.
    public static func names(home: String, folder: String = "Workloads") -> [String] {
        guard let folder = opendir("\(home)/\(folder)") else { return [] }
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
}

extension CompiledWorkload {
    /// Reads a workload by its name or path and makes it ready to be drawn from.
    /// - Parameters:
    ///   - home: where the folder Workloads/ is.
    ///   - entries: keys instead of the workload's own number; nil: its own.
    ///   - name: what results are recorded under, instead of the workload's own name.
    public static func read(
        _ nameOrPath: String, home: String, entries: UInt64? = nil, name: String? = nil
    ) throws(WorkloadProblems) -> CompiledWorkload {
        var workload = try Workload(file: Workload.locate(nameOrPath, home: home))
        if let name { workload.name = name }
        return try CompiledWorkload(entries.map(workload.scaled(toKeys:)) ?? workload)
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
    [".name", ".keyspace"].contains { leaf.hasSuffix("]\($0)") }
}
