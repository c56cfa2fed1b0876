// What a suite file is: targets to compare, tables to compare or, by its schema, published claims
// to check.
import ShippedFiles
import StrictYAML
import Workloads
import Yams

public enum SuiteFile: Sendable {
    case comparison(Suite)
    case claims(ClaimSuite)
    case tables(TableSuite)

    public var title: String {
        switch self {
        case .comparison(let suite): suite.title
        case .claims(let suite): suite.title
        case .tables(let suite): suite.title
        }
    }

    /// Whether there are no servers in it.
    public var isOfTables: Bool {
        if case .tables = self { true } else { false }
    }

    /// Reads and checks a suite file of any kind.
    /// - Parameters:
    ///   - file: its path, or its name.
    ///   - search: where it is looked for by its name.
    public init(file: String, in search: SearchPath = SearchPath()) throws(FileProblems) {
        let (bytes, title) = try search.yaml(file, .suite)
        if Self.isOfClaims(bytes) {
            self = .claims(try ClaimSuite(yaml: bytes, file: title))
        } else if Self.root(bytes)?["tables"] != nil {
            self = .tables(try TableSuite(yaml: bytes, file: title))
        } else {
            self = .comparison(try Suite(yaml: bytes, file: title))
        }
    }

    /// Whether a document names the schema of claims, in any major version of it: what is wrong
    /// with the document is for the reader of that schema to say.
    private static func isOfClaims(_ bytes: [UInt8]) -> Bool {
        let schema = ClaimSuite.schema
        let family = schema.prefix { $0 != "/" } + "/"
        return root(bytes)?["schema"]?.scalar?.string.hasPrefix(family) == true
    }

    private static func root(_ bytes: [UInt8]) -> Node.Mapping? {
        yamlRoot(bytes, Diagnostics(file: ""), schema: ClaimSuite.schema)?.mapping
    }
}
