// What a check found: how many replies were compared and how many differ, by command, and the first
// that does; and how many requests both servers refused alike, which says nothing of the data.
import Quantities
import RESP
import RunRecord

struct LockstepReport {
    struct Count: Equatable {
        var compared: UInt64 = 0
        var different: UInt64 = 0
        /// That both answered by the same kind of error.
        var refused: UInt64 = 0
    }

    /// A reply that is another than the one checked against.
    struct Difference: CustomStringConvertible {
        /// Of the request, from 1 and with those that were left out.
        var number: UInt64
        var request: String
        var reply: String
        var expected: String

        var description: String {
            "request \(number), \(request): \(reply) instead of \(expected)"
        }
    }

    private(set) var total = Count()
    private(set) var byCommand: [String: Count] = [:]
    /// Requests that were not sent, by command.
    private(set) var leftOut: [String: UInt64] = [:]
    private(set) var first: Difference?
    /// The first that both refused alike.
    private(set) var firstRefusal: String?
    private var number: UInt64 = 0

    /// Counts the next request as one that is not sent.
    mutating func leaveOut(_ request: CheckedRequest) {
        number += 1
        let name = ReplyRule.name(of: request.arguments)
        // Names of commands are few; what a damaged record holds instead is not.
        let isNew = leftOut[name] == nil
        leftOut[isNew && leftOut.count >= Self.mostNames ? "OTHERS" : name, default: 0] += 1
    }

    /// Compares the replies to the next request.
    mutating func add(
        _ request: CheckedRequest, _ rule: ReplyRule, _ reply: RESPValue, _ expected: RESPValue
    ) {
        number += 1
        count(request, rule, reply, expected)
    }

    /// A request of the record that needs none of its own: a SELECT.
    mutating func pass() { number += 1 }

    /// Counts a request of ours, before the next of the record, that was refused.
    mutating func addRefused(
        _ request: CheckedRequest, _ reply: RESPValue, _ expected: RESPValue
    ) {
        number += 1
        defer { number -= 1 }
        count(request, .exact, reply, expected)
    }

    private mutating func count(
        _ request: CheckedRequest, _ rule: ReplyRule, _ reply: RESPValue, _ expected: RESPValue
    ) {
        let agrees = rule.agrees(reply, expected)
        let name = ReplyRule.name(of: request.arguments)
        let isNew = byCommand[name] == nil
        let row = isNew && byCommand.count >= Self.mostNames ? "OTHERS" : name
        total.compared += 1
        byCommand[row, default: Count()].compared += 1
        if agrees, case .error = reply {
            total.refused += 1
            byCommand[row, default: Count()].refused += 1
            firstRefusal =
                firstRefusal ?? "request \(number), \(Self.words(request)): \(reply.clipped)"
        }
        guard !agrees else { return }
        total.different += 1
        byCommand[row, default: Count()].different += 1
        if first == nil {
            first = Difference(
                number: number, request: Self.words(request), reply: reply.clipped,
                expected: expected.clipped)
        }
    }

    /// More different commands than any server has.
    private static let mostNames = 500

    /// `GET "key:17"`
    private static func words(_ request: CheckedRequest) -> String {
        let name = ErrorReply.printable(ReplyRule.name(of: request.arguments))
        guard request.arguments.count > 1 else { return name }
        return "\(name) \(RESPValue.bytes(request.arguments[1]).clipped)"
    }

    /// Requests that were not sent, the most frequent first: `TIME 3, SPOP 1`; nil where all were.
    var leftOutWords: String? { Self.words(leftOut) }

    /// Requests that both refused alike, in the same way; nil where there are none.
    var refusedWords: String? {
        Self.words(byCommand.mapValues(\.refused).filter { $0.value > 0 })
    }

    private static func words(_ counts: [String: UInt64]) -> String? {
        guard !counts.isEmpty else { return nil }
        let rows = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let names = rows.prefix(10).map { "\(ErrorReply.printable($0.key)) \($0.value)" }
        let rest = rows.count > names.count ? " and \(rows.count - names.count) more" : ""
        return names.joined(separator: ", ") + rest
    }

    /// Commands with differing replies, the most first.
    var differing: [(command: String, count: Count)] {
        byCommand.filter { $0.value.different > 0 }
            .sorted { ($1.value.different, $0.key) < ($0.value.different, $1.key) }
            .map { ($0.key, $0.value) }
    }

    /// Adds the shares of replies that differ: of all, and of each command that has some.
    func addResults(
        target: String, workload: String, conditions: Conditions, _ recorder: Recorder
    ) {
        let rows = [("all", total)] + differing.map { ($0.command.lowercased(), $0.count) }
        for (command, count) in rows {
            recorder.add(
                RunRecord.Result(
                    .replyDifference(command: ErrorReply.printable(command)), target: target,
                    workload: workload, conditions: conditions,
                    value: Double(count.different) / Double(max(count.compared, 1))))
        }
    }
}

extension RESPValue {
    /// As a person reads it, cut to a few dozen characters.
    var clipped: String {
        switch self {
        case .null: "nothing"
        case .status(let text), .bigNumber(let text): Self.cut(text)
        case .error(let text): "the error \(Self.cut(text))"
        case .integer(let number): "\(number)"
        case .double(let number): "\(number)"
        case .boolean(let value): value ? "true" : "false"
        case .bytes(let bytes):
            "\"\(Self.cut(String(decoding: bytes.prefix(Self.clip + 1), as: UTF8.self)))\""
                + (bytes.count > Self.clip ? " (\(bytes.count) bytes)" : "")
        case .array, .map, .set, .push: Self.list(elements ?? [])
        }
    }

    /// Of a text, in characters: two of them and their sentence fit two lines.
    private static let clip = 40
    /// Of a list, in elements.
    private static let clippedElements = 3

    private static func cut(_ text: String) -> String {
        let start = ErrorReply.printable(String(text.prefix(clip)))
        return text.count > clip ? start + "…" : start
    }

    private static func list(_ elements: [RESPValue]) -> String {
        let start = elements.prefix(clippedElements).map(\.clipped).joined(separator: ", ")
        return elements.count > clippedElements
            ? "[\(start), … \(elements.count) elements]" : "[\(start)]"
    }
}
