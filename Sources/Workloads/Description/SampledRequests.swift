// A drawn sample of requests, counted.
import Statistics

struct SampledRequests {
    let count: Int
    var sizes: SampledSizes
    /// By operation.
    private var operations: [Int]
    /// Requests with a key, by keyspace.
    private var keyed: [Int]
    /// Of those, requests for the top keys, by keyspace and fraction.
    private var top: [[TopShare: Int]]
    private var ttls = SizeTally()
    private var withoutTTL = 0

    init(_ compiled: CompiledWorkload, count: Int, seed: UInt64) {
        self.count = count
        let workload = compiled.workload
        sizes = SampledSizes(hasValues: workload.keyspaces.contains { $0.valueSize != nil })
        operations = .init(repeating: 0, count: workload.operations.count)
        keyed = .init(repeating: 0, count: workload.keyspaces.count)
        top = .init(repeating: [:], count: workload.keyspaces.count)
        let limits = workload.keyspaces.map { space in
            TopShare.allCases.map { ($0, $0.count(of: space.keys)) }
        }
        var generator = RequestGenerator(compiled, seed: seed, worker: 0)
        var random = Xoshiro256PlusPlus(seed: seed)
        for _ in 0..<count {
            let request = generator.next()
            let operation = Int(request.operation)
            let keyspace = Int(request.keyspace)
            operations[operation] += 1
            guard compiled.operations[operation].command.hasKey else { continue }
            keyed[keyspace] += 1
            sizes.add(compiled, keyspace, request.rank, &random)
            for (share, limit) in limits[keyspace] where request.rank < limit {
                top[keyspace][share, default: 0] += 1
            }
            guard compiled.operations[operation].command.hasTimeToLive else { continue }
            if request.ttlSeconds > 0 { ttls.add(request.ttlSeconds) } else { withoutTTL += 1 }
        }
    }

    /// Of the busiest keyspace, whose name the rows carry when there are several.
    func popularityRows(_ compiled: CompiledWorkload) -> [WorkloadDescription.Row] {
        let shares = compiled.requestShares
        guard let busiest = shares.indices.max(by: { shares[$0] < shares[$1] }), keyed[busiest] > 0
        else { return [] }
        let space = compiled.workload.keyspaces[busiest]
        let label = compiled.keyspaceCount > 1 ? " of \(space.name)" : ""
        return TopShare.allCases.map { share in
            WorkloadDescription.Row(
                population: "requests", name: share.rawValue + label, unit: "",
                requested: compiled.share(keyspace: busiest, ofTop: share.count(of: space.keys)),
                expected: compiled.workload.expect.requests.shareOfTop[share],
                realised: Double(top[busiest][share] ?? 0) / Double(keyed[busiest]))
        }
    }

    func mixRows(_ compiled: CompiledWorkload) -> [WorkloadDescription.Row] {
        let list = compiled.workload.operations
        let total = list.reduce(0) { $0 + $1.weight }
        return list.enumerated().map { index, operation in
            WorkloadDescription.Row(
                population: "requests", name: "share of \(operation.name)", unit: "",
                requested: operation.weight / total, expected: nil,
                realised: Double(operations[index]) / Double(max(1, count)))
        }
    }

    /// Of the writes that set one.
    func ttlRows(_ compiled: CompiledWorkload) -> [WorkloadDescription.Row] {
        let writes = ttls.count + withoutTTL
        guard writes > 0, compiled.workload.keyspaces.contains(where: { $0.ttl != nil }) else {
            return []
        }
        let single = compiled.keyspaceCount == 1 ? compiled.workload.keyspaces[0].ttl : nil
        let none = single.map { $0.table($0.distribution).cumulative(0) }
        var rows = [
            WorkloadDescription.Row(
                population: "requests", name: "ttl none", unit: "", requested: none, expected: nil,
                realised: Double(withoutTTL) / Double(writes))
        ]
        guard ttls.count > 0 else { return rows }
        for statistic in [SizeStatistic.mean, .percentile(50), .percentile(90)] {
            rows.append(
                WorkloadDescription.Row(
                    population: "requests", name: "ttl \(statistic.name)", unit: "s",
                    requested: none == 0 ? single.map { requestedTTL($0, statistic) } : nil,
                    expected: nil, realised: ttls.value(statistic)))
        }
        return rows
    }

    private func requestedTTL(_ spec: SizeSpec, _ statistic: SizeStatistic) -> Double {
        let table = spec.table(spec.distribution)
        switch statistic {
        case .mean: return table.mean
        case .percentile(let percent): return Double(table.quantile(percent / 100))
        }
    }
}
