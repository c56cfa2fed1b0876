// The checks by name. Most are trials, sequences of operations that are made from the plan alone:
// whoever knows the number of one can make it again. The rest are in CheckWorker.
import CTable

enum CheckName: String, CaseIterable, Sendable {
    case descriptor, options, empty, short, random, growth, scan, draw, batch, keys, memory, two
    case readers, writers, comparisons

    /// What is tried.
    var title: String {
        switch self {
        case .descriptor: "version, kind, name, functions that must be there"
        case .options: "an option that no table knows: taken, or refused with a reason"
        case .empty: "a table with nothing in it"
        case .short: "all short sequences of three keys"
        case .random: "random operations against an oracle, with hashes of each kind"
        case .growth: "what is there stays there while it grows and shrinks"
        case .scan: "what is there throughout is visited while others come and go"
        case .draw: "random entries are entries, and all of them can be drawn"
        case .batch: "look-ups at once find what single ones find"
        case .keys: "empty, NUL, 0xff, long keys and values"
        case .memory: "memory comes back, blocks are not overrun, statistics add up"
        case .two: "two tables at once share nothing"
        case .readers: "four threads look up at once"
        case .writers: "four threads insert at once"
        case .comparisons: "keys that an index compares per look-up"
        }
    }

    /// Why there is nothing to check; nil where there is.
    func missing(of table: LoadedTable) -> String? {
        switch self {
        case .scan: table.more.scan == nil ? "no `scan`: SCAN is refused" : nil
        case .draw:
            table.more.random == nil ? "no `random`: RANDOMKEY and eviction are refused" : nil
        case .batch:
            table.looksUpMany
                ? nil
                : "no `\(table.index == nil ? "get_many" : "find_many")`: batches are looked up "
                    + "one by one"
        case .readers: table.threads == 0 ? "does not say HASHMARK_READERS" : nil
        case .writers:
            table.threads == HASHMARK_WRITERS ? nil : "does not say HASHMARK_WRITERS"
        case .comparisons: table.index == nil ? "a store compares keys by itself" : nil
        case .descriptor, .options, .empty, .short, .random, .growth, .keys, .memory, .two: nil
        }
    }
}

/// What sequences are made from.
public struct CheckPlan: Sendable {
    public var seed: UInt64 = 1
    /// Of the longest random sequence; half as many keys are in the largest table.
    public var operations = 250_000
    /// Operations of the short sequences, at most.
    public var depth = 5

    public init() {}
}
