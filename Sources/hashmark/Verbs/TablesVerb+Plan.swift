// hashmark tables: from flags to a plan. Everything is refused here that has no meaning or no
// effect, before anything is measured.
import ArgumentParser
import Keyspaces
import Quantities
import TableBench

extension TablesVerb {
    /// Options that the counts of a model do not depend on.
    private static let onlyTimed = [
        "--repeats", "--memory", "--growth", "--curve", "--temperature", "--load", "--churn",
    ]

    func plan() throws -> BenchPlan {
        guard ["cpu", "simulated"].contains(mode) else {
            throw ValidationError("--mode is '\(mode)'; write cpu or simulated")
        }
        try GivenOptions.refuse(
            mode == "simulated" ? Self.onlyTimed : GivenOptions.caches,
            "has no effect with --mode \(mode)")
        if cluster && load != nil {
            throw ValidationError(
                "--load is about a table that grows at once, and with --cluster each of 16,384 "
                    + "slots grows by itself; leave one of them out")
        }
        var plan = BenchPlan()
        do throws(TableSpecificationError) {
            plan.tables = try TableSpecification.list(table, defaults: defaults)
        } catch {
            throw usage(error)
        }
        if cluster, let table = plan.tables.first(where: { $0.lacks.contains(.slots) }) {
            throw ValidationError(
                "\(table.label) has no \(Capability.slots.rawValue), which --cluster is about; "
                    + "leave one of them out")
        }
        plan.keySizes = keySize ?? plan.keySizes
        plan.valueSize = valueSize
        plan.entries = try entries ?? defaultEntries(plan)
        plan.loads = load ?? plan.loads
        plan.depths = batch ?? plan.depths
        plan.hitPercents = hits ?? plan.hitPercents
        plan.patterns = popularity.isEmpty ? plan.patterns : popularity
        // Counts of a model need no steady state of an allocator.
        plan.turnovers = mode == "simulated" ? [0] : churn ?? plan.turnovers
        plan.temperature = temperature
        plan.repeats = repeats
        plan.memoryLimit = BenchPlan.memoryLimit(asked: memory.map { $0 << 20 })
        plan.growthEntries = growth
        plan.curveEntries = curve
        plan.cluster = cluster
        return plan
    }

    /// What is asked of all tables that do not say.
    private var defaults: [(option: TableSpecification.Option, value: String)] {
        let asked: [(TableSpecification.Option, String?)] = [
            (.hash, hash), (.match, match), (.lookahead, lookahead),
        ]
        return asked.compactMap { option, value in value.map { (option: option, value: $0) } }
    }

    private func defaultEntries(_ plan: BenchPlan) throws -> [Int] {
        mode == "simulated"
            ? SimulatedBench.cacheSweep(bytesPerEntry: plan.bytesPerEntry, try caches.geometry())
            : BenchPlan.cacheSweep(bytesPerEntry: plan.bytesPerEntry)
    }
}

/// The lists and words of its options.
enum TableWords {
    /// `8,16,64`
    static let keySizes: @Sendable (String) throws -> [Int] = { text in
        try TableWords.parts(text).map { try ByteCount.parse($0, in: 2...128) }
    }

    /// `1,0.5,0` and `100%,50%,0%`, in percent.
    static let hitPercents: @Sendable (String) throws -> [Int] = { text in
        try TableWords.parts(text).map { part in
            let share =
                try part.hasSuffix("%")
                ? Real.parsePercentage(part, in: 0...100) : Real.parse(part, in: 0...1)
            let percent = (share * 100).rounded()
            guard abs(percent - share * 100) < 1e-6 else {
                throw QuantityError("'\(part)' is no whole percentage", remedy: "write 0.5 or 50%")
            }
            return Int(percent)
        }
    }

    /// `min`, `max`, `min,max`
    static let loads: @Sendable (String) throws -> [LoadPoint] = { text in
        try TableWords.parts(text).map { part in
            guard let load = LoadPoint(rawValue: String(part)) else {
                throw QuantityError("'\(part)' is no load", remedy: "write min, max or min,max")
            }
            return load
        }
    }

    static let pattern: @Sendable (String) throws -> AccessPattern = { text in
        guard let pattern = AccessPattern(text) else {
            throw QuantityError(
                "'\(text)' says not which keys", remedy: "write uniform, zipf:0.99 or hot:90/10")
        }
        return pattern
    }

    static let temperature: @Sendable (String) throws -> Temperature = { text in
        guard let temperature = Temperature(rawValue: text) else {
            throw QuantityError("'\(text)' is no temperature", remedy: "write hot or cold")
        }
        return temperature
    }

    private static func parts(_ text: String) -> [Substring] {
        text.split(separator: ",", omittingEmptySubsequences: false)
    }
}
