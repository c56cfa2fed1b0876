// The formats that are read, and which of them a file is.
//
// A name decides where it says so (`cluster052.csv`, `x.oracleGeneral.bin.zst`, `x.twr`); else the
// first records do: those of the wrong layout soon have an operation that there is not, a time that
// runs backwards, or a next access in the past. zstd is recognised by its first bytes alone.

public enum TraceFormat: String, Sendable, CaseIterable {
    /// Lines of the Twitter traces (Yang et al., OSDI 2020):
    /// `timestamp,key,key size,value size,client id,operation,TTL`.
    case twitter
    /// libCacheSim's 24 bytes: u32 time, u64 id, u32 size, i64 next access. Sizes count key and
    /// value.
    case oracleGeneral
    /// libCacheSim's 20 bytes of Twitter's traces:
    /// u32 time, u64 id, u32 (key size: 10, value size: 22), u32 (operation: 8, TTL: 24).
    case twr
    /// The same and a u16 namespace.
    case twrNS

    /// Bytes of a record; nil for lines.
    public var recordBytes: Int? {
        switch self {
        case .twitter: nil
        case .oracleGeneral: 24
        case .twr: 20
        case .twrNS: 22
        }
    }

    /// Whether its records say how long keys are.
    public var hasKeySizes: Bool { self != .oracleGeneral }

    /// A format by its name, in any case.
    public init?(name: String) {
        guard
            let format = Self.allCases.first(where: {
                $0.rawValue.lowercased() == name.lowercased()
            })
        else { return nil }
        self = format
    }

    /// The format that a file's name says, if it does.
    public static func named(_ path: String) -> TraceFormat? {
        let file = path.split(separator: "/").last?.lowercased() ?? ""
        var parts = file.split(separator: ".").dropFirst()
        while let last = parts.last, ["zst", "zstd", "bin", "sort"].contains(last) {
            parts.removeLast()
        }
        switch parts.last {
        case "csv": return .twitter
        case "oraclegeneral": return .oracleGeneral
        case "twr": return .twr
        case "twrns": return .twrNS
        default: return nil
        }
    }

    /// Records that are looked at: a wrong layout that fits 64 of them is not to be expected, for
    /// each has a chance of about 1 in 20 (an operation) to 1 in 2 (a time).
    private static let sampleRecords = 64
    /// Bytes wanted for `ofContents`.
    static let sampleBytes = 8_192

    /// The one format that the first bytes of a trace fit; nil where none does, or several.
    static func ofContents(_ bytes: UnsafeRawBufferPointer) -> TraceFormat? {
        let fitting = allCases.filter { $0.fits(bytes) }
        return fitting.count == 1 ? fitting[0] : nil
    }

    private func fits(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return false }
        guard let size = recordBytes else { return Self.looksLikeLines(bytes) }
        let count = min(bytes.count / size, Self.sampleRecords)
        guard count > 0 else { return false }
        var record = TraceRecord()
        var time: UInt32 = 0
        for index in 0..<count {
            let start = base + index * size
            guard decode(start, number: UInt64(index), into: &record) == nil, record.time >= time
            else { return false }
            time = record.time
        }
        return true
    }

    /// Whether the first line is text with seven columns or more.
    private static func looksLikeLines(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        guard line.count < bytes.count || bytes.count < sampleBytes else { return false }
        return line.allSatisfy { $0 >= 0x20 || $0 == 0x0d || $0 == 0x09 }
            && line.filter { $0 == UInt8(ascii: ",") }.count >= 6
    }
}
