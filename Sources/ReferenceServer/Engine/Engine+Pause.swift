// CLIENT PAUSE and UNPAUSE: requests wait until the pause is over, all of them or those that write.
//
// A request is held back where it is parsed: its bytes stay in the connection's input and nothing
// more of that connection is parsed or read (it is postponed) until the event loop resumes it. What
// was parsed before the pause began is executed. Inline requests all wait: parsing them again would
// unescape their quoted arguments twice.
import Keyspaces
import Quantities
import RESP

struct Pause {
    private(set) var isActive = false
    private(set) var onlyWrites = false
    /// Event loops that hold requests back, a bit each, until they see that the pause is over.
    var held: UInt64 = 0
    private var endNanoseconds: UInt64 = 0

    /// A pause within another makes it longer or stricter, never the opposite, as in real servers.
    mutating func begin(until end: UInt64, onlyWrites: Bool) {
        self.onlyWrites = onlyWrites && (!isActive || self.onlyWrites)
        endNanoseconds = isActive ? max(end, endNanoseconds) : end
        isActive = true
    }

    /// Due from now on: the event loop ends it.
    mutating func cancel() { endNanoseconds = 0 }

    @inline(__always)
    func isOver(_ nowNanoseconds: UInt64) -> Bool {
        isActive && nowNanoseconds >= endNanoseconds
    }

    mutating func end() { isActive = false }

    /// An event loop has to look at it.
    @inline(__always)
    var isNoticed: Bool { isActive || held != 0 }

    /// Rounded up, so that a wait does not end just before the pause does.
    func millisecondsLeft(_ nowNanoseconds: UInt64) -> Int {
        guard endNanoseconds > nowNanoseconds else { return 0 }
        return Nanoseconds(endNanoseconds - nowNanoseconds).milliseconds
    }
}

extension Engine where K: ~Copyable {
    /// `enqueue` during a pause: one request at a time, up to the first that has to wait.
    @inline(never)
    mutating func enqueuePaused(_ connection: UnsafeMutablePointer<Connection>) -> Bool {
        while !connection.pointee.state.isPostponed {
            guard let first = connection.pointee.input.nextByte else { return true }
            guard pause.onlyWrites, first == UInt8(ascii: "*") else { break }
            guard hasRoomInBatch else { return false }
            let start = connection.pointee.input.start
            let (mark, wasQueued) = (batchCount, connection.pointee.state.isQueued)
            let isExhausted = enqueue(connection, upTo: mark + 1)
            guard batchCount > mark, !isExhausted else { return true }
            if isLastWriting {
                dropLast()
                connection.pointee.putBack(to: start, isQueued: wasQueued)
                break
            }
        }
        connection.pointee.state.postpone()
        pause.held |= 1 &<< UInt64(connection.pointee.thread)
        return true
    }

    /// `CLIENT PAUSE milliseconds [WRITE | ALL]`
    mutating func clientPause(_ request: Request) {
        var onlyWrites = false
        if request.argumentCount > 3 {
            onlyWrites = argument(request, 3).isWord("write")
            guard onlyWrites || argument(request, 3).isWord("all") else {
                return fail(request, "ERR CLIENT PAUSE mode must be WRITE or ALL")
            }
        }
        guard let milliseconds = argument(request, 2).integer else {
            return fail(request, "ERR timeout is not an integer or out of range")
        }
        guard milliseconds >= 0 else { return fail(request, "ERR timeout is negative") }
        // What is to last longer than `Nanoseconds.longest`, 31 years, ends then.
        let length = Nanoseconds(milliseconds: Int(milliseconds))
        pause.begin(until: nowNanoseconds + length.count, onlyWrites: onlyWrites)
        reply.ok()
    }
}
