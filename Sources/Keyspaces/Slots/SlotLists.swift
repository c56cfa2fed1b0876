// The keys of each slot as Redis 7.0 to 7.2 find them: entries linked through two more pointers.
//
//     by slot   [count│first ●]──▶ entry ⇄ entry ⇄ entry
//
// The array is the slab's; this struct only points to it.
//
// 16 bytes per entry and one write to a neighbour per insert and delete are what the per-slot
// tables of 8.0 did away with.
//
// Invariants (`violations`): each list holds exactly the entries whose keys hash to its slot, each
// linked with its neighbours both ways.
//
// Credits: cluster.c of Redis 7.0.

import RESP

struct SlotLists {
    typealias Entry = ChainedDict.Entry

    private struct List {
        var count: Int
        var first: Entry?
    }

    private let layout: DictEntryLayout
    private let lists: UnsafeMutablePointer<List>

    init(_ layout: DictEntryLayout, _ slab: inout Slab) {
        self.layout = layout
        let bytes = HashSlot.count * MemoryLayout<List>.size
        lists = slab.allocateZeroed(bytes).bindMemory(to: List.self, capacity: HashSlot.count)
    }

    func count(_ slot: Int) -> Int { lists[slot].count }

    func add(_ entry: Entry, _ slot: Int) {
        let first = lists[slot].first
        entry.storePointer(nil, layout.previousInSlot)
        entry.storePointer(first, layout.nextInSlot)
        first?.storePointer(entry, layout.previousInSlot)
        lists[slot].first = entry
        lists[slot].count &+= 1
    }

    func remove(_ entry: Entry, _ slot: Int) {
        let previous = entry.loadPointer(layout.previousInSlot)
        let next = entry.loadPointer(layout.nextInSlot)
        next?.storePointer(previous, layout.previousInSlot)
        if let previous {
            previous.storePointer(next, layout.nextInSlot)
        } else {
            lists[slot].first = next
        }
        lists[slot].count &-= 1
    }

    func recount(_ tally: inout Tally) { tally.add(HashSlot.count * MemoryLayout<List>.size) }

    func violations(_ entries: Int) -> [String] {
        var found: [String] = []
        var total = 0
        for slot in 0..<HashSlot.count where lists[slot].count != 0 || lists[slot].first != nil {
            var length = 0
            var previous: Entry?
            var next = lists[slot].first
            while let entry = next, length <= entries {
                length += 1
                if entry.loadPointer(layout.previousInSlot) != previous {
                    found.append("slot \(slot): an entry does not point back")
                }
                if HashSlot.slot(of: SDS.bytes(layout.key(entry))) != slot {
                    found.append("slot \(slot): holds a key of another slot")
                }
                previous = entry
                next = entry.loadPointer(layout.nextInSlot)
            }
            if length != lists[slot].count {
                found.append("slot \(slot): \(lists[slot].count) accounted, \(length) linked")
            }
            total += length
        }
        if total != entries { found.append("\(entries) entries, \(total) in slot lists") }
        return found
    }
}
