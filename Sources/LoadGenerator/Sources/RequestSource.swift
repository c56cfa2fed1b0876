// What to send: the seam between a load loop and a workload.
//
// A worker owns one source and asks it for a batch whenever a connection is free. The sequence of
// batches is a function of the source alone (its seed and its worker's place), so the same seed
// and threads put the same requests on the wire in the same order; which connection carries a batch
// is up to the timing of the replies.
import Workloads

/// A command of a workload, for the columns of a report.
public struct CommandLabel: Hashable, Sendable, Codable {
    public var name: String
    /// A null reply means that the key was not there.
    public var nullIsMiss: Bool

    public init(_ name: String, nullIsMiss: Bool = false) {
        self.name = name
        self.nullIsMiss = nullIsMiss
    }
}

extension CommandLabel {
    /// The different ones of `labels`, and which of them each is.
    /// - Precondition: at most 256 different ones.
    static func distinct(_ labels: [CommandLabel]) -> (different: [CommandLabel], order: [UInt8]) {
        var different: [CommandLabel] = []
        let order = labels.map { label in
            if let index = different.firstIndex(of: label) { return UInt8(index) }
            different.append(label)
            return UInt8(different.count - 1)
        }
        return (different, order)
    }
}

/// Which worker of how many, and what falls to its share.
public struct WorkerPlace: Hashable, Sendable {
    public var index: Int
    public var count: Int

    public init(index: Int, count: Int) {
        self.index = index
        self.count = count
    }

    /// This worker's part of `0..<total`; the parts of all workers cover it without overlap.
    public func part(of total: UInt64) -> Range<UInt64> {
        func bound(_ index: Int) -> UInt64 {
            let product = total.multipliedFullWidth(by: UInt64(index))
            return UInt64(count).dividingFullWidth(product).quotient
        }
        return bound(index)..<bound(index + 1)
    }
}

public protocol RequestSource: ~Copyable, SendableMetatype {
    /// What `RequestBatch.commands` refers to; at most 256.
    var commands: [CommandLabel] { get }
    /// Requests that belong together (a sequence of commands): batches hold whole ones. 1 unless
    /// a source says otherwise.
    var unit: Int { get }

    /// How many of the `wanted` requests there are now. All, unless a source can come to its end: a
    /// burst is over once it has nothing more and nothing is outstanding.
    mutating func ready(_ wanted: Int) -> Int

    /// When the request `ahead` places after the next one is due, in ns since the burst began; nil
    /// when there is none. Only asked of a burst whose pace is the source's (`Pace.ofSource`).
    mutating func due(_ ahead: Int) -> UInt64?
    /// How long that schedule is, as far as it is known, in ns: the last request's share of time
    /// included. Whole once `due` has told its end.
    var scheduleNanoseconds: UInt64 { get }

    /// Makes `batch` hold the next `count` requests. `batch` is what this source left there for
    /// the same connection, so what does not change need not be written again.
    /// - Allocations: none once every connection had its first batch.
    mutating func fill(_ batch: inout RequestBatch, _ count: Int)

    /// Whether null replies to look-ups are told to it; no unless a source says otherwise.
    var wantsMisses: Bool { get }
    /// The look-up with this ticket (`RequestBatch.tickets`) found nothing.
    mutating func missed(_ ticket: UInt64)

    /// Whether the bytes of replies are shown to it; no unless a source says otherwise.
    var wantsReplies: Bool { get }
    /// What was read of the replies: all of it, in the order in which it came.
    mutating func received(_ bytes: UnsafeRawBufferPointer)

    /// What replies to each of `commands` must be; empty, as it is unless a source says otherwise,
    /// where nothing is known.
    var answerRules: [AnswerRule] { get }
    /// What is waited for behind each of `commands` and answered with it, in a reply of its own;
    /// empty, as it is unless a source says otherwise, where nothing is.
    var waits: [DurabilityWait?] { get }
    /// Whether every byte of every value is looked at, not of one in some sixty alone.
    var checksWhole: Bool { get }
    /// What the reply to the request with this ticket must be, beside which `string` was noted.
    func answer(to ticket: UInt64, _ string: ExpectedString) -> ExpectedReply
    /// What the `element`-th string must be in the reply to the request with this ticket.
    func answer(to ticket: UInt64, at element: Int) -> ExpectedReply
    /// The key of the request with this ticket, for messages.
    func key(of ticket: UInt64) -> String
}

extension RequestSource where Self: ~Copyable {
    public var unit: Int { 1 }
    public var wantsMisses: Bool { false }
    public mutating func missed(_ ticket: UInt64) {}
    public var wantsReplies: Bool { false }
    public mutating func received(_ bytes: UnsafeRawBufferPointer) {}
    public var answerRules: [AnswerRule] { [] }
    public var waits: [DurabilityWait?] { [] }
    public var checksWhole: Bool { false }
    public func answer(to ticket: UInt64, _ string: ExpectedString) -> ExpectedReply { .unknown }
    public func answer(to ticket: UInt64, at element: Int) -> ExpectedReply { .unknown }
    public func key(of ticket: UInt64) -> String { "" }
}

/// The requests that one connection sends next: encoded bytes, and which command each is.
public struct RequestBatch {
    public private(set) var bytes: UnsafeMutablePointer<UInt8>
    public private(set) var capacity: Int
    /// Bytes to send.
    public var length = 0
    /// Command of each request, in order.
    public let commands: UnsafeMutablePointer<UInt8>
    /// What the source wants to know a request by when its reply is null.
    public let tickets: UnsafeMutablePointer<UInt64>
    /// What the reply to each request must be, for commands whose rule looks into replies.
    public let expected: UnsafeMutablePointer<ExpectedString>
    /// Most requests a batch holds: the pipeline depth.
    public let requestCapacity: Int
    /// The source's own note: 0 in a new batch, by convention the requests laid out so far.
    public var prepared = 0
    /// The client whose connection it is, of all clients of the load.
    public var client = WorkerPlace(index: 0, count: 1)
    /// The source's own note: by convention how far it has counted for this client.
    public var counted: UInt64 = 0

    /// - Parameter requests: the pipeline depth.
    public init(requests: Int) {
        capacity = 256
        bytes = .allocate(capacity: capacity)
        requestCapacity = requests
        commands = .allocate(capacity: requests)
        commands.initialize(repeating: 0, count: requests)
        tickets = .allocate(capacity: requests)
        tickets.initialize(repeating: 0, count: requests)
        expected = .allocate(capacity: requests)
        expected.initialize(repeating: .unknown, count: requests)
    }

    /// Makes room for `count` bytes behind the ones to send.
    public mutating func makeRoom(_ count: Int) {
        if length + count > capacity { reserve((length + count) * 2) }
    }

    /// Gives the memory back; the batch must not be used any more.
    public func deallocate() {
        bytes.deallocate()
        commands.deallocate()
        tickets.deallocate()
        expected.deallocate()
    }

    /// Makes room for `count` bytes in all; what was there stays.
    public mutating func reserve(_ count: Int) {
        guard count > capacity else { return }
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
        larger.update(from: bytes, count: capacity)
        bytes.deallocate()
        bytes = larger
        capacity = count
    }
}

/// Sources without end or schedule.
extension RequestSource where Self: ~Copyable {
    @inline(__always)
    public mutating func ready(_ wanted: Int) -> Int { wanted }

    public mutating func due(_ ahead: Int) -> UInt64? { nil }

    public var scheduleNanoseconds: UInt64 { 0 }
}
