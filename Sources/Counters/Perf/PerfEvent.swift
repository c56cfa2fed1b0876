// One event of perf_event_open(2).
//
// Names are the vendor's (EventTable), or those of `perf list` where the kernel maps a generic
// event to what it says. The few codes that are written down here and there are those of events
// that libpfm4 does not know; each says why.

/// One event as the kernel is asked for it.
public struct PerfEvent: Hashable, Sendable {
    /// As `perf list` has it, or the vendor's name with the code.
    public let name: String
    public let type: UInt32
    public let config: UInt64
    /// It happens in the kernel: with the kernel excluded it would always read 0.
    public let inKernel: Bool
    /// How it behaves beside others.
    public let traits: Traits

    public struct Traits: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Long counts of 0 are ordinary: it is rare. Of other events of a vendor they mean that
        /// the processor, or the hypervisor in front of it, does not implement it.
        public static let mayBeZero = Traits(rawValue: 1)
        /// It must be the first of its group.
        public static let leads = Traits(rawValue: 2)
        /// It has a counter of its own on every processor that has the event.
        public static let hasOwnCounter = Traits(rawValue: 4)
        /// It counts what the core's other thread does, too, which needs CAP_PERFMON: refused, it
        /// says nothing about the kernel's part.
        public static let ofCore = Traits(rawValue: 8)
    }

    /// - Parameter type: PERF_TYPE_* of perf_event_open(2), or a PMU's from sysfs.
    public init(
        name: String, type: UInt32, config: UInt64, inKernel: Bool = false, traits: Traits = []
    ) {
        self.name = name
        self.type = type
        self.config = config
        self.inKernel = inKernel
        self.traits = traits
    }

    /// PERF_TYPE_*.
    private static let hardware: UInt32 = 0
    private static let software: UInt32 = 1
    private static let cache: UInt32 = 3
    private static let raw: UInt32 = 4

    static func hardware(_ name: String, _ id: UInt64) -> PerfEvent {
        PerfEvent(name: name, type: hardware, config: id)
    }

    static func software(_ name: String, _ id: UInt64, inKernel: Bool) -> PerfEvent {
        PerfEvent(name: name, type: software, config: id, inKernel: inKernel)
    }

    /// Reads of a cache, or those that missed: id | op << 8 | result << 16.
    static func cacheReads(_ name: String, _ cache: UInt64, missed: Bool) -> PerfEvent {
        PerfEvent(name: name, type: Self.cache, config: cache | (missed ? 1 << 16 : 0))
    }

    static func raw(_ name: String, _ config: UInt64, _ traits: Traits = []) -> PerfEvent {
        PerfEvent(name, EventCode(type: raw, config: config), traits)
    }

    /// An event of a vendor.
    init(_ name: String, _ code: EventCode, _ traits: Traits) {
        self.init(
            name: "\(name) (r\(String(code.config, radix: 16)))", type: code.type,
            config: code.config, traits: traits)
    }

    /// Whether a count of 0 over so many ns of counting is none: an event that is not implemented
    /// opens, is scheduled and reads 0 (seen of 0x3f and 0x03 under QEMU's Arm PMU).
    func isUnimplemented(afterCounting running: UInt64) -> Bool {
        type >= Self.raw && !traits.contains(.mayBeZero) && running >= Self.longCounting
    }

    /// 10 ms: some tens of millions of cycles. Shorter, a real 0 is likely enough.
    private static let longCounting: UInt64 = 10_000_000
}
