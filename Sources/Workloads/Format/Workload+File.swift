// From a file to a workload: read, parse, decode strictly, judge by `Workload.findings`.
import ShippedFiles
import StrictYAML
import Yams

extension Workload {
    /// Reads and checks a workload file.
    /// - Parameters:
    ///   - file: its path, or its name.
    ///   - search: where it is looked for by its name.
    public init(file: String, in search: SearchPath = SearchPath()) throws(WorkloadProblems) {
        let (bytes, title) = try search.yaml(file, .workload)
        try self.init(yaml: bytes, file: title)
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
}

extension CompiledWorkload {
    /// Reads a workload by its name or path and makes it ready to be drawn from.
    /// - Parameters:
    ///   - search: where it is looked for by its name.
    ///   - entries: keys instead of the workload's own number; nil: its own.
    ///   - name: what results are recorded under, instead of the workload's own name.
    ///   - change: what is made of the file's workload before it is scaled.
    public static func read(
        _ nameOrPath: String, in search: SearchPath, entries: UInt64? = nil, name: String? = nil,
        change: (Workload) -> Workload = { $0 }
    ) throws(WorkloadProblems) -> CompiledWorkload {
        let (bytes, title) = try search.yaml(nameOrPath, .workload)
        return try WorkloadOrigin(
            text: String(decoding: bytes, as: UTF8.self), file: title, name: name,
            entries: entries
        ).compiled(change)
    }
}

/// A workload's file and how it was asked for: all that another host needs to have the same one.
public struct WorkloadOrigin: Codable, Equatable, Sendable {
    /// Of the file, and its name in messages.
    let text: String
    let file: String
    /// What results are recorded under; nil: the workload's own name.
    let name: String?
    /// Keys; nil: the workload's own number.
    let entries: UInt64?

    /// Ready to draw requests from.
    /// - Throws: what is wrong with the workload, all of it.
    public func compiled() throws(WorkloadProblems) -> CompiledWorkload {
        try compiled { $0 }
    }

    /// Another host has what the file says, without `change`.
    func compiled(
        _ change: (Workload) -> Workload
    ) throws(WorkloadProblems) -> CompiledWorkload {
        var workload = change(try Workload(yaml: Array(text.utf8), file: file))
        if let name { workload.name = name }
        let compiled = try CompiledWorkload(entries.map(workload.scaled(toKeys:)) ?? workload)
        compiled.origin = self
        return compiled
    }
}

/// Where provenance is stated field by field, no number may be left out.
private func reportProvenanceGaps(_ workload: Workload, _ diagnostics: Diagnostics) {
    let map = workload.provenance
    guard !map.entries.isEmpty else { return }
    let stated = ["keyspaces", "operations", "load", "overlays", "phases", "expect"]
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
