// What changed between the releases whose tables there are, where clients can see it. A table of no
// release is as the newest one.
import Keyspaces

/// The releases whose tables there are, oldest first.
enum ServerRelease: Int, Comparable, Sendable {
    case valkey72, valkey80, valkey81, valkey91

    static func < (one: ServerRelease, other: ServerRelease) -> Bool {
        one.rawValue < other.rawValue
    }

    /// The one of each series that the tables were held against.
    var version: String {
        switch self {
        case .valkey72: "7.2.7"
        case .valkey80: "8.0.1"
        case .valkey81: "8.1.1"
        case .valkey91: "9.1.2"
        }
    }
}

extension Table {
    /// What the server says it is, and whose commands it has.
    var release: ServerRelease {
        switch self {
        case .valkey72: .valkey72
        case .valkey80: .valkey80
        case .valkey81: .valkey81
        default: .valkey91
        }
    }

    private var isUpTo80: Bool { release <= .valkey80 }
    private var isUpTo81: Bool { release <= .valkey81 }

    /// HELLO names Valkey from 8.0 on; before that, the family's first server and its version.
    var greeting: (server: String, version: String) {
        release == .valkey72
            ? (server: "redis", version: ReferenceIdentity.compatibleVersion)
            : (server: "valkey", version: release.version)
    }

    /// GETEX looks at its time before the key; up to 8.1 the key came first.
    var readsTimesFirst: Bool { !isUpTo81 }

    /// SCAN's TYPE must be one there is; up to 8.1 no key has another.
    var refusesUnknownTypes: Bool { !isUpTo81 }

    /// SET has IFEQ.
    var comparesInSet: Bool { release >= .valkey81 }

    /// A key that a command removes by giving it a time in the past counts as expired.
    var countsOverwrittenAsExpired: Bool { !isUpTo80 }
}
