// The keyspace of F14 tables of keyed objects, as a concrete type;
// ForwardingKeyspace.swift says why there is one.

public struct F14Keyspace: Keyspace, ForwardingKeyspace, ~Copyable {
    typealias Layout = KeyedEntries<F14Handle>
    var base: StringKeyspace<Layout>

    public init(_ options: KeyspaceOptions) { base = StringKeyspace(options) }
}
