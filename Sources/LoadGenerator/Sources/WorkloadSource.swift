// The requests of a workload, encoded: what fleet workloads plug into a load session.
//
// A keyspace may ask for a command for every key that a look-up did not find (`on_miss`): then each
// request leaves its key beside the batch, and the keys of null replies wait in a ring for the next
// batches, which send those commands before anything new.
import Workloads

/// The requests of a workload's mix, for as long as it is asked.
public struct WorkloadSource: RequestSource, ~Copyable {
    public var commands: [CommandLabel] { plan.commands }
    public let wantsMisses: Bool
    public let answerRules: [AnswerRule]
    public let waits: [DurabilityWait?]
    private let plan: EncodingPlan
    private var generator: RequestGenerator
    /// Keys that look-ups did not find, oldest first, as `RequestBatch.tickets` has them.
    private let missed: UnsafeMutablePointer<UInt64>
    private var missedStart = 0
    private var missedCount = 0

    /// More misses than this wait only where nearly every request is one; those beyond it are
    /// forgotten, as a cache's client may.
    private static let missedCapacity = 1 << 14

    /// - Parameters:
    ///   - checksAnswers: whether replies are held against what the workload's own fill
    ///     wrote; no where somebody else wrote the keys.
    ///   - sendsWaits: no where each request must be one command: waits are left out then.
    public init(
        _ workload: CompiledWorkload, seed: UInt64, checksAnswers: Bool = true,
        sendsWaits: Bool = true, _ place: WorkerPlace
    ) {
        plan = EncodingPlan(workload, sendsWaits: sendsWaits)
        waits = sendsWaits ? workload.operations.map(\.wait) : []
        answerRules =
            checksAnswers ? AnswerRule.rules(workload.operations.map(\.command)) : []
        generator = RequestGenerator(workload, seed: seed, worker: place.index, of: place.count)
        wantsMisses = workload.missOperations.contains { $0 != nil }
        missed = .allocate(capacity: wantsMisses ? Self.missedCapacity : 1)
    }

    deinit { missed.deallocate() }

    public mutating func fill(_ batch: inout RequestBatch, _ count: Int) {
        batch.length = 0
        var index = 0
        while index < count && missedCount > 0 {
            if let request = nextMissed() {
                plan.append(request, generator.workload, to: &batch, index)
                index &+= 1
            }
        }
        while index < count {
            plan.append(generator.next(), generator.workload, to: &batch, index)
            index &+= 1
        }
    }

    public mutating func missed(_ ticket: UInt64) {
        let keyspace = Int(truncatingIfNeeded: ticket >> 56)
        let key = ticket & (1 << 56 - 1)
        guard missedCount < Self.missedCapacity,
            generator.workload.isWrittenOnMiss(keyspace: keyspace, key: key)
        else { return }
        missed[(missedStart &+ missedCount) & (Self.missedCapacity &- 1)] = ticket
        missedCount &+= 1
    }

    public func answer(to ticket: UInt64, _ string: ExpectedString) -> ExpectedReply {
        plan.answers.reply(string, to: ticket)
    }

    public func answer(to ticket: UInt64, at element: Int) -> ExpectedReply {
        plan.answers.reply(to: ticket, at: element, generator.workload)
    }

    public func key(of ticket: UInt64) -> String { generator.workload.keyText(ofTicket: ticket) }

    private mutating func nextMissed() -> DrawnRequest? {
        let ticket = missed[missedStart]
        missedStart = (missedStart &+ 1) & (Self.missedCapacity &- 1)
        missedCount &-= 1
        return generator.request(
            forMissed: ticket & (1 << 56 - 1), keyspace: Int(truncatingIfNeeded: ticket >> 56))
    }
}
