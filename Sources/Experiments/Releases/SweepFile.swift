// A sweep as its file states it: which releases of a repository, how they are built, and what is
// measured of them.
//
//     schema: hashmark.sweep/1
//     name: valkey
//     releases: [7.2.7, 8.0.1, 8.1.1]   # or tags: '8.*', or every: 20
//     make: make -j{cpus}
//     server: src/valkey-server         # found where it is left out
//     suite: releases                   # its workloads, rounds and counts, without its targets
//     matrix:
//       - CFLAGS=-O2|-O3
import ShippedFiles
import StrictYAML
import Workloads
import Yams

public struct SweepFile: Sendable, Equatable {
    /// The schema that this version reads.
    public static let schema = "hashmark.sweep/1"

    public var title: String
    public var choice: ReleaseChoice
    public var reference: String?
    public var make: String?
    public var server: String?
    public var suite: String
    public var matrix: [BuildVariable]

    public static let defaultSuite = "releases"

    /// Reads and checks a sweep file.
    /// - Parameters:
    ///   - file: its path, or its name.
    ///   - search: where it is looked for by its name.
    public init(file: String, in search: SearchPath = SearchPath()) throws(FileProblems) {
        let (bytes, title) = try search.yaml(file, .sweep)
        try self.init(yaml: bytes, file: title)
    }

    /// Checks the bytes of a sweep file; `file` is its name in messages.
    public init(yaml bytes: [UInt8], file: String) throws(FileProblems) {
        self = try decodedYAML(bytes, file: file, schema: Self.schema, Self.decode)
    }

    private static func decode(_ root: Node, _ diagnostics: Diagnostics) -> SweepFile? {
        guard let fields = YAMLFields(root, SweepSection.sweep, "", diagnostics) else { return nil }
        checkSchema(fields, schema)
        if fields["name"] == nil {
            fields.missing("name", "add it; see Workloads/sweeps/valkey.yaml")
        }
        return SweepFile(
            title: fields.string("title") ?? fields.string("name") ?? "",
            choice: choice(fields), reference: fields.string("reference"),
            make: fields.string("make"), server: fields.string("server"),
            suite: fields.string("suite") ?? defaultSuite,
            matrix: fields.list("matrix").compactMap { variable($0.node, $0.path, diagnostics) })
    }

    private init(
        title: String, choice: ReleaseChoice, reference: String?, make: String?, server: String?,
        suite: String, matrix: [BuildVariable]
    ) {
        self.title = title
        self.choice = choice
        self.reference = reference
        self.make = make
        self.server = server
        self.suite = suite
        self.matrix = matrix
    }

    /// One of the three ways to say it.
    private static func choice(_ fields: YAMLFields<SweepSection>) -> ReleaseChoice {
        let given = ["releases", "tags", "every"].filter { fields[$0] != nil }
        guard given.count == 1 else {
            if given.isEmpty {
                fields.missing("releases", "list them, or give `tags` or `every` instead")
            } else {
                fields.report(
                    given[1], "`\(given[0])` and `\(given[1])` are two lists", "keep one of them")
            }
            return .refs([])
        }
        if let pattern = fields.string("tags") { return .tags(pattern) }
        if let step = fields.integer("every", "a count from 1") {
            if step < 1 { fields.report("every", "every \(step) is none", "use 1 or more") }
            return .every(max(step, 1))
        }
        let refs = fields.list("releases").compactMap { node, path -> String? in
            if let ref = node.scalar?.string, !ref.isEmpty { return ref }
            fields.diagnostics.report(
                fields.diagnostics.lines[path], "`\(path)` is \(words(node)), not a release",
                "write a git ref, LABEL=REF or LABEL=FOLDER")
            return nil
        }
        if refs.isEmpty && fields["releases"] != nil {
            fields.report("releases", "`releases` names none", "add at least one, such as HEAD")
        }
        return .refs(refs)
    }

    private static func variable(
        _ node: Node, _ path: String, _ diagnostics: Diagnostics
    ) -> BuildVariable? {
        if let variable = node.scalar.flatMap({ BuildVariable($0.string) }) { return variable }
        diagnostics.report(
            diagnostics.lines[path], "`\(path)` is \(words(node)), not a variable with its values",
            "write NAME=VALUE|VALUE, such as CFLAGS=-O2|-O3")
        return nil
    }
}

/// Every key of sweep files.
public enum SweepSection: String, CaseIterable, FileSection {
    case sweep

    /// Keys, in the order in which the reference explains them.
    public var keys: [String] {
        [
            "schema", "name", "title", "releases", "tags", "every", "reference", "make", "server",
            "suite", "matrix",
        ]
    }

    public func range(of key: String) -> ClosedRange<Double> {
        key == "every" ? 0...1e6 : NumberLimits.all
    }
}
