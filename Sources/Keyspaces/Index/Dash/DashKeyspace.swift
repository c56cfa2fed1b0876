// The keyspace of Dragonfly, dashtables with keys and values in their slots, as a concrete type;
// ForwardingKeyspace.swift says why there is one.

public struct DashKeyspace: Keyspace, ForwardingKeyspace, ~Copyable {
    typealias Layout = DashEntries
    var base: StringKeyspace<Layout>

    public init(_ options: KeyspaceOptions) { base = StringKeyspace(options) }
}
