// Which processor this is, as far as the choice of events depends on it.
import LinuxSystem

public enum CPUFamily: Sendable, Hashable, CustomStringConvertible {
    /// AMD Zen and Hygon's copy of it. Generation 2 stands for 1 and 2, whose fill events agree, 5
    /// for all that came after it.
    case zen(generation: Int)
    case intel(IntelCore)
    /// Arm Neoverse N1, N2, N3, V1, V2, V3.
    case neoverse(String)
    case other(String)

    /// Intel's cores, each with its copies: a name stands for all whose events agree.
    public enum IntelCore: Sendable, Hashable {
        /// And Cascade Lake, Cooper Lake, Kaby Lake, Coffee Lake, Comet Lake.
        case skylake
        /// And Tiger Lake, Rocket Lake.
        case iceLake
        /// And Emerald Rapids.
        case sapphireRapids
        /// Whose named events are not used.
        case other
    }

    public static let current = CPUFamily(cpuinfo: SmallFile.read("/proc/cpuinfo") ?? "")

    /// - Parameter text: the contents of /proc/cpuinfo.
    public init(cpuinfo text: String) {
        var fields: [Substring: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let key = Self.trimmed(parts[0])
            if fields[key] == nil { fields[key] = String(Self.trimmed(parts[1])) }
        }
        let family = fields["cpu family"].flatMap { Int($0) } ?? 0
        let model = fields["model"].flatMap { Int($0) } ?? 0
        switch (fields["vendor_id"], family) {
        // 0x17 is Zen 1 and 2, 0x18 Hygon's, 0x19 Zen 3 and 4, 0x1a Zen 5.
        case ("AuthenticAMD", 0x17), ("HygonGenuine", 0x18): self = .zen(generation: 2)
        case ("AuthenticAMD", 0x19):
            self = .zen(generation: Self.zen4.contains { $0.contains(model) } ? 4 : 3)
        case ("AuthenticAMD", 0x1a...): self = .zen(generation: 5)
        // Family 6 is every Core since 2006, 19 the servers from Diamond Rapids on.
        case ("GenuineIntel", 6): self = .intel(Self.intelCores[model] ?? .other)
        case ("GenuineIntel", 19): self = .intel(.other)
        default:
            if fields["CPU implementer"] == "0x41", let part = fields["CPU part"],
                let name = Self.neoverseParts[part]
            {
                self = .neoverse(name)
            } else {
                self = .other(fields["model name"] ?? fields["CPU part"] ?? "unknown CPU")
            }
        }
    }

    /// Models of family 0x19 that are Zen 4, as Linux has them (arch/x86/kernel/cpu/amd.c).
    private static let zen4 = [0x10...0x1f, 0x60...0xaf]

    /// Models of family 6, as Linux has them (arch/x86/include/asm/intel-family.h).
    private static let intelCores: [Int: IntelCore] = [
        0x4e: .skylake, 0x5e: .skylake, 0x55: .skylake, 0x8e: .skylake, 0x9e: .skylake,
        0xa5: .skylake, 0xa6: .skylake,
        0x6a: .iceLake, 0x6c: .iceLake, 0x7d: .iceLake, 0x7e: .iceLake, 0x8c: .iceLake,
        0x8d: .iceLake, 0xa7: .iceLake,
        0x8f: .sapphireRapids, 0xcf: .sapphireRapids,
    ]

    /// MIDR part numbers, from the cores' technical reference manuals.
    private static let neoverseParts = [
        "0xd0c": "N1", "0xd49": "N2", "0xd8e": "N3", "0xd40": "V1", "0xd4f": "V2", "0xd83": "V3",
        "0xd84": "V3",
    ]

    private static func trimmed(_ text: Substring) -> Substring {
        let body = text.drop { $0 == " " || $0 == "\t" }
        return body.lastIndex { $0 != " " && $0 != "\t" }.map { body[...$0] } ?? body.prefix(0)
    }

    public var description: String {
        switch self {
        case .zen(2): "AMD Zen 1 or 2"
        case .zen(let generation): "AMD Zen \(generation)"
        case .intel(.skylake): "Intel Skylake"
        case .intel(.iceLake): "Intel Ice Lake"
        case .intel(.sapphireRapids): "Intel Sapphire Rapids"
        case .intel(.other): "Intel Core or Xeon"
        case .neoverse(let name): "Arm Neoverse \(name)"
        case .other(let name): name
        }
    }
}
