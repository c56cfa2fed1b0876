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
        let most = min(connection.pointee.requests &- answered, untilWhole &- 1)
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
        untilWhole &-= replies
        answers.checked &+= UInt64(truncatingIfNeeded: replies)
        return (replies, UnsafePointer(buffer).distance(to: reply))
    }

    /// The reply to the `answered`-th request of a batch, or the last part of it.
    @inline(__always)
    mutating func check(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ answered: Int, _ rule: AnswerRule,
        _ kind: ReplyKind, _ begin: Int, _ end: Int
    ) {
        if rule.content == .any && rule.allows(kind) { return }
        checkClosely(connection, answered, rule, kind, begin, end)
    }

    /// The bytes that there are of a reply which is not complete.
    @inline(never)
    mutating func checkPart(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ begin: Int, _ end: Int
    ) {
        let answered = connection.pointee.answered
        guard answered < connection.pointee.requests else { return }
        let command = Int(connection.pointee.batch.commands[answered])
        guard let rule = rules?[command], rule.looksInside else { return }
        if !connection.pointee.check.isUnderWay {
            connection.pointee.check.isWhole = untilWhole <= 1
        }
        feed(connection, answered, rule, begin, end)
    }

    private mutating func feed(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ answered: Int, _ rule: AnswerRule,
        _ begin: Int, _ end: Int
    ) {
        connection.pointee.check.feed(
            buffer + begin, end &- begin, rule.content, expected(connection, answered),
            connection.pointee.batch.tickets[answered], source)
    }

    @inline(__always)
    private func expected(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ answered: Int
    ) -> ExpectedReply {
        source.answer(
            to: connection.pointee.batch.tickets[answered],
            connection.pointee.batch.expected[answered])
    }

    @inline(never)
    private mutating func checkClosely(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ answered: Int, _ rule: AnswerRule,
        _ kind: ReplyKind, _ begin: Int, _ end: Int
    ) {
        let expected = expected(connection, answered)
        // nothing is known that could be wrong of it
        if rule.looksInside && rule.content != .values && rule.allows(kind)
            && (kind == .null ? !expected.mustHit : expected.value == nil)
            && kind != .error && !connection.pointee.check.isUnderWay
        {
            return
        }
        if rule.content == .values || (rule.content == .value && kind == .bytes) {
            untilWhole &-= 1
        }
        let isDue = untilWhole <= 0
        if isDue { untilWhole = wholeInterval }
        defer { connection.pointee.check = ReplyCheck() }
        guard kind != .error else { return }
        guard rule.allows(kind) else {
            answers.checked &+= 1
            answers.wrong &+= 1
            if answers.firstWrong == nil {
                answers.firstWrong = example(connection, answered, expected, begin, end)
            }
            return
        }
        if !connection.pointee.check.isUnderWay { connection.pointee.check.isWhole = isDue }
        feed(connection, answered, rule, begin, end)
        let check = connection.pointee.check
        if check.compared > 0 || check.lost > 0 { answers.checked &+= 1 }
        if check.compared > 0 && check.isWhole { answers.whole &+= 1 }
        if check.isWrong {
            answers.wrong &+= 1
            if answers.firstWrong == nil {
                answers.firstWrong = example(connection, answered, expected, begin, end)
            }
        }
        if check.lost > 0 {
            answers.lost &+= check.lost
            if answers.firstLost == nil {
                answers.firstLost = example(connection, answered, expected, begin, end)
            }
        }
    }

    private func example(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ answered: Int,
        _ expected: ExpectedReply, _ begin: Int, _ end: Int
    ) -> AnswerTally.Example {
        let command = Int(connection.pointee.batch.commands[answered])
        let rule = rules?[command]
        return AnswerTally.Example(
            command: labels[command].name,
            key: source.key(of: connection.pointee.batch.tickets[answered]),
            expected: rule?.looksInside == true ? expected.described : rule?.described ?? "",
            got: AnswerTally.shown(buffer + begin, end &- begin), atNanoseconds: now)
    }
}
