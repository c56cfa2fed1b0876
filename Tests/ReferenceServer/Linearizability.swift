// Whether what clients saw of one key can have happened one operation after the other, each at some
// moment between its request and its reply.
//
//     client 1   ├─ SET 1 ─┤        ├ GET → 2 ┤
//     client 2        ├──── SET 2 ────┤                  SET 1, SET 2, GET: yes
//
// All orders that respect what was over before something else began are tried, one operation at a
// time; what was done in whatever order and left the same value is tried once (Wing and Gong 1993,
// with Lowe's memory of states). Keys can be looked at one by one: a history of several is
// linearizable if and only if that of each is (Herlihy and Wing 1990).

/// What a client asked of a key, and what it was told.
struct Operation: Sendable {
    enum Kind: Sendable, Equatable {
        case get(Int?)
        case set(Int)
        /// What it became.
        case increment(Int)
        /// Whether it was there.
        case remove(Bool)
    }

    let kind: Kind
    /// Monotonic ns, before the request was sent and after the reply had come.
    let start: UInt64
    let end: UInt64

    /// What the key holds then.
    struct Outcome {
        let value: Int?
    }

    /// What follows where the key holds `value`; nil where this cannot come next.
    func apply(to value: Int?) -> Outcome? {
        switch kind {
        case .get(let seen): return seen == value ? Outcome(value: value) : nil
        case .set(let new): return Outcome(value: new)
        case .increment(let result):
            return result == (value ?? 0) + 1 ? Outcome(value: result) : nil
        case .remove(let wasThere):
            return wasThere == (value != nil) ? Outcome(value: nil) : nil
        }
    }
}

struct LinearizabilityChecker {
    /// What was done and what it led to.
    private struct State: Hashable {
        let done: UInt64
        let value: Int?
    }

    /// A bit for each operation.
    static let operationsMax = 64

    private let operations: [Operation]
    private var failed: Set<State> = []

    private init(_ operations: [Operation]) { self.operations = operations }

    /// - Parameter operations: of one key, which is not there at first.
    static func isLinearizable(_ operations: [Operation]) -> Bool {
        precondition(operations.count <= operationsMax)
        var checker = LinearizabilityChecker(operations)
        return checker.search(State(done: 0, value: nil))
    }

    private mutating func search(_ state: State) -> Bool {
        if state.done.nonzeroBitCount == operations.count { return true }
        if failed.contains(state) { return false }
        let pending = operations.indices.filter { state.done & (1 << UInt64($0)) == 0 }
        // Nothing comes before what had ended when it began.
        let firstEnd = pending.map { operations[$0].end }.min() ?? 0
        for index in pending where operations[index].start <= firstEnd {
            guard let next = operations[index].apply(to: state.value) else { continue }
            let done = state.done | 1 << UInt64(index)
            if search(State(done: done, value: next.value)) { return true }
        }
        failed.insert(state)
        return false
    }
}
