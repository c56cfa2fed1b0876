// The part of a trace that is in memory, and what was left out of it: what a decoder works on.
// Most return for more; a format whose records have no bound asks for it itself.
//
//     buffer: | taken | records or lines … | the start of one that is not whole | free |
//             └ origin                                                          └ filled
import Glibc

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

    private let file: TraceFile
    private let skipsDamaged: Bool
    private(set) var damagedCount: UInt64 = 0
    private(set) var firstDamage: TraceError?
    /// Records that no request can stand for, by what they are: no damage.
    private(set) var passedOver: [String: UInt64] = [:]
    /// What ended the reading; thrown once the records before it were handed out.
    var failure: TraceError?

    /// Bytes that can be in memory at once.
    static let capacity = 1 << 20
    /// Names that are counted apart; what else there may be is one.
    private static let mostNames = 200

    private static let skipRemedy = "fetch it again, or leave damaged records out with --skip-bad"

    /// - Parameter buffer: the caller's, of `capacity` bytes, `filled` of them read from `file`.
    init(
        _ file: TraceFile, _ buffer: UnsafeMutablePointer<UInt8>, filled: Int, skipsDamaged: Bool
    ) {
        path = file.path
        self.file = file
        self.buffer = buffer
        self.filled = filled
        self.skipsDamaged = skipsDamaged
        isAtEnd = filled < Self.capacity && !file.hasFailed
    }

    /// Moves what is not taken to the front and reads on; a failure is kept in `failure`.
    mutating func refill() {
        if taken > 0 {
            memmove(buffer, buffer + taken, filled - taken)
            origin += UInt64(taken)
            filled -= taken
            taken = 0
        }
        guard !isAtEnd, failure == nil else { return }
        do throws(TraceError) {
            let count = try file.read(into: buffer + filled, Self.capacity - filled)
            filled += count
            isAtEnd = filled < Self.capacity && !file.hasFailed
        } catch {
            failure = error
        }
    }

    /// Counts a record that is fine and cannot be sent.
    mutating func passOver(_ name: String) {
        if let place = passedOver.index(forKey: name) {
            passedOver.values[place] &+= 1
        } else {
            passedOver[passedOver.count >= Self.mostNames ? "others" : name, default: 0] += 1
        }
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
