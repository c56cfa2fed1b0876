// Reading a suite of tables, as strictly as the others: unknown keys, tables and options are errors
// with line and remedy.
import Keyspaces
import StrictYAML
import TableBench
import Workloads
import Yams

extension TableSuite {
    /// Checks the bytes of a suite file; `file` is its name in messages.
    public init(yaml bytes: [UInt8], file: String) throws(FileProblems) {
        self = try decodedYAML(bytes, file: file, schema: Suite.schema, Self.decode)
    }

    private static func decode(_ root: Node, _ diagnostics: Diagnostics) -> TableSuite? {
        guard let fields = SuiteFields(root, .tableSuite, "", diagnostics) else { return nil }
        checkSchema(fields, Suite.schema)
        if fields["name"] == nil {
            fields.missing("name", "add it; see Workloads/suites/tables.yaml")
        }
        let tables = fields.list("tables").compactMap { node, path in
            entry(node, path, diagnostics)
        }
        if tables.isEmpty && fields["tables"]?.sequence?.isEmpty == true {
            fields.report("tables", "`tables` is empty", "add at least one, such as valkey-9.1")
        }
        var suite = TableSuite(
            name: fields.string("name") ?? "", title: fields.string("title") ?? "", tables: tables)
        suite.hash = hash(fields)
        suite.entries = fields.integers("entries", "entries, as 10k or [10k, 1M]")
        suite.keySizes = fields.integers("key_size", "bytes, as 16 or [16, 32]")
        suite.valueSize = fields.bytes("value_size")
        suite.hits = hits(fields)
        suite.batch = fields.integers("batch", "depths, as 16 or [1, 16]")
        suite.rounds = fields.integer("rounds", "a count from 1")
        suite.growth = fields.integer("growth", "a number of entries, or 0")
        suite.curve = fields.integer("curve", "a number of entries, or 0")
        return suite
    }

    private static let adapters = "adapters"

    private static func entry(
        _ node: Node, _ path: String, _ diagnostics: Diagnostics
    ) -> Entry? {
        func refuse(_ problem: String, _ remedy: String) -> Entry? {
            diagnostics.report(diagnostics.line(of: path), problem, remedy)
            return nil
        }
        guard let text = node.scalar?.string, !text.isEmpty else {
            return refuse(
                "`\(path)` is \(words(node)), not a table",
                "write it as valkey-9.1, foreign:./mine.so or \(adapters)")
        }
        if text == adapters { return .adapter(nil) }
        if text.hasPrefix(adapters + "/") {
            let name = text.dropFirst(adapters.count + 1)
            guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else {
                return refuse(
                    "`\(path)` is `\(text)`, and `\(name)` is no adapter's name",
                    "write \(adapters)/NAME; Scripts/adapters --list has the names")
            }
            return .adapter(String(name))
        }
        // A table that has to be loaded is read when the suite runs.
        let head = text.prefix { $0 != "?" }
        if head.contains(ForeignTable.scheme) { return .table(text) }
        do throws(TableSpecificationError) {
            _ = try TableSpecification(parsing: text)
        } catch {
            let parts = error.description.split(separator: ";", maxSplits: 1)
            let remedy = parts.count > 1 ? parts[1].drop { $0 == " " } : "correct it"
            return refuse("`\(path)`: \(parts.first ?? "")", String(remedy))
        }
        return .table(text)
    }

    private static func hash(_ fields: SuiteFields) -> String? {
        guard let name = fields.string("hash") else { return nil }
        if HashFunction(name) == nil {
            fields.report("hash", "there is no hash `\(name)`", "write siphash or wide")
        }
        return name
    }

    /// Shares become whole percentages.
    private static func hits(_ fields: SuiteFields) -> [Int]? {
        guard let shares = fields.numbers("hits", "shares, as 1 or [1, 0.5, 0]") else { return nil }
        let percents = shares.map { ($0 * 100).rounded() }
        for (share, percent) in zip(shares, percents) where abs(percent - share * 100) > 1e-6 {
            fields.report("hits", "\(share) is no whole percentage", "write one such as 0.25")
        }
        return percents.map { Int($0) }
    }
}
