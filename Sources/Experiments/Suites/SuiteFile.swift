// What a suite file is, by its schema: targets to compare, or published claims to check.
import StrictYAML
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
    public init(file: String) throws(FileProblems) {
        let bytes = try readYAML(
            file, remedy: "give the path of a suite file, or the name of one in Workloads/suites/")
        if Self.isOfClaims(bytes) {
            self = .claims(try ClaimSuite(yaml: bytes, file: file))
        } else {
            self = .comparison(try Suite(yaml: bytes, file: file))
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
