// The steps of a block that draw what comes with a key: values, times to live, members. And the
// write that follows on a look-up that missed.
import Distributions

extension RequestGenerator {
    /// What is sent for a key that a look-up did not find; nil where its keyspace sends nothing.
    public mutating func request(forMissed key: UInt64, keyspace: Int) -> DrawnRequest? {
        guard let operation = workload.missOperations[keyspace] else { return nil }
        let space = workload.keyspaces + keyspace
        let rank = space.pointee.rank(ofKey: key)
        var request = DrawnRequest(
            operation: UInt32(operation), keyspace: UInt32(keyspace), rank: rank, key: key,
            keySize: space.pointee.keySize(ofRank: rank), salt: ValueFiller.salt(ofKey: key))
        request.home = rank
        _ = random.next()  // as in drawValues
        let needs = workload.needs(operation: operation, keyspace: keyspace)
        if needs.contains(.value) {
            request.valueSize = space.pointee.valueSize(
                ofRank: rank, keySize: request.keySize, or: random.next())
        }
        if needs.contains(.timeToLive) {
            request.ttlSeconds = space.pointee.ttlSeconds(ofRank: rank, or: random.next())
        }
        return request
    }

    @inline(never)
    mutating func drawValues() {
        var random = self.random
        defer { self.random = random }
        let keyspaces = workload.keyspaces
        for index in 0..<Self.blockSize {
            guard plan[index].needs.contains(.value) else {
                block[index].salt = 0
                block[index].valueSize = 0
                guard plan[index].needs.contains(.answer) else {
                    block[index].answerSize = -1
                    continue
                }
                let space = keyspaces + Int(truncatingIfNeeded: block[index].keyspace)
                block[index].answerSize = space.pointee.valueSize(
                    ofRank: block[index].home, keySize: block[index].keySize)
                continue
            }
            let space = keyspaces + Int(truncatingIfNeeded: block[index].keyspace)
            // a number that values once were named by: without it a seed would mean other requests
            _ = random.next()
            let size = space.pointee.valueSize(
                ofRank: block[index].home, keySize: block[index].keySize, or: random.next())
            block[index].salt = ValueFiller.salt(ofKey: block[index].key)
            block[index].valueSize = size
            block[index].answerSize = space.pointee.values.isPerKey ? size : -1
        }
    }

    @inline(never)
    mutating func drawTimesToLive() {
        var random = self.random
        defer { self.random = random }
        let keyspaces = workload.keyspaces
        for index in 0..<Self.blockSize {
            guard plan[index].needs.contains(.timeToLive) else {
                block[index].ttlSeconds = 0
                continue
            }
            let space = keyspaces + Int(truncatingIfNeeded: block[index].keyspace)
            block[index].ttlSeconds = space.pointee.ttlSeconds(
                ofRank: block[index].home, or: random.next())
        }
    }

    @inline(never)
    mutating func drawExtras() {
        var random = self.random
        defer { self.random = random }
        for index in 0..<Self.blockSize {
            block[index].extra = extra(block[index], plan[index].needs, &random)
        }
    }

    private func extra(
        _ request: DrawnRequest, _ needs: CompiledWorkload.Needs, _ random: inout Xoshiro256PlusPlus
    ) -> UInt64 {
        guard !needs.isDisjoint(with: .extras) else { return 0 }
        let space = workload.keyspaces + Int(truncatingIfNeeded: request.keyspace)
        if needs.contains(.member) {
            let count = space.pointee.cardinality(ofRank: request.home)
            return random.next().multipliedFullWidth(by: UInt64(max(1, count))).high
        }
        if needs.contains(.otherKey) {
            return space.pointee.scramble.key(ofRank: space.pointee.popularity.draw(&random))
        }
        let length = workload.lengths[Int(request.operation)].size(.max, at: random.next())
        return UInt64(max(1, min(length, Int(space.pointee.keyCount))))
    }
}
