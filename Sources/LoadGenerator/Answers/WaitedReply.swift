// The two replies of a write that is waited for: the write's own, then that of its wait, which says
// where the write has arrived.
//
//     +OK\r\n │ :2\r\n                 WAIT: so many replicas have it
//     +OK\r\n │ *2\r\n :1\r\n :0\r\n   WAITAOF: so many own files, and files of replicas, have it
//
// It is fed what the scanner has consumed of the wait's reply: whole lines, perhaps not all at
// once.
import Workloads

struct WaitedReply {
    /// The write is answered, and its wait is not.
    private(set) var isUnderWay = false
    /// The write was refused: what its wait says is about nothing.
    private(set) var isRefused = false
    /// Numbers of the wait's reply; beyond two they are no answer to it.
    private var first: UInt64 = 0
    private var second: UInt64 = 0
    private var count = 0

    /// After the write's own reply.
    mutating func begin(isRefused: Bool) {
        isUnderWay = true
        self.isRefused = isRefused
    }

    mutating func feed(_ bytes: UnsafePointer<UInt8>, _ length: Int) {
        var position = 0
        while position < length {
            let isNumber = bytes[position] == UInt8(ascii: ":")
            var number: UInt64 = 0
            position += 1
            while position < length && bytes[position] != UInt8(ascii: "\r") {
                number = number &* 10 &+ UInt64(bytes[position] &- UInt8(ascii: "0"))
                position += 1
            }
            position += 2
            guard isNumber else { continue }
            if count == 0 { first = number }
            if count == 1 { second = number }
            count += 1
        }
    }

    /// Whether what was asked for is reached.
    func reaches(_ wait: DurabilityWait) -> Bool {
        guard let local = wait.local else { return count == 1 && first >= wait.replicas }
        return count == 2 && first >= local && second >= wait.replicas
    }

    /// The reply in words.
    var words: String {
        switch count {
        case 1: "\(first)"
        case 2: "\(first) and \(second)"
        default: "\(count) numbers"
        }
    }
}
