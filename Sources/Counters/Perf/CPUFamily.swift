// Which processor this is, as far as the choice of events depends on it.
import LinuxSystem

public enum CPUFamily: Sendable, Hashable, CustomStringConvertible {
    /// AMD Zen and Hygon's copy of it. Generation 2 stands for 1 and 2, whose fill events agree.
    case zen(generation: Int)
    case intel
    /// Arm Neoverse N1, N2, N3, V1, V2, V3.
    case neoverse(String)
    case other(String)

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
        switch (fields["vendor_id"], family) {
        // 0x17 is Zen 1 and 2, 0x18 Hygon's, 0x19 Zen 3 and 4, 0x1a Zen 5.
        case ("AuthenticAMD", 0x17), ("HygonGenuine", 0x18): self = .zen(generation: 2)
        case ("AuthenticAMD", 0x19...): self = .zen(generation: family == 0x19 ? 3 : 5)
        // Family 6 is every Core since 2006, 19 the servers from Diamond Rapids on.
        case ("GenuineIntel", 6), ("GenuineIntel", 19): self = .intel
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
        case .zen(3): "AMD Zen 3 or 4"
        case .zen: "AMD Zen 5"
        case .intel: "Intel Core or Xeon"
        case .neoverse(let name): "Arm Neoverse \(name)"
        case .other(let name): name
        }
    }
}
