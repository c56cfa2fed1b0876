// Operations of a workload compiled into pieces, once. Literals are copied as they will stand on
// the wire; only holes (key, value, expiry) are written per request:
//
//     SET {key} {value} {expiry}   →   [*3 or *5] [$3\r\nSET\r\n] [key] [value] [$2\r\nEX\r\n ttl]
//
// Beside each request it leaves what the reply must be (Answers/).
import RESP
import Workloads

/// A stretch of an encoded command.
private enum Piece {
    /// `count` bytes at `offset` of the literals.
    case literal(offset: Int, count: Int)
    case key, value
    /// `EX seconds`, or nothing without a time to live.
    case expiry
    case seconds
    /// Of collections and of commands on several keys; see `CommandTemplate.Argument`.
    case keys, otherKey, member, members, fields, scored, score
}

/// Operations of a workload as pieces; shared by nothing, owned by one source.
struct EncodingPlan: ~Copyable {
    /// Whose value a reply that is looked into must hold.
    private enum Answer: UInt8 {
        case none, ofKey, ofMember, ofSeveralKeys

        init(_ command: CommandTemplate) {
            guard AnswerRule(command).looksInside else {
                self = .none
                return
            }
            self = command.hasMember ? .ofMember : command.hasKeys ? .ofSeveralKeys : .ofKey
        }
    }

    private struct Operation {
        var firstPiece: Int
        var pieceCount: Int
        /// Arguments with and without an expiry.
        var arguments: Int
        var argumentsWithExpiry: Int
        /// Bytes besides key and value, at most.
        var overhead: Int
        /// Holes that stand for a number of arguments that each request decides.
        var isVariadic = false
        var hasMembers = false
        var answer = Answer.none
        /// Whether a value is that of one of the key's members.
        var isOfMember = false
        /// A whole command behind it, among the literals.
        var waitOffset = 0
        var waitCount = 0
    }

    let commands: [CommandLabel]
    let answers: KnownAnswers
    private let literals: UnsafeMutablePointer<UInt8>
    private let pieces: UnsafeMutablePointer<Piece>
    private let operations: UnsafeMutablePointer<Operation>

    private static var bulkOverhead: Int { RequestWriter.bulkOverhead }

    /// - Parameter sendsWaits: whether an operation's wait for durability follows on it.
    init(_ workload: CompiledWorkload, sendsWaits: Bool = false) {
        self.init(
            workload.operations.map { ($0.name, $0.command) }, KnownAnswers(workload, .allAlong),
            sendsWaits ? workload.operations.map(\.wait) : [])
    }

    init(
        _ commandList: [(name: String, template: CommandTemplate)],
        _ answers: consuming KnownAnswers, _ waits: [DurabilityWait?] = []
    ) {
        self.answers = answers
        var bytes: [UInt8] = []
        var list: [Piece] = []
        var plans: [Operation] = []
        for (index, command) in commandList.enumerated() {
            var plan = Operation(
                firstPiece: list.count, pieceCount: 0, arguments: 0, argumentsWithExpiry: 0,
                overhead: Self.bulkOverhead)
            for argument in command.template.arguments {
                switch argument {
                case .literal(let text):
                    let start = bytes.count
                    RequestEncoder.appendBulk(text, to: &bytes)
                    list.append(.literal(offset: start, count: bytes.count - start))
                    plan.overhead += bytes.count - start
                case .key: list.append(.key)
                case .value: list.append(.value)
                case .expiry: list.append(.expiry)
                case .ttl: list.append(.seconds)
                case .keys: list.append(.keys)
                case .otherKey: list.append(.otherKey)
                case .member: list.append(.member)
                case .members: list.append(.members)
                case .fields: list.append(.fields)
                case .scored: list.append(.scored)
                case .score: list.append(.score)
                }
                plan.overhead += 2 * Self.bulkOverhead
                let isSpread = [.keys, .members, .fields, .scored].contains(argument)
                plan.hasMembers = plan.hasMembers || (isSpread && argument != .keys)
                plan.isVariadic =
                    plan.isVariadic || isSpread || [.otherKey, .member].contains(argument)
                plan.arguments += argument == .expiry || isSpread ? 0 : 1
                plan.argumentsWithExpiry += argument == .expiry ? 2 : isSpread ? 0 : 1
            }
            plan.pieceCount = list.count - plan.firstPiece
            plan.answer = Answer(command.template)
            plan.isOfMember = command.template.hasMember
            if index < waits.count, let wait = waits[index] {
                plan.waitOffset = bytes.count
                RequestEncoder.append(wait.words.map { Array($0.utf8) }, to: &bytes)
                plan.waitCount = bytes.count - plan.waitOffset
                plan.overhead += plan.waitCount
            }
            plans.append(plan)
        }
        commands = commandList.map { CommandLabel($0.name, nullIsMiss: $0.template.nullIsMiss) }
        literals = .allocate(capacity: max(bytes.count, 1))
        literals.initialize(from: bytes, count: bytes.count)
        pieces = .allocate(capacity: max(list.count, 1))
        pieces.initialize(from: list, count: list.count)
        operations = .allocate(capacity: max(plans.count, 1))
        operations.initialize(from: plans, count: plans.count)
    }

