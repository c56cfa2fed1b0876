// A mix of commands over one range of keys: what `--mix` and its companions say, as the workload
// that they stand for.
//
//     get=80,set=18,del=2  ─►  operations GET, SET, DEL by weight
//     -r 1000              ─►  keyspace of `key:000000000000` … `key:000000000999`
//
// From there on it is a workload like any other: one generator draws it, one encoder writes it, and
// a key's value is known, so that replies can be held against it.
import Distributions
import Quantities
import RESP
import Workloads

public struct MixPlan: Sendable {
    public struct Command: Hashable, Sendable {
        public var name: String
        /// Relative to the others.
        public var weight: Double

        public init(name: String, weight: Double) {
            self.name = name
            self.weight = weight
        }
    }

    public var commands: [Command]
    /// Keys there are, numbered from 0.
    public var keys: UInt64
    public var popularity = Popularity.uniform
    /// Bytes of a key, `key:` included: a function of the key. 16 is valkey-benchmark's.
    public var keySizes = Distribution.constant(16)
    /// Bytes of a value: drawn for every write.
    public var valueSizes: Distribution
    /// Seconds that written entries live; 0 for ever.
    public var ttlSeconds = 0

    private static let prefix = "key:"

    /// Commands that a mix can hold, and whether they write a value.
    static let known: [String: Bool] = [
        "get": false, "set": true, "del": false, "unlink": false, "exists": false,
        "strlen": false, "touch": false, "ttl": false, "getdel": false, "append": true,
        "getset": true, "setnx": true,
    ]

    /// What a weight may be: far wider than shares that a run can tell apart, far from overflow.
    private static let weights = 1e-9...1e9

    /// - Parameter text: `get=80,set=18,del=2`.
    public init(_ text: String, keys: UInt64, valueSizes: Distribution) throws(MixProblem) {
        var commands: [Command] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: "=")
            guard words.count == 2, let weight = try? Real.parse(words[1], in: Self.weights)
            else {
                throw MixProblem("'\(part)' is no share of a mix", "write get=80,set=18,del=2")
            }
            let name = words[0].lowercased()
            guard Self.known[name] != nil else {
                throw MixProblem(
                    "a mix cannot hold '\(name)'",
                    "use \(Self.known.keys.sorted().joined(separator: ", "))")
            }
            guard !commands.contains(where: { $0.name == name }) else {
                throw MixProblem("the mix names '\(name)' twice", "add its shares up")
            }
            commands.append(Command(name: name, weight: weight))
        }
        self.commands = commands
        self.keys = keys
        self.valueSizes = valueSizes
    }

    public var labels: [CommandLabel] {
        commands.map {
            CommandLabel($0.name.uppercased(), nullIsMiss: template($0.name).nullIsMiss)
        }
    }

    /// Whether it asks for keys that must be there, if it is to find them.
    public var readsKeys: Bool { commands.contains { Self.known[$0.name] == false } }
    /// Whether it writes values, and whether what it writes can expire (SET alone takes an expiry).
    public var writesValues: Bool { commands.contains { Self.known[$0.name] == true } }
    public var writesExpiring: Bool { commands.contains { $0.name == "set" } }

    /// What `--key-dist` says.
    public static func popularity(_ text: String) throws(MixProblem) -> Popularity {
        if let popularity = Popularity(word: text) { return popularity }
        throw MixProblem(
            "'\(text)' is no distribution of keys",
            "write uniform, zipf:0.99, zipf:EXPONENT,OFFSET, hot:90/10 (90 % of the requests on "
                + "10 % of the keys), sequential or gaussian")
    }

    /// Throws when some key would not hold its number, and what else no workload can be.
    public func check() throws(MixProblem) {
        let needed = Self.prefix.utf8.count + Decimal.length(keys - 1)
        let smallest = Int(keySizes.support.lowerBound.rounded())
        guard smallest >= needed else {
            throw MixProblem(
                "keys of \(smallest) bytes cannot tell \(keys) keys apart",
                "make them \(needed) bytes or more, or lower -r")
        }
        if let finding = workload(seed: 0, populates: true).findings().first {
            throw MixProblem(finding.problem, finding.remedy)
        }
    }

    /// Share of each command, in percent.
    public var shares: [Double] {
        let total = commands.reduce(0) { $0 + $1.weight }
        return commands.map { $0.weight / total }
    }

    /// Means of the distributions asked for, in bytes.
    public var meanKeySize: Double { SizeTable(keySizes.segments).mean }
    public var meanValueSize: Double { SizeTable(valueSizes.segments).mean }

    // MARK: the workload

    /// Of one key, no part is more popular than another.
    var drawnPopularity: Popularity { keys > 1 ? popularity : .uniform }

    /// - Parameters:
    ///   - seed: of the run: which keys are popular, and how long each is.
    ///   - populates: whether it writes every key once before.
    public func workload(seed: UInt64, populates: Bool) -> Workload {
        var space = KeyspaceSpec(keys: keys, keySize: SizeSpec(keySizes))
        space.prefix = Self.prefix
        space.popularity = drawnPopularity
        space.seed = seed
        if writesValues || populates { space.valueSize = SizeSpec(valueSizes, binding: .write) }
        let operations = commands.map {
            OperationSpec(
                name: $0.name.uppercased(), command: template($0.name), weight: $0.weight)
        }
        let fill = PhaseSpec.prefill(
            command: template("set"), pipeline: PhaseSpec.defaultPrefillPipeline)
        // How long it takes is the run's to say.
        let load = PhaseSpec.measure(.milliseconds(1))
        return Workload(
            name: "mix", keyspaces: [space], operations: operations,
            phases: populates ? [fill, load] : [load])
    }

    /// - Throws: what `check` finds as well.
    public func compiled(
        seed: UInt64, populates: Bool
    ) throws(WorkloadProblems) -> CompiledWorkload {
        try CompiledWorkload(workload(seed: seed, populates: populates))
    }

    /// A life of any length stands in the command: what servers take is longer than workload files
    /// have use for.
    private func template(_ name: String) -> CommandTemplate {
        func word(_ text: String) -> CommandTemplate.Argument { .literal(Array(text.utf8)) }
        var arguments = [word(name.uppercased()), .key]
        if Self.known[name] == true { arguments.append(.value) }
        if name == "set" && ttlSeconds > 0 { arguments += [word("EX"), word("\(ttlSeconds)")] }
        return CommandTemplate(arguments)
    }
}
