// Error replies by kind, counted without allocating once a kind is known: a server that answers
// every request with an error must not slow the loop down.
import RESP

struct ErrorTally: ~Copyable {
    private var kinds: [[UInt8]] = []
    private var counts: [UInt64] = []
    private var texts: [String] = []
    /// Kinds beyond these are counted together; servers have about twenty.
    private static let kindLimit = 32
    /// Of a first text; servers keep theirs under 1 KiB.
    private static let textLimit = 1024

    mutating func reset() {
        kinds.removeAll()
        counts.removeAll()
        texts.removeAll()
    }

    /// - Parameter text: an error reply without its type byte: "ERR unknown command …".
    @inline(never)
    mutating func add(_ text: UnsafeBufferPointer<UInt8>) {
        let length = text.firstIndex(of: UInt8(ascii: " ")) ?? text.count
        for index in kinds.indices where kinds[index].count == length {
            if kinds[index].elementsEqual(text.prefix(length)) {
                counts[index] += 1
                return
            }
        }
        if kinds.count == Self.kindLimit {
            counts[Self.kindLimit - 1] += 1
            return
        }
        kinds.append(Array(text.prefix(length)))
        counts.append(1)
        texts.append(
            ErrorReply.printable(String(decoding: text.prefix(Self.textLimit), as: UTF8.self)))
    }

    func result() -> [ErrorCount] {
        kinds.indices.map {
            ErrorCount(
                kind: ErrorReply.printable(String(decoding: kinds[$0], as: UTF8.self)),
                count: counts[$0],
                firstText: texts[$0])
        }
    }
}
