// The long way of holding a reply against what it must be, of both load loops: piece by piece, and
// with an example of what is wrong. What nearly all replies take is shorter, and each loop's own.
import RESP

/// A reply, or a part of it, and what its worker has noted of the request.
struct CheckedReply {
    let command: Int
    let rule: AnswerRule
    let ticket: UInt64
    let expected: ExpectedString
    let bytes: UnsafePointer<UInt8>
    let count: Int
}

extension BurstAccount {
    /// Looks into a part of a reply which is not complete.
    @inline(never)
    func checkPart<Source: RequestSource & ~Copyable>(
        _ reply: CheckedReply, _ check: inout ReplyCheck, _ source: borrowing Source
    ) {
        guard reply.rule.looksInside else { return }
        if !check.isUnderWay { check.isWhole = untilWhole <= 1 }
        let expected = source.answer(to: reply.ticket, reply.expected)
        check.feed(
            reply.bytes, reply.count, reply.rule.content, expected, reply.ticket, source)
    }

    /// Looks into a reply of that kind, or the last part of one, and counts what it finds.
    /// - Parameter check: of the reply's connection, and of the next reply afterwards.
    @inline(never)
    mutating func checkClosely<Source: RequestSource & ~Copyable>(
        _ reply: CheckedReply, _ kind: ReplyKind, _ check: inout ReplyCheck,
        _ source: borrowing Source
    ) {
        let rule = reply.rule
        let expected = source.answer(to: reply.ticket, reply.expected)
        // nothing is known that could be wrong of it
        if rule.looksInside && rule.content != .values && rule.allows(kind)
            && (kind == .null ? !expected.mustHit : expected.value == nil)
            && kind != .error && !check.isUnderWay
        {
            return
        }
        if rule.content == .values || (rule.content == .value && kind == .bytes) {
            untilWhole &-= 1
        }
        let isDue = untilWhole <= 0
        if isDue { untilWhole = wholeInterval }
        defer { check = ReplyCheck() }
        guard kind != .error else { return }
        guard rule.allows(kind) else {
            answers.checked &+= 1
            noteWrong(reply, expected, source)
            return
        }
        if !check.isUnderWay { check.isWhole = isDue }
        check.feed(reply.bytes, reply.count, rule.content, expected, reply.ticket, source)
        if check.compared > 0 || check.lost > 0 { answers.checked &+= 1 }
        if check.compared > 0 && check.isWhole { answers.whole &+= 1 }
        if check.isWrong { noteWrong(reply, expected, source) }
        if check.lost > 0 {
            answers.lost &+= check.lost
            if answers.firstLost == nil {
                answers.firstLost = example(reply, expected, source)
            }
        }
    }

    private mutating func noteWrong<Source: RequestSource & ~Copyable>(
        _ reply: CheckedReply, _ expected: ExpectedReply, _ source: borrowing Source
    ) {
        answers.wrong &+= 1
        if answers.firstWrong == nil {
            answers.firstWrong = example(reply, expected, source)
        }
    }

    private func example<Source: RequestSource & ~Copyable>(
        _ reply: CheckedReply, _ expected: ExpectedReply, _ source: borrowing Source
    ) -> AnswerTally.Example {
        AnswerTally.Example(
            command: labels[reply.command].name, key: source.key(of: reply.ticket),
            expected: reply.rule.looksInside ? expected.described : reply.rule.described,
            got: AnswerTally.shown(reply.bytes, reply.count), atNanoseconds: now)
    }
}
