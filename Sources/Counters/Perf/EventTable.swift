// Events by the names that the vendor of a processor gives them, as libpfm4's tables have them.
import CPfm

/// What the kernel is asked for in place of a name: fields of perf_event_attr.
public struct EventCode: Hashable, Sendable {
    public let type: UInt32
    public let config: UInt64

    public init(type: UInt32, config: UInt64) {
        self.type = type
        self.config = config
    }
}

/// Names and their codes: libpfm4's, or what a test puts in their place.
public protocol EventTable: Sendable {
    /// Nil for a name that it lacks.
    /// - Parameter event: as libpfm4 spells it, behind the name of a processor's table:
    ///   `skl::UOPS_RETIRED:RETIRE_SLOTS`.
    func code(of event: String) -> EventCode?
}

/// libpfm4, which is opened and not linked: without it the generic events are left.
///
/// A library has the processors of its own architecture: on x86 none of Arm's.
/// Unchecked: a function of a library that stays open, and whose tables do not change.
public struct PfmLibrary: EventTable, @unchecked Sendable {
    private let library: hashmark_pfm

    /// Nil where this machine has none.
    public static let installed = PfmLibrary("libpfm.so.4")

    /// Nil where there is no library of that name, or it is another one.
    public init?(_ name: String) {
        var library = hashmark_pfm()
        guard hashmark_pfm_open(name, &library) == 0 else { return nil }
        self.library = library
    }

    public func code(of event: String) -> EventCode? {
        var library = library
        var type: UInt32 = 0
        var config: UInt64 = 0
        guard hashmark_pfm_encode(&library, event, &type, &config) == 0 else { return nil }
        return EventCode(type: type, config: config)
    }
}
