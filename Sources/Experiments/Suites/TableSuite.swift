// A suite of tables: which are measured directly, without a server, and how.
//
//     schema: hashmark.suite/1
//     name: tables
//     tables:
//       - valkey-9.1                          # as `tables --table` has it
//       - scalar=valkey-9.1?match=scalar
//       - foreign:./mine.so                   # from the current folder
//       - adapters                            # all that Scripts/adapters has built
//       - adapters/boost_unordered_flat_map   # one of them; left out, and said so, where it is not
//     entries: [10k, 1M]
//
// What is left out here is as `tables` has it. The first table is the one the others are compared
// with. Nothing is loaded before a suite runs: to list a suite is no reason to.
import Keyspaces
import LinuxSystem
import TableBench

public struct TableSuite: Sendable, Equatable {
    public enum Entry: Sendable, Equatable {
        /// As `tables --table` spells it.
        case table(String)
        /// A table that Scripts/adapters builds, by its name; nil: all that are there.
        case adapter(String?)
    }

    public var name: String
    public var title: String
    public var tables: [Entry]
    /// The hash of tables that name none.
    public var hash: String?
    public var entries: [Int]?
    public var keySizes: [Int]?
    public var valueSize: Int?
    /// In percent.
    public var hits: [Int]?
    public var batch: [Int]?
    public var rounds: Int?
    public var growth: Int?
    public var curve: Int?

    /// The tables as they are here.
    /// - Parameter folder: where adapters are, as Scripts/adapters leaves them: `NAME.so`.
    /// - Returns: spellings, each adapter under its own name, and what is left out of which.
    public func spellings(
        adapters folder: String
    ) -> (tables: [String], missing: [(cause: String, remedy: String)]) {
        let suffix = ".so"
        let there = SmallFile.names(in: folder)
            .filter { $0.hasSuffix(suffix) && !$0.hasPrefix(".") }
            .map { String($0.dropLast(suffix.count)) }.sorted()
        var spellings: [String] = []
        var missing: [(cause: String, remedy: String)] = []
        func add(_ adapter: String) {
            spellings.append("\(adapter)=\(ForeignTable.scheme)\(folder)/\(adapter)\(suffix)")
        }
        for entry in tables {
            switch entry {
            case .table(let spelling): spellings.append(spelling)
            case .adapter(let name?) where there.contains(name): add(name)
            case .adapter(let name?):
                missing.append(
                    (
                        "the adapter \(name) is not in '\(folder)', so it is left out",
                        "build it by Scripts/adapters \(name), or name their folder by --adapters"
                    ))
            case .adapter(nil) where there.isEmpty:
                missing.append(
                    (
                        "no adapters are in '\(folder)', so well-known libraries' tables are left "
                            + "out",
                        "build them by Scripts/adapters, or name their folder by --adapters"
                    ))
            case .adapter(nil): there.forEach(add)
            }
        }
        return (spellings, missing)
    }

    /// How `tables` are measured.
    public func plan(_ tables: [TableSpecification]) -> BenchPlan {
        var plan = BenchPlan()
        plan.tables = tables
        plan.keySizes = keySizes ?? plan.keySizes
        plan.valueSize = valueSize ?? plan.valueSize
        plan.entries = entries ?? BenchPlan.cacheSweep(bytesPerEntry: plan.bytesPerEntry)
        plan.hitPercents = hits ?? plan.hitPercents
        plan.depths = batch ?? plan.depths
        plan.repeats = rounds ?? plan.repeats
        plan.growthEntries = growth ?? plan.growthEntries
        plan.curveEntries = curve ?? plan.curveEntries
        plan.memoryLimit = BenchPlan.memoryLimit(asked: nil)
        return plan
    }
}
