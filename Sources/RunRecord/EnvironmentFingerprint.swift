// The machine as far as it decides numbers.
//
// Each field is optional: nil means that it could not be read, which is not the same as a value.
// Half of the fields must match before two records may be compared (EnvironmentFingerprint+
// Comparison.swift); the others say how busy the machine was, or help a person recognise it.
//
// Non-goal: reading any of it. Experiments fills this in.

/// Where a run took place.
public struct EnvironmentFingerprint: Equatable, Sendable {
    // What must match.
    /// As /proc/cpuinfo names it.
    public var cpuModel: String?
    /// Hash of the sorted instruction-set flags (they steer which memcpy and SIMD paths run).
    public var cpuFlagsHash: String?
    public var physicalCores: Int?
    /// CPUs online.
    public var logicalCPUs: Int?
    /// Are there siblings that share a core?
    public var smt: Bool?
    /// May the clock rise above its nominal rate?
    public var turbo: Bool?
    /// Frequency governor: `performance`, `schedutil` …
    public var governor: String?
    /// Release of the kernel.
    public var kernel: String?
    /// `kvm`, `xen`, …; `none` on bare metal.
    public var hypervisor: String?
    public var numaNodes: Int?
    /// Transparent huge pages: `always`, `madvise` or `never`.
    public var transparentHugePages: String?
    /// kernel.randomize_va_space: 0, 1 or 2.
    public var addressSpaceRandomization: Int?
    public var pageSizeBytes: Int?
    /// The CPUs' worth of time that the cgroup may use; `max` without a limit.
    public var cgroupCPULimit: String?
    /// Bytes that the cgroup may use; `max` without a limit.
    public var cgroupMemoryLimit: String?
    public var tcpCongestionControl: String?
    /// The compiler that built Hashmark and its reference server.
    public var swiftVersion: String?

    // What informs.
    /// PRETTY_NAME of the distribution.
    public var operatingSystem: String?
    public var memoryBytes: Int?
    /// Sizes of the caches of data that a core has, or has a share of.
    public var l1dBytes: Int?
    public var l2Bytes: Int?
    public var l3Bytes: Int?
    /// Sockets with a processor in them.
    public var sockets: Int?
    /// CPUs of each core, as `0,64` where two are threads of one; and of each cache of the third
    /// level.
    public var coreCPUs: [String]?
    public var l3CPUs: [String]?
    /// Revision of the processor's microcode.
    public var microcode: String?
    /// NUMA nodes by number; nil where nothing tells of any.
    public var nodes: [Node]?
    /// Tells machines apart without naming them.
    public var hostnameHash: String?
    /// Load averages over 1, 5 and 15 minutes at the start.
    public var loadAverage: [Double]?
    /// Share of the run's CPU time, 0 … 1, that the hypervisor gave to others.
    public var stealRatio: Double?

    public init() {}
}

extension EnvironmentFingerprint: Codable {
    private enum CodingKeys: String, CodingKey {
        case governor, turbo, smt, kernel, hypervisor, sockets, microcode, nodes
        case cpuModel = "cpu_model"
        case cpuFlagsHash = "cpu_flags_hash"
        case physicalCores = "physical_cores"
        case logicalCPUs = "logical_cpus"
        case numaNodes = "numa_nodes"
        case transparentHugePages = "transparent_huge_pages"
        case addressSpaceRandomization = "address_space_randomization"
        case pageSizeBytes = "page_size_bytes"
        case cgroupCPULimit = "cgroup_cpu_limit"
        case cgroupMemoryLimit = "cgroup_memory_limit"
        case tcpCongestionControl = "tcp_congestion_control"
        case swiftVersion = "swift_version"
        case operatingSystem = "operating_system"
        case memoryBytes = "memory_bytes"
        case l1dBytes = "l1d_bytes"
        case l2Bytes = "l2_bytes"
        case l3Bytes = "l3_bytes"
        case coreCPUs = "core_cpus"
        case l3CPUs = "l3_cpus"
        case hostnameHash = "hostname_hash"
        case loadAverage = "load_average"
        case stealRatio = "steal_ratio"
    }
}
