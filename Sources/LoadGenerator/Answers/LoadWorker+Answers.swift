// Holding replies against what they must be. Nearly all of them take the short way (`pass`):
// strings that are in the buffer whole are compared in place, run by run, and need no scanner.
import RESP

extension LoadWorker where Source: ~Copyable {
    /// Steps over the replies from `position` on that are strings and fit what they must be, as far
    /// as they answer the same command and none of them is to be looked at whole.
    /// - Returns: how many they are, and where the last of them ends.
    @inline(__always)
    mutating func pass(
        _ connection: UnsafeMutablePointer<LoadConnection>,
        _ rules: UnsafeMutablePointer<AnswerRule>, _ position: Int, _ count: Int
    ) -> (replies: Int, end: Int) {
        let answered = connection.pointee.answered
        guard answered < connection.pointee.requests,
            rules[Int(connection.pointee.batch.commands[answered])].content == .value
        else { return (0, position) }
        return passStrings(connection, position, count)
    }

    /// - Allocations: none.
    @inline(never)
    private mutating func passStrings(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ position: Int, _ count: Int
    ) -> (replies: Int, end: Int) {
        guard connection.pointee.scanner.isIdle && !connection.pointee.check.isUnderWay else {
            return (0, position)
        }
        let answered = connection.pointee.answered
        let commands = connection.pointee.batch.commands + answered
        let expected = connection.pointee.batch.expected + answered
        let command = commands[0]
        let most = min(connection.pointee.requests &- answered, burst.untilWhole &- 1)
        // worked on outside of memory: sizes may differ from reply to reply
        var shape = shape
        var reply = UnsafePointer(buffer + position)
        let end = UnsafePointer(buffer + count)
        var replies = 0
        while replies < most && commands[replies] == command {
            let string = expected[replies]
            if string.size != shape.size { shape = heads.shape(ofSize: string.size) }
            guard let value = string.value, end - reply >= shape.count, shape.fits(reply, value)
            else { break }
            reply += shape.count
            replies &+= 1
        }
        if shape.size != self.shape.size { self.shape = shape }
        burst.untilWhole &-= replies
        burst.answers.checked &+= UInt64(truncatingIfNeeded: replies)
        return (replies, UnsafePointer(buffer).distance(to: reply))
    }

    /// The reply to the `answered`-th request of a batch, or the last part of it.
    @inline(__always)
    mutating func check(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ answered: Int, _ rule: AnswerRule,
        _ kind: ReplyKind, _ begin: Int, _ end: Int
    ) {
        if rule.content == .any && rule.allows(kind) { return }
        let reply = checked(connection, answered, rule, begin, end)
        burst.checkClosely(reply, kind, &connection.pointee.check, source)
    }

    /// The bytes that there are of a reply which is not complete.
    @inline(never)
    mutating func checkPart(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ begin: Int, _ end: Int
    ) {
        let answered = connection.pointee.answered
        guard answered < connection.pointee.requests else { return }
        guard let rule = rules?[Int(connection.pointee.batch.commands[answered])] else { return }
        let reply = checked(connection, answered, rule, begin, end)
        burst.checkPart(reply, &connection.pointee.check, source)
    }

    @inline(__always)
    private func checked(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ answered: Int, _ rule: AnswerRule,
        _ begin: Int, _ end: Int
    ) -> CheckedReply {
        CheckedReply(
            command: Int(connection.pointee.batch.commands[answered]), rule: rule,
            ticket: connection.pointee.batch.tickets[answered],
            expected: connection.pointee.batch.expected[answered], bytes: buffer + begin,
            count: end &- begin)
    }
}
