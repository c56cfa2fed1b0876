// What a suite file is, by its schema: targets to compare, or published claims to check.
import ShippedFiles
import StrictYAML
import Workloads
import Yams

public enum SuiteFile: Sendable {
    case comparison(Suite)
    case claims(ClaimSuite)

    public var title: String {
        switch self {
        case .comparison(let suite): suite.title
        case .claims(let suite): suite.title
        }
    }

    /// Reads and checks a suite file of either kind.
    /// - Parameters:
    ///   - file: its path, or its name.
    ///   - search: where it is looked for by its name.
    public init(file: String, in search: SearchPath = SearchPath()) throws(FileProblems) {
        let (bytes, title) = try search.yaml(file, .suite)
        if Self.isOfClaims(bytes) {
            self = .claims(try ClaimSuite(yaml: bytes, file: title))
        } else {
            self = .comparison(try Suite(yaml: bytes, file: title))
        }
    }

    /// Whether a document names the schema of claims, in any major version of it: what is wrong
    /// with the document is for the reader of that schema to say.
    private static func isOfClaims(_ bytes: [UInt8]) -> Bool {
        let schema = ClaimSuite.schema
        let family = schema.prefix { $0 != "/" } + "/"
        let ignored = Diagnostics(file: "")
        let found = yamlRoot(bytes, ignored, schema: schema)?.mapping?["schema"]?.scalar?.string
        return found?.hasPrefix(family) == true
    }
}
