// The keyspace of Swiss tables of keyed objects, as a concrete type;
// ForwardingKeyspace.swift says why there is one.

public struct SwissKeyspace: Keyspace, ForwardingKeyspace, ~Copyable {
    typealias Layout = KeyedEntries<SwissHandle>
    var base: StringKeyspace<Layout>

    public init(_ options: KeyspaceOptions) { base = StringKeyspace(options) }
}
