// Other tools' configurations as workload files: CacheBench's JSON and the YAML of
// redis-benchmarks-specification. What a workload cannot have is said at the head of the file.
//
// JSON is read as the YAML that it is, so that both say lines; CacheBench's comments (`//`) are
// taken out before.
import LinuxSystem
import StrictYAML
import Workloads
import Yams

public struct WorkloadImport: Sendable {
    /// What the workload is called.
    public private(set) var name: String
    /// The workload file.
    public private(set) var yaml: String
    /// What is not in it, a line each.
    public private(set) var leftOut: [String]

    /// Of their files some tens of kilobytes are usual, of distributions some megabytes.
    private static let mostBytes = 64 << 20

    /// Whether a path is that of such a configuration: by what it holds.
    public static func reads(_ path: String) -> Bool {
        let ending = path.lowercased()
        guard [".json", ".yml", ".yaml"].contains(where: { ending.hasSuffix($0) }),
            let bytes = SmallFile.bytes(path, atMost: mostBytes),
            let root = yamlRoot(uncommented(bytes), Diagnostics(file: path), schema: "")
        else { return false }
        return CacheBenchImport.reads(root) || MemtierImport.reads(root)
    }

    /// - Parameter name: instead of the configuration's own.
    /// - Throws: `.setUp` with file and line.
    public init(_ path: String, name: String?) throws(ExperimentFailure) {
        let root = try Self.root(path)
        let file = path.split(separator: "/").last.map { String($0) } ?? path
        let folder = path.contains("/") ? String(path[...path.lastIndex(of: "/")!]) : ""
        let usual = CapturedWorkload.label(String(file.prefix { $0 != "." }))
        var draft = ImportDraft(file: path)
        if CacheBenchImport.reads(root) {
            draft.name = usual
            draft.cite = "CacheBench's configuration \(file)"
            try CacheBenchImport(root) { (name) throws(ExperimentFailure) -> Node in
                try Self.root(folder + name)
            }.fill(&draft)
        } else {
            draft.name = usual
            draft.cite = "redis-benchmarks-specification's \(file)"
            try MemtierImport(root).fill(&draft)
        }
        if let name { draft.name = name }
        self.name = draft.name
        yaml = draft.text
        leftOut = draft.leftOut
    }

    private static func root(_ path: String) throws(ExperimentFailure) -> Node {
        let diagnostics = Diagnostics(file: path)
        guard let bytes = SmallFile.bytes(path, atMost: mostBytes) else {
            throw ExperimentFailure(.setUp, "\(path): cannot be read; give the path of a file")
        }
        guard let root = yamlRoot(uncommented(bytes), diagnostics, schema: "") else {
            throw ExperimentFailure(.setUp, "\(FileProblems(diagnostics.problems))")
        }
        return root
    }

    /// Lines that begin with `//` made empty: the others keep their numbers.
    private static func uncommented(_ bytes: [UInt8]) -> [UInt8] {
        let slash = UInt8(ascii: "/")
        let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false).map {
            (line: ArraySlice<UInt8>) -> ArraySlice<UInt8> in
            line.drop { $0 == 0x20 || $0 == 0x09 }.starts(with: [slash, slash]) ? [] : line
        }
        return Array(lines.joined(separator: [0x0a]))
    }
}

/// A workload file while it is put together.
struct ImportDraft {
    struct Operation {
        var name: String
        var command: String
        var weight: Double
        /// `lone`, where each key is used once.
        var keys: String?
    }

    /// What a workload's weights may be, and far above every size and count; sums of some millions
    /// of them stay numbers.
    static let largest = 1e12

    let file: String
    var name = ""
    var cite = ""
    var keys: UInt64 = 1_000_000
    var prefix = ""
    /// Lines below `keyspaces`, each with its key.
    var keySize: [String] = []
    var valueSize: [String] = []
    var timeToLive: [String] = []
    var popularity: [String] = ["popularity: uniform  # assumed"]
    var operations: [Operation] = []
    var connections = 50
    var pipeline = 1
    /// Of the fill; nil: what is measured begins with nothing.
    var prefill: String? = "SET {key} {value} {expiry}"
    var seconds = 10
    var leftOut: [String] = []

    /// Digits of the largest id, one-hit wonders included, which begin anew after ten million.
    var digits: Int {
        let lone = operations.contains { $0.keys == "lone" } ? max(keys, 10_000_000) : 0
        return "\(keys &+ lone)".count
    }

    func failure(_ problem: String, line: Int? = nil, remedy: String) -> ExperimentFailure {
        let place = line.map { "\(file):\($0)" } ?? file
        return ExperimentFailure(.setUp, "\(place): \(problem); \(remedy)")
    }

    var text: String {
        var lines = ["# Imported by `hashmark capture` from another tool's configuration."]
        lines += leftOut.map { "# Not in this file: \($0)" }
        lines += [
            "schema: \(Workload.schema)", "name: \(CapturedWorkload.label(name))",
            "title: \(quoted("imported: \(cite)"))", "sources:", "  import:",
            "    cite: \(quoted(cite))", "provenance:", "  keyspaces: derived import",
            "  operations: derived import", "  load: derived import", "  phases: assumed",
            "  expect: assumed", "keyspaces:", "  - name: keys", "    keys: \(keys)",
        ]
        if !prefix.isEmpty { lines.append("    prefix: \(quoted(prefix))") }
        // What nothing writes has no place.
        let commands = operations.map(\.command) + [prefill].compactMap(\.self)
        lines += keySize.map { "    \($0)" }
        if commands.contains(where: { $0.contains("{value}") }) {
            lines += valueSize.map { "    \($0)" }
        }
        if commands.contains(where: { $0.contains("{expiry}") }) {
            lines += timeToLive.map { "    \($0)" }
        }
        lines += popularity.map { "    \($0)" }
        lines.append("operations:")
        for operation in operations {
            let keys = operation.keys.map { ", keys: \($0)" } ?? ""
            lines.append(
                "  - {name: \(operation.name), command: \(quoted(operation.command)), "
                    + "weight: \(operation.weight)\(keys)}")
        }
        lines += [
            "load: {connections: \(connections), pipeline: \(pipeline)}", "phases:",
        ]
        if let prefill {
            lines += ["  - prefill: {command: \(quoted(prefill))}", "  - settle"]
        }
        lines += ["  - warm_up: {duration: 1s}", "  - measure: {duration: \(seconds)s}"]
        lines.append("expect: {tolerance: 0.05}")
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Node {
    /// A field of a mapping.
    func field(_ name: String) -> Node? { mapping?[name] }

    /// A scalar's number; nil also where a workload file has no room for it.
    var amount: Double? {
        guard let number = scalar.flatMap({ Double($0.string) }),
            number.magnitude <= ImportDraft.largest
        else { return nil }
        return number
    }

    /// A list's numbers; nil where it is none, or of something else.
    var amounts: [Double]? {
        guard let sequence else { return nil }
        let numbers = sequence.compactMap(\.amount)
        return numbers.count == sequence.count ? numbers : nil
    }
}
