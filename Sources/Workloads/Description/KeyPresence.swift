// Which keys are there while a sample of requests is played: what a hit ratio is counted from,
// without a server, and without time (nothing expires).

struct KeyPresence {
    /// One bit a key.
    private var present: [[UInt64]]
    /// One-hit wonders that were written.
    private var lone: [Set<UInt64>]
    private var lookUps = 0
    private var hits = 0
    private let compiled: CompiledWorkload
    private let isLookUp: [Bool]
    private let creates: [Bool]
    private let removes: [Bool]

    /// 12 MB of bits; a larger keyspace says the same by a part of itself (`--entries`).
    private static let largest: UInt64 = 100_000_000

    /// Nil where there are no look-ups, or too many keys to count them.
    init?(_ compiled: CompiledWorkload) {
        let commands = compiled.operations.map(\.command)
        guard commands.contains(where: \.nullIsMiss),
            compiled.workload.keyCount <= Self.largest
        else { return nil }
        self.compiled = compiled
        isLookUp = commands.map(\.nullIsMiss)
        creates = commands.map(\.createsKey)
        removes = commands.map { $0.access == .delete }
        present = compiled.workload.keyspaces.indices.map { index in
            let space = compiled.workload.keyspaces[index]
            let populated = compiled.prefillOperations[index] == nil ? 0 : space.populatedKeys
            return (0...space.keys / 64).map { word in
                let first = word * 64
                if first + 64 <= populated { return .max }
                return first >= populated ? 0 : 1 << (populated - first) - 1
            }
        }
        lone = .init(repeating: [], count: compiled.keyspaceCount)
    }

    var hitRatio: Double? { lookUps > 0 ? Double(hits) / Double(lookUps) : nil }

    mutating func see(_ request: DrawnRequest) {
        let (operation, keyspace) = (Int(request.operation), Int(request.keyspace))
        if isLookUp[operation] {
            lookUps += 1
            if isPresent(keyspace, request.key) {
                hits += 1
            } else if compiled.isWrittenOnMiss(keyspace: keyspace, key: request.key) {
                set(keyspace, request.key, true)
            }
        } else if creates[operation] {
            set(keyspace, request.key, true)
        } else if removes[operation] {
            set(keyspace, request.key, false)
        }
    }

    private func isPresent(_ keyspace: Int, _ key: UInt64) -> Bool {
        guard key < compiled.workload.keyspaces[keyspace].keys else {
            return lone[keyspace].contains(key)
        }
        return present[keyspace][Int(key / 64)] >> (key % 64) & 1 == 1
    }

    private mutating func set(_ keyspace: Int, _ key: UInt64, _ isThere: Bool) {
        guard key < compiled.workload.keyspaces[keyspace].keys else {
            if isThere { lone[keyspace].insert(key) } else { lone[keyspace].remove(key) }
            return
        }
        let bit: UInt64 = 1 << (key % 64)
        if isThere {
            present[keyspace][Int(key / 64)] |= bit
        } else {
            present[keyspace][Int(key / 64)] &= ~bit
        }
    }
}

extension CompiledWorkload {
    /// Whether a request's key was drawn by its keyspace's popularity.
    func isPopular(_ request: DrawnRequest) -> Bool {
        let operation = Int(request.operation)
        guard operation < workload.operations.count else { return false }
        return workload.operations[operation].keys == .popular
            || workload.operations[operation].keys == .missing
    }

    /// Hit ratio of a workload in which keys neither come nor go: all are there, and some look-ups
    /// ask for keys that nobody writes. Nil for others, whose hits depend on their history.
    var plainHitRatio: Double? {
        let isStatic =
            workload.keyspaces.allSatisfy { $0.populatedKeys == $0.keys }
            && workload.operations.allSatisfy {
                $0.command.access != .delete && [.popular, .missing].contains($0.keys)
            }
        guard isStatic, prefillOperation != nil else { return nil }
        var (looked, found) = (0.0, 0.0)
        for operation in workload.operations where operation.command.nullIsMiss {
            let spaces = workload.spaces(of: operation)
            let total = spaces.reduce(0) { $0 + $1.weight }
            for space in spaces {
                let weight = operation.weight * space.weight / total
                looked += weight
                if operation.keys == .popular { found += weight * (1 - space.negativeLookups) }
            }
        }
        return looked > 0 ? found / looked : nil
    }
}
