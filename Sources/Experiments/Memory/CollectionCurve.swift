// Bytes per element and per key of collections, as a curve over the number of members: containers
// grow from point to point.
//
// Fields, members and elements are `m` and a zero-padded decimal of exactly the member size, values
// one repeated letter, scores random doubles. One connection writes them, in ascending order.
//
// A Bloom filter is reserved for the most members of the curve, at an error rate of 1 %, and does
// not scale, as in Valkey's own comparison with sets ("Introducing Bloom Filters for Valkey",
// 2025). It takes some members for ones that it has already, and so counts fewer.
import Keyspaces
import LoadGenerator
import RunRecord
import Targets

public struct CollectionCurve {
    public var shape: CollectionShape
    public var containers: UInt64
    /// Members per container at which memory is read.
    public var members: [UInt64]
    /// The workload under whose name results are kept.
    public var name = RunRecord.Workload.memoryCurve

    public init(shape: CollectionShape, containers: UInt64, members: [UInt64]) {
        self.shape = shape
        self.containers = containers
        self.members = members.sorted()
        self.shape.capacity = self.members.last ?? 0
    }

    /// What cannot work about it, with the remedy; nil when it can.
    public var problem: String? {
        guard (2...512).contains(shape.memberBytes) else {
            return "members of \(shape.memberBytes) bytes are no letter and a decimal; use a "
                + "member size from 2 to 512"
        }
        guard let most = members.last else { return "no numbers of members; give at least one" }
        if let possible = shape.memberCount, most > possible {
            return "\(shape.memberBytes) bytes make only \(possible) members; use longer members "
                + "or fewer of them"
        }
        guard containers <= 100_000_000 else {
            return "\(CollectionShape.keyBytes) digits make only 100000000 keys; use fewer "
                + "containers"
        }
        let (elements, overflow) = containers.multipliedReportingOverflow(by: most)
        guard !overflow, elements <= 1_000_000_000_000 else {
            return "more elements than any machine holds; use fewer members or containers"
        }
        return nil
    }

    /// How long one target will probably take, in s.
    public var expectedSeconds: Double { seconds }

    /// Measures targets, one after the other.
    public func run(
        _ targets: [Target], _ launch: LaunchOptions, _ recorder: Recorder,
        allowFlush: Bool = false
    ) throws(ExperimentFailure) {
        try measure(targets, launch, recorder, allowFlush: allowFlush)
    }
}

extension CollectionCurve: GrowthCurve {
    var points: [UInt64] { members }
    var unit: String { "members" }
    var writesOfOne: Double { Double(containers) }
    var most: (writes: Double, bytes: Double) {
        let writes = Double(members.last ?? 0) * Double(containers)
        return (writes, writes * Double(shape.memberBytes + shape.valueBytes))
    }

    /// A table of strings refuses every command of the fill: it is said at once, and which hold
    /// more.
    func requireCommands(
        _ server: RunningServer, _ connection: ControlConnection
    ) throws(ExperimentFailure) {
        let module = shape.kind.module
        let command = module?.command ?? firstUses[0][0]
        do throws(TargetError) {
            guard try connection.knows(command) == false else { return }
        } catch {
            throw ExperimentFailure(error, server)
        }
        if let module {
            throw ExperimentFailure(
                .setUp,
                "\(server.target.label) has no \(command); load \(module.name) into it, or "
                    + "measure ref:valkey-8.0 or a later one")
        }
        let able = Table.builtIn.filter { !$0.lacks.contains(.collections) }
        throw ExperimentFailure(
            .setUp,
            "\(server.target.label) has no \(command): "
                + (server.target.isReference ? "its table holds strings alone; " : "")
                + "measure --type \(shape.kind.rawValue) on a server that has it, such as "
                + able.map { "ref:\($0.name)" }.joined(separator: ", "))
    }

    /// What the fill and its check use, used once before memory is read.
    var firstUses: [[String]] {
        let key = "hashmark:first-use"
        let write =
            switch shape.kind {
            case .hash: ["HSET", key, "f", "v"]
            case .list: ["RPUSH", key, "e"]
            case .set: ["SADD", key, "m"]
            case .zset: ["ZADD", key, "0.5", "m"]
            case .bloom: ["BF.ADD", key, "m"]
            }
        return [write, [shape.kind.lengthCommand, key]]
    }

