// Formats whose records all have one size: where one is damaged, the next begins where it would
// have begun anyway.

public protocol FixedRecordDecoder: TraceDecoder {
    /// Bytes of a record.
    var recordBytes: Int { get }

    /// Decodes the record at `bytes`, the `number`-th of the file counted from 0.
    /// - Returns: what is wrong with it; nil when it is fine.
    /// - Complexity: O(1). - Allocations: none for a record that is fine.
    func decode(
        _ bytes: UnsafeRawPointer, _ number: UInt64, into record: inout TraceRecord
    ) -> DamagedRecord?
}

extension FixedRecordDecoder {
    /// Whether the first records are none that cannot be, and their times do not run backwards.
    public func fits(_ start: UnsafeRawBufferPointer) -> Bool {
        guard let base = start.baseAddress else { return false }
        let count = min(start.count / recordBytes, TraceFormats.sampleRecords)
        guard count > 0 else { return false }
        var record = TraceRecord()
        var time: UInt64 = 0
        for index in 0..<count {
            let damage = decode(base + index * recordBytes, UInt64(index), into: &record)
            guard damage == nil, record.time >= time else { return false }
            time = record.time
        }
        return true
    }

    public mutating func decode(
        _ input: inout TraceInput, into target: UnsafeMutableBufferPointer<TraceRecord>,
        from first: Int
    ) -> Int {
        let bytes = recordBytes
        let (buffer, filled) = (input.buffer, input.filled)
        var count = first
        var position = input.taken
        var number = input.passed
        while count < target.count && position &+ bytes <= filled && input.failure == nil {
            let damage = decode(buffer + position, number, into: &target[count])
            if let damage {
                input.leaveOut(
                    damage, .record(number + 1, offset: input.origin + UInt64(position)))
            } else {
                count &+= 1
            }
            position &+= bytes
            number &+= 1
        }
        if input.isAtEnd && count < target.count && position < filled && input.failure == nil {
            input.leaveOut(
                DamagedRecord("the file ends after \(filled - position) of its \(bytes) bytes"),
                .record(number + 1, offset: input.origin + UInt64(position)))
            position = filled
        }
        input.taken = position
        input.passed = number
        return count
    }
}
