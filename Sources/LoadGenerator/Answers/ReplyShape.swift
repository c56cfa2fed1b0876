// What is known of a string reply from its size alone, so that the reply is compared, not parsed:
//
//     $ 6 4 \r \n │ v0 … v7 … v56 … v63 │ \r \n
//     └── head ──┘  └first┘   └─ last ─┘
//
// A reply fits when its head says the size, eight bytes at either end are the value's, and CR LF
// stands behind them: three words and two bytes, wherever the reply lies in the receive buffer.
//
// Non-goal: to say what is wrong. A reply that does not fit is left to the scanner and
// `ReplyCheck`.
import RESP
import Workloads

struct ReplyShape {
    /// Bytes of the value; negative where they are not known: nothing fits that.
    let size: Int32
    /// Bytes of the whole reply.
    private(set) var count = Int.max
    private var head: UInt64 = 0
    /// Which bits of a word at the start are the head's.
    private var headMask: UInt64 = 0
    /// Where the value begins in the reply, and where its last eight bytes begin in the value.
    private var first = 0
    private var last = 0
    /// Which bits of a word at an end are the value's: all, but for a value shorter than a word.
    private var mask = UInt64.max

    /// Bytes that are read from the start of a reply or value on, however short it is.
    static var word: Int { MemoryLayout<UInt64>.size }

    static let unknown = ReplyShape(size: -1)

    private init(size: Int32) { self.size = size }

    /// - Parameter head: of a string of `size` bytes.
    @inline(__always)
    fileprivate init(size: Int32, head: UInt64) {
        self.size = size
        self.head = head
        // The head's last byte is LF, 0000 1010: above it are four zeros and the bytes that are
        // free.
        let free = head.leadingZeroBitCount &- 4
        headMask = UInt64.max &>> UInt64(truncatingIfNeeded: free)
        first = Self.word &- free &>> 3
        let length = Int(size)
        count = first &+ length &+ 2
        if length >= Self.word {
            last = length &- Self.word
        } else {
            mask = 1 &<< UInt64(truncatingIfNeeded: 8 &* length) &- 1
        }
    }

    /// Whether `count` bytes at `reply` are a string of this size with the ends of `value`.
    /// - Precondition: `count` bytes are there, and a word can be read from anywhere in both.
    @inline(__always)
    func fits(_ reply: UnsafePointer<UInt8>, _ value: UnsafePointer<UInt8>) -> Bool {
        guard (Self.word(reply) ^ head) & headMask == 0 else { return false }
        let end = UnsafeRawPointer(reply + (count &- 2)).loadUnaligned(as: UInt16.self)
        guard end.littleEndian == 0x0a0d else { return false }
        let body = reply + first
        let differing =
            (Self.word(body) ^ Self.word(value))
            | (Self.word(body + last) ^ Self.word(value + last))
        return differing & mask == 0
    }

    @inline(__always)
    private static func word(_ bytes: UnsafePointer<UInt8>) -> UInt64 {
        UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self).littleEndian
    }
}

/// The heads of replies, `$`, a size and CR LF, each a word with its first byte lowest.
struct ReplyHeads {
    private let heads: UnsafeMutablePointer<UInt64>

    /// Those of smaller sizes are looked up, for sizes may differ from reply to reply; to make one
    /// costs nothing beside moving a kilobyte. 8 KiB: a quarter of a first-level cache at most.
    private static let capacity: Int32 = 1_024

    init() {
        heads = .allocate(capacity: Int(Self.capacity))
        for size in 0..<Self.capacity { (heads + Int(size)).initialize(to: Self.head(size)) }
    }

    func deallocate() { heads.deallocate() }

    /// - Parameter size: bytes of the value; negative where they are not known.
    @inline(__always)
    func shape(ofSize size: Int32) -> ReplyShape {
        if UInt32(bitPattern: size) < UInt32(Self.capacity) {
            return ReplyShape(size: size, head: heads[Int(size)])
        }
        // A longer value repeats, which only `ReplyCheck` knows; nor would its head fit a word.
        guard size >= 0, size <= ValueFiller.chunk else { return .unknown }
        return ReplyShape(size: size, head: Self.head(size))
    }

    private static func head(_ size: Int32) -> UInt64 {
        var head: UInt64 = 0x0a0d
        var rest = size
        repeat {
            head = head << 8 | UInt64(UInt8(ascii: "0")) + UInt64(rest % 10)
            rest /= 10
        } while rest > 0
        return head << 8 | UInt64(UInt8(ascii: "$"))
    }
}
