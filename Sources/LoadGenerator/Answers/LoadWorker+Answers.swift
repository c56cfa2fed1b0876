// Holding replies against what they must be. Nearly all of them take the short way: a string that is
// in the buffer whole is compared at its ends, in place.
import RESP

extension LoadWorker where Source: ~Copyable {
    /// The reply to the `answered`-th request of a batch, or the last part of it.
    @inline(__always)
    mutating func check(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ answered: Int, _ rule: AnswerRule,
        _ kind: ReplyKind, _ begin: Int, _ end: Int
    ) {
        if rule.content == .value {
            if kind == .bytes {
                untilWhole &-= 1
                if untilWhole > 0
                    && connection.pointee.batch.expected[answered].matchesEnds(
                        buffer + begin, end &- begin)
                {
                    answers.checked &+= 1
                    return
                }
            }
        } else if rule.content == .any && rule.allows(kind) {
            return
        }
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
            buffer + begin, end &- begin, rule.content,
            connection.pointee.batch.expected[answered],
            connection.pointee.batch.tickets[answered], source)
    }

    @inline(never)
    private mutating func checkClosely(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ answered: Int, _ rule: AnswerRule,
        _ kind: ReplyKind, _ begin: Int, _ end: Int
    ) {
        if rule.content == .values { untilWhole &-= 1 }
        let isDue = untilWhole <= 0
        if isDue { untilWhole = wholeInterval }
        defer { connection.pointee.check = ReplyCheck() }
        guard kind != .error else { return }
        let expected = connection.pointee.batch.expected[answered]
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
            expected: rule?.looksInside == true ? expected.described : "another kind of reply",
            got: AnswerTally.shown(buffer + begin, end &- begin), atNanoseconds: now)
    }
}
