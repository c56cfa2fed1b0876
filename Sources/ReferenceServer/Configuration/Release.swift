// What changed between the releases whose tables there are, where clients can see it. A table of no
// release is as the newest one.
import Keyspaces

extension Table {
    private var isUpTo80: Bool { self == .valkey72 || self == .valkey80 }
    private var isUpTo81: Bool { isUpTo80 || self == .valkey81 }

    /// GETEX looks at its time before the key; up to 8.1 the key came first.
    var readsTimesFirst: Bool { !isUpTo81 }

    /// SCAN's TYPE must be one there is; up to 8.1 no key has another.
    var refusesUnknownTypes: Bool { !isUpTo81 }

    /// A key that a command removes by giving it a time in the past counts as expired.
    var countsOverwrittenAsExpired: Bool { !isUpTo80 }
}
