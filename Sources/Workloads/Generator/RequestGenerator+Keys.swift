// The steps of a block that find keys: ranks, ids, and the sizes of keys.
import Distributions

extension RequestGenerator {
    @inline(never)
    mutating func drawRanks() {
        var random = self.random
        defer { self.random = random }
        let keyspaces = workload.keyspaces
        for index in 0..<Self.blockSize {
            let position = Int(truncatingIfNeeded: block[index].keyspace)
            let rank: UInt64
            switch plan[index].source {
            case .none: rank = 0
            case .popular, .churning, .missing, .latest:
                rank = keyspaces[position].popularity.draw(&random)
            case .sequential: rank = cursors[position].nextInSequence()
            case .new: rank = cursors[position].nextNew()
            case .lone: rank = cursors[position].nextLone()
            }
            block[index].rank = rank
        }
    }

    /// Ids, and the ranks that sizes hang on.
    ///
    /// A scramble takes one round or more; those that need another are gathered, so that no branch
    /// hangs on the outcome of one.
    @inline(never)
    mutating func findKeys() {
        var open = 0
        for index in 0..<Self.blockSize {
            let source = plan[index].source
            guard source.isScrambled else { continue }
            var home = block[index].rank
            if source == .churning {
                let position = Int(truncatingIfNeeded: block[index].keyspace)
                home = cursors[position].home(ofRank: home)
            }
            let scramble = range(index).pointee.scramble
            let key = scramble.round(home)
            block[index].home = home
            block[index].key = key
            walking[open] = UInt8(truncatingIfNeeded: index)
            open &+= key >= scramble.count ? 1 : 0
        }
        while open > 0 {
            var left = 0
            for walked in 0..<open {
                let index = Int(walking[walked])
                let scramble = range(index).pointee.scramble
                let key = scramble.round(block[index].key)
                block[index].key = key
                walking[left] = UInt8(truncatingIfNeeded: index)
                left &+= key >= scramble.count ? 1 : 0
            }
            open = left
        }
        for index in 0..<Self.blockSize {
            // the same key as before is known by now
            guard plan[index].source.isScrambled else {
                findRareKey(index)
                continue
            }
            let range = range(index)
            let key = block[index].key &+ range.pointee.base
            block[index].key = key
            let mask = range.pointee.homeMask
            block[index].home = key & mask | block[index].home & ~mask
        }
    }

    /// What a scrambled request of the block draws its id from.
    @inline(__always)
    private func range(_ index: Int) -> UnsafeMutablePointer<ScrambledRange> {
        let position = Int(truncatingIfNeeded: block[index].keyspace)
        return workload.keyspaces[position].ranges + plan[index].source.range
    }

    @inline(never)
    private mutating func findRareKey(_ index: Int) {
        let position = Int(truncatingIfNeeded: block[index].keyspace)
        let rank = block[index].rank
        let space = workload.keyspaces + position
        var home = rank
        let key: UInt64
        switch plan[index].source {
        case .none where plan[index].needs.contains(.sameKey):
            let model = index > 0 ? block[index &- 1] : previous
            (block[index].rank, home, key) = (model.rank, model.home, model.key)
        case .none: key = 0
        case .popular, .churning, .lone, .missing: preconditionFailure("findKeys finds these")
        case .new:
            key = rank
            home = space.pointee.scramble.rank(ofKey: key)
        // the rest have no rank that sizes could hang on but their ids
        case .latest:
            key = cursors[position].key(ofAge: rank)
            home = key
        case .sequential:
            key = rank
        }
        block[index].key = key
        block[index].home = home
    }

    @inline(never)
    mutating func findKeySizes() {
        let keyspaces = workload.keyspaces
        for index in 0..<Self.blockSize {
            let space = keyspaces + Int(truncatingIfNeeded: block[index].keyspace)
            let size = space.pointee.keySize(ofRank: block[index].home)
            block[index].keySize = plan[index].needs.contains(.key) ? size : 0
        }
    }
}
