// How many keys each hash slot has, for tables that have all slots' entries in one index.
import RESP

struct SlotCounts {
    /// nil without cluster mode.
    private let counts: UnsafeMutablePointer<Int>?

    private static var bytes: Int { HashSlot.count * MemoryLayout<Int>.stride }

    init(isCluster: Bool, _ slab: inout Slab) {
        counts =
            isCluster
            ? slab.allocateZeroed(Self.bytes).bindMemory(to: Int.self, capacity: HashSlot.count)
            : nil
    }

    /// Keys of a slot; nil without cluster mode.
    subscript(slot: Int) -> Int? { counts?[slot] }

    @inline(__always)
    func add(_ change: Int, to slot: Int) {
        if let counts { counts[slot] &+= change }
    }

    func recount(_ tally: inout Tally) {
        if counts != nil { tally.add(Self.bytes) }
    }

    /// - Parameters:
    ///   - keys: by slot, as a walk found them.
    ///   - count: of all keys.
    func violations(_ keys: [Int: Int], count: Int) -> [String] {
        guard let counts else { return [] }
        var found: [String] = []
        for (slot, number) in keys where counts[slot] != number {
            found.append("slot \(slot): \(counts[slot]) keys accounted, \(number) found")
        }
        var accounted = 0
        for slot in 0..<HashSlot.count { accounted += counts[slot] }
        if accounted != count { found.append("\(accounted) keys accounted in all slots") }
        return found
    }
}
