// Cursors, statistics and invariants of an F14 table.
//
// A cursor is a chunk's number, counted from its top bit down (ScanCursor.swift): entries are met
// with the chunk that they belong to. What has overflowed from it is found as a look-up finds it,
// on the ways of all 128 tags: what a layout costs that does not keep overflow by home.

extension F14Handle {
    func visit(at cursor: UInt64, _ body: (KeyedObject) -> Void) -> UInt64 {
        guard table.pointee.chunks != nil else { return 0 }
        return ScanCursor.visit(cursor, (old: mask, new: nil)) { _, index in
            visitHome(index, body)
        }
    }

    /// Objects that belong to the chunk at `home`.
    private func visitHome(_ home: Int, _ body: (KeyedObject) -> Void) {
        let first = chunk(home)
        for position in first.occupied(match) {
            let object = first.object(position)
            if first.hosted == 0 || self.home(hash(of: object)) == home { body(object) }
        }
        guard first.outbound > 0 else { return }
        for tag in UInt8(0x80)...0xff { visitOverflow(of: home, tag, body) }
    }

    /// Objects under `tag` that belong to the chunk at `home` and are in others.
    private func visitOverflow(of home: Int, _ tag: UInt8, _ body: (KeyedObject) -> Void) {
        var index = home
        // Each other chunk comes once.
        for _ in 0..<mask {
            if chunk(index).outbound == 0 { return }
            index = following(index, tag)
            let host = chunk(index)
            guard host.hosted > 0 else { continue }
            for position in host.candidates(tag, match) {
                let object = host.object(position)
                if self.home(hash(of: object)) == home { body(object) }
            }
        }
    }

    func addStatistics(to statistics: inout StatisticsSum) {
        addSizesAndProbes(to: &statistics)
        guard table.pointee.chunks != nil else { return }
        for index in 0...mask {
            statistics.addBucket(chunk(index).occupied(match).bits.nonzeroBitCount)
        }
    }
}

// MARK: - Invariants

extension F14Handle {
    func violations(_ name: String) -> [String] {
        guard table.pointee.chunks != nil else {
            return count == 0 ? [] : ["\(name): entries without an array"]
        }
        var found: [String] = []
        if (mask + 1).nonzeroBitCount != 1 { found.append("\(mask + 1) chunks, no power of two") }
        if count > capacity { found.append("\(count) entries, beyond \(capacity)") }
        var ways = Ways(chunks: mask + 1)
        for index in 0...mask {
            for position in chunk(index).occupied(match) {
                if position >= table.pointee.places {
                    found.append("position \(position) is behind the end of the only chunk")
                } else if let fault = follow(index, position, &ways) {
                    found.append(fault)
                }
            }
        }
        if ways.entries != count {
            found.append("\(count) entries accounted, \(ways.entries) found")
        }
        for index in 0...mask {
            let (hosted, outbound) = (chunk(index).hosted, chunk(index).outbound)
            if hosted != ways.hosted[index] {
                found.append("chunk \(index) hosts \(ways.hosted[index]), and counts \(hosted)")
            }
            if outbound != F14Chunk.outboundMax, Int(outbound) != ways.outbound[index] {
                found.append("\(ways.outbound[index]) went past \(index), which counts \(outbound)")
            }
        }
        return found.map { "\(name): \($0)" }
    }

    /// What chunks should have counted.
    private struct Ways {
        var entries = 0
        var hosted: [Int]
        var outbound: [Int]

        init(chunks: Int) {
            hosted = Array(repeating: 0, count: chunks)
            outbound = hosted
        }
    }

    /// Goes an entry's way to where it is.
    /// - Returns: what is wrong with it.
    private func follow(_ index: Int, _ position: Int, _ ways: inout Ways) -> String? {
        ways.entries += 1
        let hash = hash(of: chunk(index).object(position))
        let tag = F14Table.tag(hash)
        if chunk(index).tag(position) != tag { return "an entry in \(index) has another's tag" }
        var passed = home(hash)
        if passed != index { ways.hosted[index] += 1 }
        for _ in 0...mask {
            if passed == index { return nil }
            ways.outbound[passed] += 1
            passed = following(passed, tag)
        }
        return "the way of an entry in \(index) does not come by there"
    }
}
