// Where each number of a workload comes from.

/// How a number came about.
public enum ProvenanceKind: String, Sendable, CaseIterable {
    /// Published as measured.
    case observed
    /// A parameter chosen so that published measurements are met.
    case fitted
    /// Computed from observed numbers.
    case derived
    /// Chosen without a measurement.
    case assumed
}

public struct Provenance: Sendable, Equatable {
    public var kind: ProvenanceKind
    /// An id of `Workload.sources`.
    public var source: String?
    public var note: String?

    public init(kind: ProvenanceKind, source: String? = nil, note: String? = nil) {
        self.kind = kind
        self.source = source
        self.note = note
    }
}

/// Provenance by path of the field, a path standing for everything below it: `keyspaces.key_size`.
public struct ProvenanceMap: Sendable, Equatable {
    /// Of fields that no entry covers.
    public var fallback: Provenance
    public var entries: [String: Provenance]

    public init(
        fallback: Provenance = Provenance(kind: .assumed), entries: [String: Provenance] = [:]
    ) {
        self.fallback = fallback
        self.entries = entries
    }

    /// The longest entry that is `path` or an ancestor of it. Positions in lists do not count:
    /// `keyspaces[1].keys` is covered by `keyspaces.keys`.
    public func entry(for path: String) -> (path: String, provenance: Provenance)? {
        var components = Self.components(path)
        while !components.isEmpty {
            let candidate = components.joined(separator: ".")
            if let found = entries[candidate] { return (candidate, found) }
            components.removeLast()
        }
        return nil
    }

    public subscript(path: String) -> Provenance { entry(for: path)?.provenance ?? fallback }

    static func components(_ path: String) -> [Substring] {
        path.split(separator: ".").map { $0.prefix { $0 != "[" } }
    }
}
