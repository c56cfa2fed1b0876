// What changed between the releases whose tables there are, where clients can see it.
import Keyspaces

extension Table {
    /// GETEX looks at its time before the key; up to 8.1 the key came first.
    var readsTimesFirst: Bool { self == .valkey91 }

    /// SCAN's TYPE must be one there is; up to 8.1 no key has another.
    var refusesUnknownTypes: Bool { self == .valkey91 }

    /// A key that a command removes by giving it a time in the past counts as expired.
    var countsOverwrittenAsExpired: Bool { self == .valkey81 || self == .valkey91 }

    /// Entries have the objects of small integers in common; from 8.1 on the object holds the key.
    var sharesIntegers: Bool { self == .valkey72 || self == .valkey80 }
}
