// What a format of traces has to say of itself. One file in Formats/ and a line in `TraceFormats`
// are a new one.
//
// A decoder is asked once per block of records, never per record: reading is part of a load loop.

/// A format: how it is told apart, what its records say, and how they are decoded. A reader works
/// on a copy of its own, so a decoder may keep what it found out of the file.
public protocol TraceDecoder: Sendable {
    /// As `--format` and run records spell it.
    var name: String { get }
    /// Last parts of names of files that say the format, in lower case and without the dot.
    var suffixes: [String] { get }
    /// What `TraceRecord.operation` refers to; at most 255.
    var operations: [TraceOperation] { get }
    /// The least difference of two times, in ns; all are multiples of it. Requests of one tick are
    /// spread over it.
    var tick: UInt64 { get }
    /// Whether its records say how long keys are.
    var hasKeySizes: Bool { get }
    /// Whether what `fits` it is certainly of it, as after a magic number.
    var isCertain: Bool { get }

    /// Whether the first bytes of a trace can be of this format. They may end within a record.
    func fits(_ start: UnsafeRawBufferPointer) -> Bool

    /// Passes what stands before the first record.
    mutating func begin(_ input: inout TraceInput)

    /// Decodes records into `target[first...]`, until it is full or `input` has no whole one left.
    /// Damaged ones go to `input.leaveOut`; after that, `input.failure` may ask for an end.
    /// - Returns: where the records in `target` end.
    /// - Allocations: none besides those of damaged records.
    mutating func decode(
        _ input: inout TraceInput, into target: UnsafeMutableBufferPointer<TraceRecord>,
        from first: Int
    ) -> Int
}

extension TraceDecoder {
    /// Formats with finer clocks say so.
    public var tick: UInt64 { TraceRecord.second }

    public var isCertain: Bool { false }

    public mutating func begin(_ input: inout TraceInput) {}

    /// Whether a trace of it holds nothing but look-ups, so that the writes that followed its
    /// misses are for whoever replays it.
    public var onlyLooksUp: Bool { operations.allSatisfy { $0.verb.isRead } }
}

/// What is wrong with one record.
public struct DamagedRecord: Error {
    let problem: String

    public init(_ problem: String) { self.problem = problem }
}
