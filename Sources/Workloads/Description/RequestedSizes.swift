// The size distribution that a workload asks for, in closed form: a weighted mixture of tables.
import Distributions

struct RequestedSizes {
    /// Weights sum to 1. Boxed, because arrays hold copyable values only.
    private final class Part {
        let weight: Double
        let table: SizeTable

        init(_ weight: Double, _ table: consuming SizeTable) {
            self.weight = weight
            self.table = table
        }
    }

    private let parts: [Part]

    /// - Parameter byRequest: weigh keyspaces and hot classes by requests, else by keys.
    init(
        _ compiled: CompiledWorkload, byRequest: Bool, _ field: (KeyspaceSpec) -> SizeSpec?
    ) {
        let workload = compiled.workload
        let weights =
            byRequest ? compiled.requestShares : workload.keyspaces.map { Double($0.keys) }
        let total = weights.reduce(0, +)
        var parts: [Part] = []
        for (index, keyspace) in workload.keyspaces.enumerated() {
            let spec = field(keyspace) ?? SizeSpec(.constant(0))
            let weight = weights[index] / total
            let hotKeys = spec.hotKeys(of: keyspace.keys)
            let hotShare =
                byRequest
                ? compiled.share(keyspace: index, ofTop: hotKeys)
                : Double(hotKeys) / Double(keyspace.keys)
            if !spec.byKeySize.isEmpty {
                parts += Self.classes(spec, keyspace.keySize, weight)
            } else if let hot = spec.hot {
                parts.append(Part(weight * hotShare, spec.table(hot.distribution)))
                parts.append(Part(weight * (1 - hotShare), spec.table(spec.distribution)))
            } else {
                parts.append(Part(weight, spec.table(spec.distribution)))
            }
        }
        self.parts = parts
    }

    /// One part for each class of key sizes, weighted by the share of the keys in it.
    private static func classes(_ spec: SizeSpec, _ keySize: SizeSpec, _ weight: Double) -> [Part] {
        let keys = keySize.table(keySize.distribution)
        var below = 0.0
        var parts: [Part] = []
        for entry in spec.byKeySize {
            let share = keys.cumulative(entry.upTo)
            parts.append(Part(weight * max(0, share - below), spec.table(entry.distribution)))
            below = max(below, share)
        }
        parts.append(Part(weight * max(0, 1 - below), spec.table(spec.distribution)))
        return parts
    }

    /// The share of sizes ≤ `size`.
    func cumulative(_ size: Int) -> Double {
        parts.reduce(0) { $0 + $1.weight * $1.table.cumulative(size) }
    }

    func value(_ statistic: SizeStatistic) -> Double {
        switch statistic {
        case .mean: parts.reduce(0) { $0 + $1.weight * $1.table.mean }
        case .percentile(let percent): Double(percentile(percent))
        }
    }

    /// Smallest size whose cumulative share reaches `percent`, by bisection.
    private func percentile(_ percent: Double) -> Int {
        var low = Int(parts.map { $0.table.smallest }.min()!.rounded())
        var high = Int(parts.map { $0.table.largest }.max()!.rounded())
        while low < high {
            let middle = (low + high) / 2
            let share = parts.reduce(0) { $0 + $1.weight * $1.table.cumulative(middle) }
            if share >= percent / 100 - 1e-9 { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension CompiledWorkload {
    /// Share of the requests that each keyspace gets, those left out that ask for keys which nobody
    /// writes: they have no sizes.
    var requestShares: [Double] {
        var shares = [Double](repeating: 0, count: keyspaceCount)
        for operation in workload.operations
        where operation.command.hasKey && operation.keys != .missing {
            let spaces = workload.keyspaces.enumerated().filter {
                operation.keyspace == nil || $0.element.name == operation.keyspace
            }
            let total = spaces.reduce(0) { $0 + $1.element.weight }
            let isLookUp = operation.command.access == .read && operation.keys == .popular
            for (index, space) in spaces {
                let found = isLookUp ? 1 - space.negativeLookups : 1
                shares[index] += operation.weight * space.weight / total * found
            }
        }
        return shares
    }
}
