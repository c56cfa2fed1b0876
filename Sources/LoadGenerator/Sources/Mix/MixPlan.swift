// A mix of commands over one range of keys: what `--mix` and its companions say.
import Distributions
import RESP

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
    public var distribution = KeyDistribution.uniform
    /// Bytes of a key, `key:` included: a function of the key. 16 is valkey-benchmark's.
    public var keySizes: [SizeSegment] = [.constant(16, 0, 1)]
    /// Bytes of a value: drawn for every write.
    public var valueSizes: [SizeSegment]
    /// Seconds that written entries live; 0 for ever.
    public var ttlSeconds = 0

    static let prefix = Array("key:".utf8)

    /// Commands that a mix can hold, and whether they write a value.
    static let known: [String: Bool] = [
        "get": false, "set": true, "del": false, "unlink": false, "exists": false,
        "strlen": false, "touch": false, "ttl": false, "getdel": false, "append": true,
        "getset": true, "setnx": true,
    ]

    /// What a weight may be: far wider than shares that a run can tell apart, far from overflow.
    private static let weights = 1e-9...1e9

    /// - Parameter text: `get=80,set=18,del=2`.
    public init(_ text: String, keys: UInt64, valueSizes: [SizeSegment]) throws(MixProblem) {
        var commands: [Command] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: "=")
            guard words.count == 2, let weight = Double(words[1]),
                Self.weights.contains(weight)
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
            CommandLabel($0.name.uppercased(), nullIsMiss: ["get", "getdel"].contains($0.name))
        }
    }

    /// Whether it asks for keys that must be there, if it is to find them.
    public var readsKeys: Bool { commands.contains { Self.known[$0.name] == false } }
    /// Whether it writes values, and whether what it writes can expire (SET alone takes an expiry).
    public var writesValues: Bool { commands.contains { Self.known[$0.name] == true } }
    public var writesExpiring: Bool { commands.contains { $0.name == "set" } }

    /// What `--key-dist` says.
    public static func distribution(_ text: String) throws(MixProblem) -> KeyDistribution {
        if let distribution = KeyDistribution(text) { return distribution }
        throw MixProblem(
            "'\(text)' is no distribution of keys",
            "write uniform, zipf:0.99, zipf:EXPONENT,OFFSET, hot:90/10 (90 % of the requests on "
                + "10 % of the keys), sequential or gaussian")
    }

    /// Throws when some key would not hold its number.
    public func check() throws(MixProblem) {
        let needed = Self.prefix.count + Decimal.length(keys - 1)
        let table = SizeTable(keySizes)
        guard Int(table.smallest.rounded()) >= needed else {
            throw MixProblem(
                "keys of \(Int(table.smallest.rounded())) bytes cannot tell \(keys) keys apart",
                "make them \(needed) bytes or more, or lower -r")
        }
    }

    /// Share of each command, in percent.
    public var shares: [Double] {
        let total = commands.reduce(0) { $0 + $1.weight }
        return commands.map { $0.weight / total }
    }

    /// Means of the distributions asked for, in bytes.
    public var meanKeySize: Double { SizeTable(keySizes).mean }
    public var meanValueSize: Double { SizeTable(valueSizes).mean }
}
