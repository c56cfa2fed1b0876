// What there is to choose from, a line each: names, and the title that each has in its own place.
import Experiments
import Gating
import Keyspaces
import LoadGenerator
import Reporting
import RunRecord
import ShippedFiles
import Targets
import Workloads

enum Listing: String, CaseIterable {
    case tables, servers, workloads, suites, policies, sweeps, metrics, tests

    struct Row {
        let name: String
        let title: String
    }

    var title: String {
        switch self {
        case .tables: "hash tables: as ref:NAME a target, and tables --table NAME"
        case .servers: "other projects' servers: the target that starts one, and what is n/a"
        case .workloads: "loads with keys, sizes and mix: replay NAME, --workload NAME"
        case .suites: "targets and workloads together: suite NAME"
        case .policies: "what a gate lets pass: gate --policy NAME"
        case .sweeps: "releases of a repository: sweep NAME --repo DIR"
        case .metrics: "what can be measured: gate accept --metric ID, history --metric ID"
        case .tests: "what bench sends: bench -t NAME"
        }
    }

    /// Without the titles, which may have to be read from files.
    var names: [String] {
        switch self {
        case .tables: Table.spellings
        case .servers: ServerFamily.all.map(\.name)
        case .workloads: FileKind.workload.names
        case .suites: FileKind.suite.names
        case .policies: FileKind.policy.names
        case .sweeps: FileKind.sweep.names
        case .metrics: Metric.table.map(\.id)
        case .tests: BenchmarkTest.allNames
        }
    }

    var rows: [Row] { names.map { Row(name: $0, title: title(of: $0) ?? Self.damaged) } }

    private static let damaged = "cannot be read; see `hashmark workload check`"

    private func title(of name: String) -> String? {
        let search = ProjectFiles.search
        switch self {
        case .tables:
            guard let table = Table.builtIn.first(where: { $0.name == name }) else {
                return "a table of yours: a shared object, by hashmark_table.h"
            }
            return table.title
        case .servers:
            return ServerFamily.all.first { $0.name == name }.map { "\($0.recipe) (\($0.remarks))" }
        case .workloads: return (try? Workload(file: name, in: search))?.title
        case .suites: return (try? SuiteFile(file: name, in: search))?.title
        case .policies: return (try? GateFiles.policy(name, in: search))?.title
        case .sweeps: return (try? SweepFile(file: name, in: search))?.title
        case .metrics:
            guard let metric = Metric.table.first(where: { $0.id == name }) else { return nil }
            let formula = metric.formula.map { ": \($0)" } ?? ""
            return "\(metric.meaning)\(formula) (\(metric.unit.rawValue), \(metric.kind))"
        case .tests:
            // Their titles hang on neither.
            let tests = BenchmarkTest.all([name], dataBytes: 1, isRandom: false)
            return tests.map(\.title).joined(separator: ", ")
        }
    }

    /// Names in a column, titles behind them; where the names take half of a terminal, below.
    static func text(_ rows: [Row], _ style: TerminalStyle) -> String {
        let column = (rows.map(\.name.count).max() ?? 0) + 2
        let stands = !style.breaksSentences || column <= style.width / 2
        let text = rows.map { row in
            let space = String(repeating: " ", count: max(0, column - row.name.count))
            return stands
                ? row.name + space + style.wrapped(row.title, indent: column)
                : row.name + "\n" + style.wrapped("    " + row.title, indent: 4)
        }.joined()
        return String(text.dropLast())
    }
}