    deinit {
        literals.deallocate()
        pieces.deallocate()
        operations.deallocate()
    }

    /// Appends `request` to the batch as its `index`-th.
    @inline(__always)
    func append(
        _ request: DrawnRequest, _ workload: CompiledWorkload, to batch: inout RequestBatch,
        _ index: Int
    ) {
        let operation = operations[Int(request.operation)]
        var needed =
            batch.length &+ operation.overhead &+ request.keySize &+ request.valueSize
        var spread = (count: 0, arguments: 0)
        if operation.isVariadic {
            spread = expanded(request, operation, workload)
            needed &+=
                spread.arguments &* (Self.bulkOverhead &+ workload.largestKeySize)
                &+ spread.count
                &* (workload.memberSize(keyspace: Int(request.keyspace)) &+ request.valueSize)
                &+ workload.largestKeySize
        }
        if needed > batch.capacity { batch.reserve(needed * 2) }
        batch.commands[index] = UInt8(truncatingIfNeeded: request.operation)
        var writer = RequestWriter(batch.bytes + batch.length)
        writer.arguments(
            (request.ttlSeconds > 0 ? operation.argumentsWithExpiry : operation.arguments)
                &+ spread.arguments)
        for position in 0..<operation.pieceCount {
            switch pieces[operation.firstPiece &+ position] {
            case .literal(let offset, let count): writer.encoded(literals + offset, count)
            case .key:
                writer.bulk(request.keySize) {
                    workload.writeKey(
                        keyspace: Int(request.keyspace), key: request.key, size: request.keySize,
                        to: $0)
                }
            case .value:
                writer.bulk(request.valueSize) {
                    workload.writeValue(
                        keyspace: Int(request.keyspace),
                        salt: operation.isOfMember
                            ? request.salt &+ ValueFiller.salt(ofKey: request.extra) : request.salt,
                        count: request.valueSize, to: $0)
                }
            case .expiry where request.ttlSeconds > 0:
                writer.bulk("EX")
                number(request.ttlSeconds, &writer)
            case .expiry: break
            case .seconds: number(request.ttlSeconds, &writer)
            case .score: number(Int(truncatingIfNeeded: request.extra), &writer)
            case .otherKey: key(request.extra, request, workload, &writer)
            case .member: member(request.extra, request, workload, &writer)
            case .keys, .members, .fields, .scored:
                for index in 0..<spread.count {
                    append(
                        pieces[operation.firstPiece &+ position], UInt64(index), request, workload,
                        &writer)
                }
            }
        }
        if operation.waitCount > 0 {
            writer.encoded(literals + operation.waitOffset, operation.waitCount)
        }
        batch.length = writer.target - batch.bytes
        batch.tickets[index] =
            UInt64(truncatingIfNeeded: request.keyspace) << 56 | request.key
        expect(operation.answer, request, in: &batch, index)
    }

