// The part of a trace that is in memory, and what was left out of it: what a decoder works on.
//
//     buffer: | taken | records or lines … | the start of one that is not whole | free |
//             └ origin                                                          └ filled

public struct TraceInput {
    let path: String
    let buffer: UnsafeMutablePointer<UInt8>
    var filled: Int
    var taken = 0
    /// Offset of `buffer` in the decompressed trace.
    var origin: UInt64 = 0
    /// Lines or records passed, damaged ones included.
    var passed: UInt64 = 0
    /// Whether nothing follows what is in the buffer.
    var isAtEnd: Bool

    private let skipsDamaged: Bool
    private(set) var damagedCount: UInt64 = 0
    private(set) var firstDamage: TraceError?
    /// What ended the reading; thrown once the records before it were handed out.
    var failure: TraceError?

    private static let skipRemedy = "fetch it again, or leave damaged records out with --skip-bad"

    /// - Parameter buffer: the caller's, `filled` bytes of it read.
    init(
        _ path: String, _ buffer: UnsafeMutablePointer<UInt8>, filled: Int, isAtEnd: Bool,
        skipsDamaged: Bool
    ) {
        self.path = path
        self.buffer = buffer
        self.filled = filled
        self.isAtEnd = isAtEnd
        self.skipsDamaged = skipsDamaged
    }

    /// Counts a damaged record, or ends the reading with it.
    mutating func leaveOut(_ damage: DamagedRecord, _ place: TraceError.Place) {
        let error = TraceError(path, place, damage.problem, remedy: Self.skipRemedy)
        guard skipsDamaged else {
            failure = error
            return
        }
        damagedCount += 1
        if firstDamage == nil { firstDamage = error }
    }
}
