// Look-ups of a batch in one call of the table (`find_many`, `get_many`).
//
//     prefetchIndex(key) …   the keys are collected
//     prefetchEntry(key)     the first of these calls asks for all of them at once
//     find(key) …            takes the answers, in the order of the keys
//
// An answer holds only until the table is called or changed again: whoever does either forgets them
// all, and the rest of the batch is looked up one by one. Keys are told apart by where they lie,
// which is one place each as long as the batch lasts; its end forgets them (`Keyspace.endBatch`).
import CTable

struct ForeignBatch<Answer>: ~Copyable {
    typealias Pointer = UnsafeMutablePointer<ForeignBatch<Answer>>

    /// As many as `tables --batch` takes, and more than a server's batch has.
    private static var most: Int { 1_024 }

    /// So many keys of a batch that no look-up asks for may stand before one that is.
    private static var passed: Int { 8 }

    let queries: UnsafeMutablePointer<hashmark_query>
    let answers: UnsafeMutablePointer<Answer>
    private var collected = 0
    private var isCollecting = false
    /// The answers that there are, and the first that was not taken yet.
    private var answered = 0
    private var next = 0

    /// - Parameter none: what answers are before there are any.
    private init(none: Answer) {
        queries = .allocate(capacity: Self.most)
        answers = .allocate(capacity: Self.most)
        answers.initialize(repeating: none, count: Self.most)
    }

    deinit {
        queries.deallocate()
        answers.deallocate()
    }

    static func make(none: Answer) -> Pointer {
        let batch = Pointer.allocate(capacity: 1)
        batch.initialize(to: ForeignBatch(none: none))
        return batch
    }

    static func destroy(_ batch: Pointer) {
        batch.deinitialize(count: 1)
        batch.deallocate()
    }

    @inline(__always)
    mutating func collect(_ key: Key) {
        if !isCollecting {
            forget()
            isCollecting = true
        }
        guard collected < Self.most else { return }
        queries[collected] = hashmark_query(
            hash: key.hash, key: key.bytes.address, length: key.bytes.count)
        collected &+= 1
    }

    /// How many were collected and are to be asked for now; 0 when they were asked for already.
    @inline(__always)
    mutating func close() -> Int {
        guard isCollecting else { return 0 }
        isCollecting = false
        return collected
    }

    /// The table has answered all of them.
    mutating func open() { answered = collected }

    @inline(__always)
    mutating func forget() {
        collected = 0
        answered = 0
        next = 0
        isCollecting = false
    }

    /// The answer about `key`, if there is one; each is given once.
    @inline(__always)
    mutating func take(_ key: Key) -> Answer? {
        let address = key.bytes.address
        var query = next
        // Some keys are never looked up, and some that are, are no part of the batch.
        let end = min(next &+ Self.passed, answered)
        while query < end {
            if queries[query].key == address, queries[query].length == key.bytes.count {
                next = query &+ 1
                return answers[query]
            }
            query &+= 1
        }
        return nil
    }
}
