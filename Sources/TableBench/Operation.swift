// What is measured of a table, and whether tables agree on what they read meanwhile.

import Keyspaces

/// A kind of look-up.
public struct Lookup: Hashable, Sendable {
    /// So many in a hundred exist.
    public var hitPercent: Int
    /// So many have their memory asked for before the first runs; 1 means one by one.
    public var depth: Int
    public var pattern: AccessPattern

    public init(hitPercent: Int, depth: Int, pattern: AccessPattern = .uniform) {
        self.hitPercent = hitPercent
        self.depth = depth
        self.pattern = pattern
    }

    /// What decides what is read, and what stands before the depth.
    fileprivate var kind: String {
        switch hitPercent {
        case 100: "find-hit"
        case 0: "find-miss"
        default: "find-\(hitPercent)%"
        }
    }
}

/// One kind of work whose CPU time per operation is measured.
public enum Operation: Hashable, Sendable, CustomStringConvertible {
    case find(Lookup)
    /// Inserts into a table that begins empty, all its growth included.
    case insert
    /// An entry erased and another inserted, a pair at a time, after all entries were replaced so
    /// many times.
    case churn(turnovers: Int)
    /// Values of uniformly drawn keys rewritten with the same size.
    case update
    /// A walk over all entries, per entry.
    case iterate
    /// SCAN in steps of ten, per entry met.
    case scan
    /// Fairly chosen keys.
    case random

    /// In metric ids.
    var name: String {
        switch self {
        case .find: "find"
        case .insert: "insert"
        case .churn: "churn"
        case .update: "update"
        case .iterate: "iterate"
        case .scan: "scan"
        case .random: "random"
        }
    }

    public var description: String {
        switch self {
        case .find(let lookup) where lookup.pattern != .uniform:
            "\(lookup.kind)/\(lookup.depth) \(lookup.pattern)"
        case .find(let lookup): "\(lookup.kind)/\(lookup.depth)"
        case .churn(let turnovers): "churn after \(turnovers)"
        default: name
        }
    }

    /// What a table must have for it.
    var need: Capability? {
        switch self {
        case .find, .insert, .churn, .update, .iterate: nil
        case .scan: .scan
        case .random: .random
        }
    }

    /// True where a slice is given keys.
    var takesKeys: Bool {
        switch self {
        case .find, .update, .churn, .insert: true
        case .iterate, .scan, .random: false
        }
    }

    /// True where every table must read the same; what walks over entries only where all tables
    /// hold the same.
    func isComparable(holdTheSame: Bool) -> Bool {
        switch self {
        case .random: false
        case .iterate, .scan, .insert: holdTheSame
        case .find, .update, .churn: true
        }
    }

    /// What must read the same: look-ups of one hit ratio whatever the depth and the pattern.
    fileprivate var kind: String {
        if case .find(let lookup) = self { lookup.kind } else { description }
    }
}

/// What tables read, held against each other.
struct Agreement {
    private var checksums: [String: UInt64] = [:]
    private(set) var warnings: [String] = []

    mutating func check(_ operation: Operation, _ entries: Int, _ checksum: UInt64) {
        if checksums[operation.kind, default: checksum] != checksum {
            warnings.append(
                "\(operation) at \(entries) entries: tables or depths disagree on what they "
                    + "read; run the keyspace tests")
        }
        checksums[operation.kind] = checksum
    }
}
