// Which machines' numbers may stand side by side.
//
// The list errs on the strict side: a difference refused costs a rerun, a difference accepted
// costs a wrong verdict. What one side does not know counts as a difference, what neither knows
// does not. Not in the list: load, steal and the machine's name and memory size, which change
// between two runs on one and the same machine, or on equal machines of one pool; and what older
// records do not have: the sizes of caches, which the CPU's model implies, who shares them, the
// NUMA nodes one by one, and the microcode.

extension EnvironmentFingerprint {
    /// One field in which two machines differ.
    public struct Difference: Equatable, Sendable, CustomStringConvertible {
        /// In words: `governor`, `CPU model`.
        public var field: String
        /// The two values; nil where it is not known.
        public var baseline: String?
        public var candidate: String?

        public var description: String {
            "\(field): \(baseline ?? "unknown") in the baseline, "
                + "\(candidate ?? "unknown") in the candidate"
        }
    }

    /// The fields that must match, in words, in the order in which reports list them.
    public var comparedFields: [(field: String, value: String?)] {
        [
            ("CPU model", cpuModel),
            ("CPU flags", cpuFlagsHash),
            ("physical cores", physicalCores.map(String.init)),
            ("logical CPUs", logicalCPUs.map(String.init)),
            ("SMT", smt.map { $0 ? "on" : "off" }),
            ("turbo", turbo.map { $0 ? "on" : "off" }),
            ("governor", governor),
            ("kernel", kernel),
            ("hypervisor", hypervisor),
            ("NUMA nodes", numaNodes.map(String.init)),
            ("transparent huge pages", transparentHugePages),
            ("address space randomization", addressSpaceRandomization.map(String.init)),
            ("page size in bytes", pageSizeBytes.map(String.init)),
            ("cgroup CPU limit", cgroupCPULimit),
            ("cgroup memory limit", cgroupMemoryLimit),
            ("TCP congestion control", tcpCongestionControl),
            ("Swift version", swiftVersion),
        ]
    }

    /// Equal for machines whose records may be compared: a line to group a history by.
    public var comparisonKey: String {
        comparedFields.map { "\($0.field)=\($0.value ?? "unknown")" }.joined(separator: "; ")
    }

    /// Every field in which `candidate` differs from this baseline; empty when their records may
    /// be compared.
    public func differences(to candidate: EnvironmentFingerprint) -> [Difference] {
        zip(comparedFields, candidate.comparedFields).compactMap { mine, theirs in
            mine.value == theirs.value
                ? nil
                : Difference(field: mine.field, baseline: mine.value, candidate: theirs.value)
        }
    }
}
