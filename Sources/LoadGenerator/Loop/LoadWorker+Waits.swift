// Writes that are waited for: two replies that are one operation, with the latency of the second.
// A wait that ends without what it asked for is a failed operation: an error of the kind UNDURABLE.
import RESP
import Workloads

extension LoadWorker where Source: ~Copyable {
    /// The reply to a write that is waited for, or the one to its wait.
    /// - Returns: whether the operation is answered with it.
    @inline(never)
    mutating func step(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ answered: Int, _ wait: DurabilityWait,
        _ kind: ReplyKind, _ begin: Int, _ end: Int
    ) -> Bool {
        let command = Int(connection.pointee.batch.commands[answered])
        guard connection.pointee.waited.isUnderWay else {
            if let rules { check(connection, answered, rules[command], kind, begin, end) }
            if kind == .error { noteError(connection, command) }
            connection.pointee.waited.begin(isRefused: kind == .error)
            return false
        }
        connection.pointee.waited.feed(buffer + begin, end &- begin)
        let waited = connection.pointee.waited
        connection.pointee.waited = WaitedReply()
        if waited.isRefused { return true }
        if kind == .error {
            noteError(connection, command)
        } else if !waited.reaches(wait) {
            burst.noteError(command, "UNDURABLE \(wait) reached \(waited.words)")
        }
        return true
    }

    /// Part of a reply that is not complete.
    @inline(never)
    mutating func stepIntoPart(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ begin: Int, _ end: Int
    ) {
        if connection.pointee.waited.isUnderWay {
            connection.pointee.waited.feed(buffer + begin, end &- begin)
        } else if rules != nil {
            checkPart(connection, begin, end)
        }
    }

    /// Counts the error reply that the scanner has just found.
    @inline(never)
    mutating func noteError(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ command: Int
    ) {
        burst.noteError(command, connection.pointee.errorText(in: buffer))
    }
}
