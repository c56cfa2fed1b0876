// The populated keys of a workload: written once, and read back.
import Workloads

/// Every populated key of a workload, written once: ask for exactly `populatedKeys` requests.
public struct PrefillSource: RequestSource, ~Copyable {
    public var commands: [CommandLabel] { plan.commands }
    public let answerRules: [AnswerRule]
    private let plan: EncodingPlan
    private var generator: PrefillGenerator

    public init(_ workload: CompiledWorkload, seed: UInt64, _ place: WorkerPlace) {
        plan = EncodingPlan(workload)
        answerRules = AnswerRule.rules(workload.operations.map(\.command))
        generator = PrefillGenerator(
            workload, seed: seed, worker: place.index, of: place.count)
    }

    /// - Precondition: no more requests are asked for, over all calls, than the workload has keys.
    public mutating func fill(_ batch: inout RequestBatch, _ count: Int) {
        batch.length = 0
        for index in 0..<count {
            guard let request = generator.next() else {
                preconditionFailure("a prefill writes each key once")
            }
            plan.append(request, generator.workload, to: &batch, index)
        }
    }

    public func answer(to ticket: UInt64, _ string: ExpectedString) -> ExpectedReply {
        plan.answers.reply(string, to: ticket)
    }
}

/// Look-ups of `sample` populated keys, spread evenly over all of them: a miss is a key that the
/// prefill lost. Strings are read, to their last byte; of a collection its encoding is asked for,
/// which a missing key answers with a null reply too.
public struct ReadBackSource: RequestSource, ~Copyable {
    public var commands: [CommandLabel] { plan.commands }
    public let answerRules = AnswerRule.rules(ReadBackSource.templates.map(\.template))
    public var checksWhole: Bool { true }
    private let plan: EncodingPlan
    private static let templates: [(name: String, template: CommandTemplate)] = [
        ("get", .get),
        (
            "object",
            CommandTemplate([
                .literal(Array("OBJECT".utf8)), .literal(Array("ENCODING".utf8)), .key,
            ])
        ),
    ]
    private var generator: PrefillGenerator
    private let step: UInt64

    /// - Precondition: 0 < sample ≤ populated keys, and no more than `sample` requests are asked
    ///   for.
    public init(_ workload: CompiledWorkload, sample: UInt64, _ place: WorkerPlace) {
        plan = EncodingPlan(Self.templates, KnownAnswers(workload, .afterTheFill))
        generator = PrefillGenerator(workload, seed: 0, worker: place.index, of: place.count)
        step = max(1, workload.populatedKeys / sample)
    }

    public mutating func fill(_ batch: inout RequestBatch, _ count: Int) {
        batch.length = 0
        for index in 0..<count {
            guard var request = generator.next() else {
                preconditionFailure("no more keys than were populated are read back")
            }
            for _ in 1..<step { _ = generator.next() }
            let hasMembers =
                generator.workload.workload.keyspaces[Int(request.keyspace)].members != nil
            request.operation = hasMembers ? 1 : 0
            request.ttlSeconds = 0
            plan.append(request, generator.workload, to: &batch, index)
        }
    }

    public func answer(to ticket: UInt64, _ string: ExpectedString) -> ExpectedReply {
        plan.answers.reply(string, to: ticket)
    }

    public func key(of ticket: UInt64) -> String { generator.workload.keyText(ofTicket: ticket) }
}

extension CompiledWorkload {
    /// The key that a ticket (keyspace and id) stands for.
    func keyText(ofTicket ticket: UInt64) -> String {
        let keyspace = Int(truncatingIfNeeded: ticket >> 56)
        let key = ticket & (1 << 56 - 1)
        let size = keySize(keyspace: keyspace, key: key)
        return String(unsafeUninitializedCapacity: size) {
            writeKey(keyspace: keyspace, key: key, size: size, to: $0.baseAddress!)
            return size
        }
    }
}
