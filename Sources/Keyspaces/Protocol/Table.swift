// The names of the tables, and the one place that turns a name into a concrete type.
//
// A server, a benchmark or a test is generic over `Keyspace` and hands itself in as a visitor;
// `withKeyspace` makes one call per concrete type, so the compiler specialises the visitor for each
// index and nothing is an existential afterwards. Tables that share an index share its type and
// differ in its policy values.

/// A keyspace design under the release that it is faithful to.
public enum Table: String, Sendable, CaseIterable {
    /// Redis 7.2 and Valkey 7.2: chained dict, separate key, object and string.
    case valkey72 = "valkey-7.2"
    /// Valkey 8.0: chained dict per hash slot, key embedded in the entry.
    case valkey80 = "valkey-8.0"
    /// Valkey 8.1 and 9.0: buckets of seven, key and small values embedded in an object of 16
    /// bytes.
    case valkey81 = "valkey-8.1"
    /// Valkey 9.1: buckets of seven, key and value embedded in the object.
    case valkey91 = "valkey-9.1"

    enum Index {
        case chainedDict
        case bucketTable
    }

    var index: Index {
        switch self {
        case .valkey72, .valkey80: .chainedDict
        case .valkey81, .valkey91: .bucketTable
        }
    }

    /// The table called `name`, or an error that lists the names.
    public static func parse(_ name: String) throws(UnknownTable) -> Table {
        guard let table = Table(rawValue: name) else { throw UnknownTable(name: name) }
        return table
    }

    /// True if the table has a choice of how tags are compared (`KeyspaceOptions.match`).
    public var hasGroupMatch: Bool { index == .bucketTable }

    /// Makes the keyspace of this table and hands it to `visitor`, as its concrete type.
    /// `options.table` need not be set.
    public func withKeyspace<Visitor: KeyspaceVisitor & ~Copyable>(
        _ options: KeyspaceOptions, _ visitor: inout Visitor
    ) throws(Visitor.Failure) -> Visitor.Output {
        var options = options
        options.table = self
        switch index {
        case .chainedDict: return try visitor.visit(ChainedDictKeyspace(options))
        case .bucketTable: return try visitor.visit(BucketTableKeyspace(options))
        }
    }
}

/// Work that is generic over the table, called once with the concrete one.
public protocol KeyspaceVisitor: ~Copyable {
    associatedtype Output
    associatedtype Failure: Error = Never
    mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) throws(Failure) -> Output
}

public struct UnknownTable: Error, CustomStringConvertible {
    public let name: String

    public var description: String {
        let names = Table.allCases.map(\.rawValue).joined(separator: ", ")
        return "unknown table '\(name)'; valid names: \(names)"
    }
}