    /// Notes what the reply to the batch's `index`-th request must be.
    @inline(__always)
    private func expect(
        _ answer: Answer, _ request: DrawnRequest, in batch: inout RequestBatch, _ index: Int
    ) {
        switch answer {
        case .none: break
        case .ofKey:
            batch.expected[index] = answers.string(
                keyspace: Int(request.keyspace), salt: ValueFiller.salt(ofKey: request.key),
                size: request.answerSize)
        case .ofMember, .ofSeveralKeys:
            batch.expected[index] = rareAnswer(answer, request)
        }
    }

    @inline(never)
    private func rareAnswer(_ answer: Answer, _ request: DrawnRequest) -> ExpectedString {
        var salt = ValueFiller.salt(ofKey: request.key)
        if answer == .ofMember { salt &+= ValueFiller.salt(ofKey: request.extra) }
        var string = answers.string(
            keyspace: Int(request.keyspace), salt: salt, size: request.answerSize)
        if answer == .ofSeveralKeys { string.elements = Int32(truncatingIfNeeded: request.extra) }
        return string
    }

    /// How often a hole is repeated, and how many arguments that makes.
    @inline(never)
    private func expanded(
        _ request: DrawnRequest, _ operation: Operation, _ workload: CompiledWorkload
    ) -> (count: Int, arguments: Int) {
        var sum = (count: 0, arguments: 0)
        let space = Int(request.keyspace)
        for position in 0..<operation.pieceCount {
            switch pieces[operation.firstPiece &+ position] {
            case .keys:
                sum = (Int(request.extra), Int(request.extra))
            case .members:
                sum.count = workload.cardinality(keyspace: space, key: request.key)
                sum.arguments = sum.count
            case .fields, .scored:
                sum.count = workload.cardinality(keyspace: space, key: request.key)
                sum.arguments = 2 * sum.count
            default: continue
            }
        }
        return sum
    }

    /// The `index`-th repetition of a hole.
    @inline(never)
    private func append(
        _ piece: Piece, _ index: UInt64, _ request: DrawnRequest, _ workload: CompiledWorkload,
        _ writer: inout RequestWriter
    ) {
        switch piece {
        case .keys:
            // the keys after it by id, from the first again behind the last
            let count = workload.workload.keyspaces[Int(request.keyspace)].keys
            key((request.key &+ index) % count, request, workload, &writer)
        case .fields:
            member(index, request, workload, &writer)
            writer.bulk(request.valueSize) {
                workload.writeValue(
                    keyspace: Int(request.keyspace),
                    salt: request.salt &+ ValueFiller.salt(ofKey: index), count: request.valueSize,
                    to: $0)
            }
        case .scored:
            number(Int(index), &writer)
            member(index, request, workload, &writer)
        default: member(index, request, workload, &writer)
        }
    }

    /// Another key of the request's keyspace.
    private func key(
        _ key: UInt64, _ request: DrawnRequest, _ workload: CompiledWorkload,
        _ writer: inout RequestWriter
    ) {
        let space = Int(request.keyspace)
        let size = workload.keySize(keyspace: space, key: key)
        writer.bulk(size) { workload.writeKey(keyspace: space, key: key, size: size, to: $0) }
    }

    private func member(
        _ member: UInt64, _ request: DrawnRequest, _ workload: CompiledWorkload,
        _ writer: inout RequestWriter
    ) {
        let space = Int(request.keyspace)
        writer.bulk(workload.memberSize(keyspace: space)) {
            workload.writeMember(keyspace: space, member: member, to: $0)
        }
    }

    @inline(__always)
    private func number(_ value: Int, _ writer: inout RequestWriter) {
        writer.bulk(number: UInt64(truncatingIfNeeded: value))
    }
}
