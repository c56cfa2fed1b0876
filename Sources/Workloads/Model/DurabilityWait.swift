// A wait for the point at which a write is durable: `WAIT replicas ms`, for so many replicas that
// have it, or `WAITAOF local replicas ms`, for so many append-only files that have it on disk.
//
// It is sent right behind its write on the same connection, for a server waits for what that
// connection wrote. The two are one operation: its latency ends with the reply to the wait.

public struct DurabilityWait: Sendable, Equatable, CustomStringConvertible {
    /// Whether the server's own append-only file must have it, 0 or 1; nil of WAIT, which does not
    /// ask.
    public var local: Int?
    public var replicas: Int
    /// After which the server answers with what was reached until then.
    public var milliseconds: Int

    /// Below what a load takes for a server that hangs (`LoadOptions.stallNanoseconds`).
    private static let longest = 20_000
    /// More than anybody has.
    private static let mostReplicas = 100

    public init(local: Int? = nil, replicas: Int, milliseconds: Int) {
        self.local = local
        self.replicas = replicas
        self.milliseconds = milliseconds
    }

    public var verb: String { local == nil ? "WAIT" : "WAITAOF" }

    /// As sent.
    public var words: [String] {
        [verb] + [local, replicas, milliseconds].compactMap(\.self).map { "\($0)" }
    }

    public var description: String { words.joined(separator: " ") }

    /// Words separated by spaces.
    public static func parse(_ text: String) -> Result<Self, CommandTemplate.SpellingError> {
        let words = text.split(separator: " ")
        let numbers = words.dropFirst().compactMap { Int($0) }
        let verb = words.first?.uppercased() ?? ""
        var wait: Self?
        if verb == "WAIT" && numbers.count == 2 {
            wait = Self(replicas: numbers[0], milliseconds: numbers[1])
        } else if verb == "WAITAOF" && numbers.count == 3 {
            wait = Self(local: numbers[0], replicas: numbers[1], milliseconds: numbers[2])
        }
        guard let wait, numbers.count == words.count - 1 else {
            return .failure(
                CommandTemplate.SpellingError(
                    problem: "`\(text)` is no wait for durability",
                    remedy: "write `WAIT replicas ms` or `WAITAOF local replicas ms`, such as "
                        + "`WAIT 1 1000`"))
        }
        let isPossible =
            (0...1).contains(wait.local ?? 0) && (0...mostReplicas).contains(wait.replicas)
            && (wait.local ?? 0) + wait.replicas > 0 && (1...longest).contains(wait.milliseconds)
        guard isPossible else {
            return .failure(
                CommandTemplate.SpellingError(
                    problem: "`\(text)` waits for nothing, for too much, or without an end",
                    remedy: "use 0 or 1 of the own file, up to \(mostReplicas) replicas, one of "
                        + "both at least, and 1 to \(longest) ms"))
        }
        return .success(wait)
    }
}

extension Workload {
    /// What is waited for, of all loads.
    public var waits: [DurabilityWait] { allOperations.compactMap(\.wait) }

    /// The same writes, for which nobody waits.
    public func withoutWaits() -> Workload {
        var plain = self
        for index in plain.operations.indices { plain.operations[index].wait = nil }
        for index in plain.overlays.indices {
            for place in plain.overlays[index].operations.indices {
                plain.overlays[index].operations[place].wait = nil
            }
        }
        plain.load.replicas = 0
        return plain
    }
}