    func fill(
        _ server: RunningServer, _ added: Range<UInt64>, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        let seed = recorder.record.seed
        try Fill.run(
            server, count: CollectionShape.requests(containers: containers, members: added),
            connections: 1
        ) { place in
            CollectionSource(shape, containers: containers, members: added, seed: seed, place)
        } told: {
            recorder.progress.advance(to: $0)
        }
    }

    func add(
        _ growth: MemoryReading, _ count: UInt64, _ server: RunningServer,
        _ connection: ControlConnection, _ recorder: Recorder
    ) {
        var conditions: Conditions = [
            "type": .string(shape.kind.rawValue), "members": .number(Int(count)),
            "member_size": .number(shape.memberBytes),
        ]
        if shape.kind == .hash { conditions["value_size"] = .number(shape.valueBytes) }
        if shape.kind == .bloom {
            conditions["capacity"] = .number(Double(shape.capacity))
            conditions["error_rate"] = .number(CollectionShape.errorRate)
        }
        growth.addResults(
            containers: containers, members: count, target: server.target.label, workload: name,
            conditions: conditions, recorder)
    }

    /// The fewest members that a container counts when it was given `count`: a Bloom filter comes
    /// to its error rate as it fills, and so misses less than that share, but for chance.
    private func least(of count: UInt64) -> Int64 {
        guard shape.kind == .bloom else { return Int64(count) }
        let missed = Double(count) * CollectionShape.errorRate + Self.missedByChance
        return Int64(max(Double(count) - missed, 0))
    }

    /// Members, where they are few.
    private static let missedByChance = 4.0

    /// All keys are there, and the first and the last container have all members.
    func verify(
        _ server: RunningServer, _ connection: ControlConnection, _ count: UInt64
    ) throws(ExperimentFailure) {
        try Fill.verify(server, connection, count: containers)
        for container in [0, containers - 1] {
            let digits = String(container)
            let key =
                String(repeating: "0", count: CollectionShape.keyBytes - digits.count) + digits
            let answer: Int64?
            do throws(TargetError) {
                answer = try connection.call([shape.kind.lengthCommand, key]).number
            } catch {
                throw ExperimentFailure(error, server)
            }
            guard let length = answer, (least(of: count)...Int64(count)).contains(length) else {
                throw ExperimentFailure(
                    .invalid,
                    "\(server.target.label) has \(answer ?? 0) members in \(key) where \(count) "
                        + "were written; is something else using it?")
            }
        }
    }
}

extension MemoryReading {
    /// Adds a result per kind of bytes, for the elements and for the keys of a growth.
    func addResults(
        containers: UInt64, members: UInt64, target: String, workload: String,
        conditions: Conditions, _ recorder: Recorder
    ) {
        var conditions = conditions
        conditions["entries"] = .number(Int(containers))
        for memory in Metric.Memory.allCases {
            let (amount, reason) = bytes(memory)
            let keys = Double(containers)
            for (metric, count) in [
                (Metric.memoryPerElement(memory), keys * Double(members)),
                (Metric.memoryPerKey(memory), keys),
            ] {
                let result =
                    amount.map {
                        RunRecord.Result(
                            metric, target: target, workload: workload, conditions: conditions,
                            value: Double($0) / count)
                    }
                    ?? RunRecord.Result(
                        metric, target: target, workload: workload, conditions: conditions,
                        unavailable: reason)
                recorder.add(result)
            }
        }
    }

    /// How many bytes, and why not where nothing tells.
    private func bytes(_ memory: Metric.Memory) -> (amount: Int?, reason: String) {
        switch memory {
        case .reported: (reported, "the server does not report used_memory")
        case .peak: (peak, "the server does not report used_memory_peak")
        case .sizeClass: (sizeClass, "only ref: servers can walk their entries")
        case .requested: (requested, "only ref: servers can walk their entries")
        case .rss: (resident, "the server does not run on this machine")
        }
    }
}
