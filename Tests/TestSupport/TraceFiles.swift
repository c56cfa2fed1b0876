// Trace files made from the documented layouts by code of their own, so that the readers are
// checked against the layouts and not against themselves.
import Foundation
import Traces

public enum TraceFiles {
    public static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    /// u32 time, u64 id, u32 size, i64 next access.
    public static func oracleGeneral(
        _ time: UInt32, _ id: UInt64, _ size: UInt32, _ next: Int64
    ) -> [UInt8] {
        var record = bytes(time)
        record += bytes(id)
        record += bytes(size)
        record += bytes(next)
        return record
    }

    /// `count` such records.
    public static func oracleGeneral(
        _ count: Int, _ record: (Int) -> (time: Int, id: UInt64, size: Int, next: Int64)
    ) -> [UInt8] {
        var all: [UInt8] = []
        all.reserveCapacity(count * 24)
        for index in 0..<count {
            let (time, id, size, next) = record(index)
            all += oracleGeneral(UInt32(time), id, UInt32(size), next)
        }
        return all
    }

    /// Ids as a hash function makes them.
    public static func hashed(_ number: Int) -> UInt64 { UInt64(number) &* 0x9e37_79b9_7f4a_7c15 }

    /// u32 time, u64 id, key size in the upper 10 bits of a u32 and value size in the lower 22,
    /// operation in the upper 8 bits of a u32 and time to live in the lower 24.
    public static func twr(_ record: TraceRecord) -> [UInt8] {
        let sizes = record.keySize << 22 | record.valueSize
        let operation = UInt32(record.memcached.rawValue) << 24 | record.ttlSeconds
        var all = bytes(record.seconds)
        all += bytes(record.key)
        all += bytes(sizes)
        all += bytes(operation)
        return all
    }

    /// The same and a u16 namespace.
    public static func twrNS(_ record: TraceRecord, namespace: UInt16) -> [UInt8] {
        twr(record) + bytes(namespace)
    }

    public static func line(_ record: TraceRecord, key: String, client: Int = 7) -> String {
        "\(record.seconds),\(key),\(record.keySize),\(record.valueSize),\(client),"
            + "\(record.memcached),\(record.ttlSeconds)\n"
    }

    /// A few hundred records in which every operation and every field's extremes occur.
    public static let varied: [TraceRecord] = (0..<500).map { index in
        let operation = MemcachedOperation.allCases[index % MemcachedOperation.allCases.count]
        return TraceRecord(
            key: UInt64(index % 90) &* 0x9e37_79b9_7f4a_7c15, seconds: UInt32(1000 + index / 10),
            keySize: [1, 20, 44, 1023][index % 4], valueSize: [0, 1, 4_194_303, 230][index % 4],
            ttlSeconds: operation.verb.storesValue ? [0, 300, 86_400, 16_777_215][index % 4] : 0,
            operation: operation)
    }

    public static func write(_ bytes: [UInt8], _ folder: TemporaryFolder, _ name: String) throws
        -> String
    {
        try Data(bytes).write(to: URL(filePath: folder.file(name)))
        return folder.file(name)
    }

    /// Compresses with the `zstd` library's own format, through its command where there is one.
    public static func compressed(_ path: String) throws -> String {
        let output = try RunningProgram(["zstd", "-q", "-f", path, "-o", "\(path).zst"]).finish()
        guard output.ending == .exited(0) else {
            throw CocoaError(
                .fileWriteUnknown, userInfo: [NSDebugDescriptionErrorKey: output.stderr])
        }
        return "\(path).zst"
    }
}

/// Records as Twitter's traces have them: whole seconds, memcached's operations.
extension TraceRecord {
    public init(
        key: UInt64 = 0, seconds: UInt32, keySize: UInt32 = 0, valueSize: UInt32 = 0,
        ttlSeconds: UInt32 = 0, operation: MemcachedOperation = .get
    ) {
        self.init(
            key: key, time: UInt64(seconds) * 1_000_000_000,
            timeToLive: UInt64(ttlSeconds) * 1_000_000_000, keySize: keySize,
            valueSize: valueSize, verb: operation.verb, operation: operation.rawValue - 1)
    }

    public var seconds: UInt32 { UInt32(time / 1_000_000_000) }
    public var ttlSeconds: UInt32 { UInt32(timeToLive / 1_000_000_000) }
    /// - Precondition: the record is of a trace that has them.
    public var memcached: MemcachedOperation { MemcachedOperation(rawValue: operation + 1)! }
}

/// Everything that a reader returns, in blocks of `block`.
public func readAll(_ reader: TraceReader, block: Int = 64) throws -> [TraceRecord] {
    var records: [TraceRecord] = []
    let buffer = UnsafeMutableBufferPointer<TraceRecord>.allocate(capacity: block)
    buffer.initialize(repeating: TraceRecord())
    defer { buffer.deallocate() }
    while true {
        let count = try reader.read(buffer)
        if count == 0 { return records }
        records += buffer[..<count]
    }
}

/// All commands of a log that records them whole.
public func readAllCommands(_ reader: TraceReader) throws -> [LoggedCommand] {
    var commands: [LoggedCommand] = []
    while true {
        let more = try reader.commands()
        if more.isEmpty { return commands }
        commands += more
    }
}
