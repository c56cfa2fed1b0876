// A source behind closures. The routed loop is compiled once, whatever is sent: a second copy of it
// for every source would cost more time to build than it could ever save, for it calls the source
// once a batch. The closures are made where the source is known, and are compiled for it.

public final class ErasedSource: RequestSource {
    public let commands: [CommandLabel]
    public let unit: Int
    public let wantsMisses: Bool
    public let answerRules: [AnswerRule]
    public let checksWhole: Bool
    private let countReady: (Int) -> Int
    private let nextDue: (Int) -> UInt64?
    private let schedule: () -> UInt64
    private let fillBatch: (inout RequestBatch, Int) -> Void
    private let tellMissed: (UInt64) -> Void
    private let answerTo: (UInt64, ExpectedString) -> ExpectedReply
    private let elementAnswer: (UInt64, Int) -> ExpectedReply
    private let keyOf: (UInt64) -> String
    private let destroy: () -> Void

    public init<Source: RequestSource & ~Copyable>(_ source: consuming Source) {
        commands = source.commands
        unit = source.unit
        wantsMisses = source.wantsMisses
        answerRules = source.answerRules
        checksWhole = source.checksWhole
        let place = UnsafeMutablePointer<Source>.allocate(capacity: 1)
        place.initialize(to: source)
        countReady = { place.pointee.ready($0) }
        nextDue = { place.pointee.due($0) }
        schedule = { place.pointee.scheduleNanoseconds }
        fillBatch = { batch, count in place.pointee.fill(&batch, count) }
        tellMissed = { place.pointee.missed($0) }
        answerTo = { place.pointee.answer(to: $0, $1) }
        elementAnswer = { place.pointee.answer(to: $0, at: $1) }
        keyOf = { place.pointee.key(of: $0) }
        destroy = {
            // Moved out, not deinitialised in place: see `LoadWorker.close`.
            _ = place.move()
            place.deallocate()
        }
    }

    deinit { destroy() }

    public var scheduleNanoseconds: UInt64 { schedule() }
    public func ready(_ wanted: Int) -> Int { countReady(wanted) }
    public func due(_ ahead: Int) -> UInt64? { nextDue(ahead) }
    public func fill(_ batch: inout RequestBatch, _ count: Int) { fillBatch(&batch, count) }
    public func missed(_ ticket: UInt64) { tellMissed(ticket) }
    public func answer(to ticket: UInt64, _ string: ExpectedString) -> ExpectedReply {
        answerTo(ticket, string)
    }
    public func answer(to ticket: UInt64, at element: Int) -> ExpectedReply {
        elementAnswer(ticket, element)
    }
    public func key(of ticket: UInt64) -> String { keyOf(ticket) }
}
