// A drawn sample of requests, counted.
import Distributions

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
    private var presence: KeyPresence?

    /// Requests between two words of how many are drawn: a hundredth of a second.
    private static let stride = 50_000

    init(_ compiled: CompiledWorkload, count: Int, seed: UInt64, _ advance: (Double) -> Void) {
        self.count = count
        let workload = compiled.workload
        sizes = SampledSizes(hasValues: workload.keyspaces.contains { $0.valueSize != nil })
        operations = .init(repeating: 0, count: compiled.operations.count)
        keyed = .init(repeating: 0, count: workload.keyspaces.count)
        top = .init(repeating: [:], count: workload.keyspaces.count)
        let limits = workload.keyspaces.indices.map { index in
            TopShare.allCases.map {
                (
                    $0,
                    compiled.keyspaces[index].popularity.prefixes(
                        ofTop: $0.count(of: workload.keyspaces[index].keys))
                )
            }
        }
        presence = KeyPresence(compiled)
        var generator = RequestGenerator(compiled, seed: seed, worker: 0)
        var random = Xoshiro256PlusPlus(seed: seed)
        for number in 0..<count {
            if number % Self.stride == 0 { advance(Double(number) / Double(count)) }
            let request = generator.next()
            let operation = Int(request.operation)
            let keyspace = Int(request.keyspace)
            operations[operation] += 1
            presence?.see(request)
            guard compiled.operations[operation].command.hasKey else { continue }
            // a key that nobody writes has no value that could be fetched
            if request.key < compiled.keyspaces[keyspace].missingBase {
                sizes.add(compiled, keyspace, request.home, &random)
            }
            if compiled.isPopular(request) {
                keyed[keyspace] += 1
                for (share, prefixes) in limits[keyspace]
                where compiled.keyspaces[keyspace].popularity.isAmong(prefixes, request.rank) {
                    top[keyspace][share, default: 0] += 1
                }
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

    /// Shares of the operations drawn; what follows on another is not drawn, and comes on top.
    func mixRows(_ compiled: CompiledWorkload) -> [WorkloadDescription.Row] {
        let list = compiled.workload.operations
        let total = list.reduce(0) { $0 + $1.weight }
        let drawn = operations[..<list.count].reduce(0, +)
        return list.enumerated().map { index, operation in
            WorkloadDescription.Row(
                population: "requests", name: "share of \(operation.name)", unit: "",
                requested: operation.weight / total, expected: nil,
                realised: Double(operations[index]) / Double(max(1, drawn)))
        }
    }

    /// Share of the look-ups that find their key, by playing the sample on the prefilled keys.
    func hitRatioRows(_ compiled: CompiledWorkload) -> [WorkloadDescription.Row] {
        guard let ratio = presence?.hitRatio else { return [] }
        return [
            WorkloadDescription.Row(
                population: "requests", name: "hit_ratio", unit: "",
                requested: compiled.plainHitRatio, expected: compiled.workload.expect.hitRatio,
                realised: ratio)
        ]
    }

    /// How well the sample fits what was requested.
    func fits(_ compiled: CompiledWorkload) -> [WorkloadDescription.Fit] {
        let list = compiled.workload.operations
        let total = list.reduce(0) { $0 + $1.weight }
        var fits = [
            WorkloadDescription.Fit(
                name: "mix", test: .chiSquare,
                value: GoodnessOfFit.chiSquare(
                    Array(operations[..<list.count]), list.map { $0.weight / total }))
        ]
        for (index, space) in compiled.workload.keyspaces.enumerated() where keyed[index] > 0 {
            let edges = TopShare.allCases.map { $0.count(of: space.keys) }
            let isNested = zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 }
            guard isNested else { continue }
            let shares = edges.map { compiled.share(keyspace: index, ofTop: $0) } + [1]
            let counts = TopShare.allCases.map { top[index][$0] ?? 0 } + [keyed[index]]
            let name = compiled.keyspaceCount > 1 ? " of \(space.name)" : ""
            fits.append(
                WorkloadDescription.Fit(
                    name: "popularity\(name)", test: .chiSquare,
                    value: GoodnessOfFit.chiSquare(
                        zip(counts, [0] + counts).map { $0 - $1 },
                        zip(shares, [0] + shares).map { $0 - $1 })))
        }
        if compiled.keyspaceCount == 1, let spec = compiled.workload.keyspaces[0].ttl,
            spec.binding == .write, spec.jitter == 0, ttls.count > 0
        {
            let table = spec.table(spec.distribution)
            fits.append(
                WorkloadDescription.Fit(
                    name: "ttl", test: .distance,
                    value: GoodnessOfFit.distance(ttls.with(zeros: withoutTTL)) {
                        table.cumulative($0)
                    }))
        }
        return fits
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
