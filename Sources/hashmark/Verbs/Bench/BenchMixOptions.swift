// The mix of commands that `bench` sends instead of tests: how often each, on which keys, with
// values of which sizes.
import ArgumentParser
import Experiments
import LoadGenerator
import Workloads

struct BenchMixOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: .value("MIX", "Commands by weight instead of tests, as get=80,set=18,del=2."))
    var mix: String?
    @Option(
        parsing: .unconditional,
        help: .value(
            "DISTRIBUTION",
            "Of the keys: uniform, zipf:0.99[,OFFSET], hot:90/10, sequential or gaussian."))
    var keyDist: String?
    @Option(
        parsing: .unconditional,
        help: .value("SIZES", "Bytes of a key, or a distribution such as 16-64."))
    var keySize: String?
    @Option(
        parsing: .unconditional,
        help: .value("SIZES", "Bytes of a value, or a distribution such as 64:0.9,1024:0.1."))
    var valueSize: String?
    @Option(
        parsing: .unconditional,
        help: .value("TIME", "How long written entries live, in s unless a unit follows."),
        transform: NumberOption.life(from: 1))
    var ttl: Int?

    func check() throws {
        guard mix == nil else { return }
        for (name, value) in [
            ("--key-dist", keyDist), ("--key-size", keySize), ("--value-size", valueSize),
        ] where value != nil {
            throw ValidationError("\(name) needs --mix, such as --mix get=80,set=20")
        }
        guard ttl == nil else { throw ValidationError("--ttl needs --mix, such as --mix set=1") }
    }

    /// Nil without a mix.
    func plan(_ options: BenchOptions) throws -> MixPlan? {
        guard let mix else { return nil }
        guard let range = options.range else {
            throw ValidationError("--mix needs -r, the number of keys")
        }
        do throws(MixProblem) {
            let values = try SizeText.parse(valueSize ?? "\(options.dataBytes)")
            var plan = try MixPlan(mix, keys: range, valueSizes: values)
            if let keyDist { plan.popularity = try MixPlan.popularity(keyDist) }
            if let keySize { plan.keySizes = try SizeText.parse(keySize) }
            plan.ttlSeconds = ttl ?? 0
            try plan.check()
            return plan
        } catch {
            throw usage(error)
        }
    }
}
