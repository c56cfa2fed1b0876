// Counts of 16,384 slots with their prefix sums: a binary indexed tree.
//
//     index   1    2    3    4    5    6    7    8
//     holds   1   1…2   3   1…4   5   5…6   7   1…8      (counts of the slots index − 1)
//
// Node i holds the sum of the lowbit(i) counts that end with the one of slot i − 1. A change and
// the search for the k-th key touch 15 nodes at most, so a random key is drawn from all slots with
// the probability that its slot's share of the keys deserves.
//
// Invariants (`violations`): every prefix sum equals the sum of the slots' own counts.
//
// Credits: Peter Fenwick (1994); the use is kvstore.c's (Valkey 8.0).

struct FenwickTree {
    private let nodes: UnsafeMutablePointer<UInt64>
    /// Slots, a power of two.
    private let count: Int

    /// Bytes of a tree: node 0 is unused.
    static func bytes(_ count: Int) -> Int { (count + 1) * 8 }

    init(zeroed memory: UnsafeMutableRawPointer, count: Int) {
        nodes = memory.bindMemory(to: UInt64.self, capacity: count + 1)
        self.count = count
    }

    /// - Complexity: O(log slots)
    func add(_ change: Int, to slot: Int) {
        var i = slot &+ 1
        while i <= count {
            nodes[i] = UInt64(bitPattern: Int64(bitPattern: nodes[i]) &+ Int64(change))
            i &+= i & (0 &- i)
        }
    }

    /// Keys in the slots 0 to `slot`.
    func prefix(_ slot: Int) -> Int {
        var sum = 0
        var i = slot &+ 1
        while i > 0 {
            sum &+= Int(nodes[i])
            i &= i &- 1
        }
        return sum
    }

    /// The slot of the `k`-th key, k from 1 to the number of keys.
    func slot(ofKey k: Int) -> Int {
        var rest = UInt64(k)
        var result = 0
        var step = count
        while step > 0 {
            let next = result &+ step
            if next <= count, rest > nodes[next] {
                rest &-= nodes[next]
                result = next
            }
            step &>>= 1
        }
        return result
    }

    /// Whether node i holds the sum of its slots, given the sums of the first 0, 1, 2 … slots.
    /// - Complexity: O(slots)
    func holds(_ sums: [Int]) -> Bool {
        (1...count).allSatisfy { Int(nodes[$0]) == sums[$0] - sums[$0 & ($0 - 1)] }
    }
}
