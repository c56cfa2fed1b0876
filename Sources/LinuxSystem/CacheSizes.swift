// The caches of data that the first CPU reads through, as the kernel lists them:
//
//     cache/index0/level 1, type Data, size 48K
//     cache/index2/level 2, type Unified, size 2048K
//
// A guest may be told nothing, or less than there is.

/// Sizes in bytes; nil where the kernel does not tell.
public struct CacheSizes: Equatable, Sendable {
    public let l1d: Int?
    public let l2: Int?
    public let l3: Int?

    /// Reads the machine's.
    /// - Parameter folder: of the caches of one CPU.
    public init(in folder: String = "/sys/devices/system/cpu/cpu0/cache") {
        var sizes: [Int: Int] = [:]
        for name in SmallFile.names(in: folder) where name.hasPrefix("index") {
            let cache = "\(folder)/\(name)"
            guard let type = SmallFile.line("\(cache)/type"), type != "Instruction",
                let level = SmallFile.line("\(cache)/level").flatMap({ Int($0) }),
                let bytes = SmallFile.line("\(cache)/size").flatMap(Self.bytes)
            else { continue }
            sizes[level] = bytes
        }
        (l1d, l2, l3) = (sizes[1], sizes[2], sizes[3])
    }

    /// `48K`, `32M`, `512`; nil of what is no size, or none at all.
    private static func bytes(_ text: String) -> Int? {
        let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20]
        let unit = text.last.flatMap { units[$0] }
        let (bytes, isTooLarge) = (Int(unit == nil ? text : String(text.dropLast())) ?? 0)
            .multipliedReportingOverflow(by: unit ?? 1)
        return bytes > 0 && !isTooLarge ? bytes : nil
    }
}
