// Which thread does what.
import Keyspaces

public enum ThreadModel: Equatable, Sendable, CustomStringConvertible {
    /// One thread does everything.
    case single
    /// One thread executes, N others read, parse and write (Valkey 8).
    case io(Int)
    /// N threads with connections of their own execute on one keyspace, one at a time (KeyDB).
    case globalLock(Int)
    /// N threads with connections and a part of the keys of their own (Dragonfly).
    case sharded(Int)
    /// N threads with connections of their own execute on one store at once (Garnet).
    case lockFree(Int)

    /// As real servers: 16 threads with the executing one.
    private static let ioThreads = 1...15
    /// KeyDB has room for as many event loops.
    private static let threads = 1...16

    /// What `init` takes, in words.
    static let range =
        "single, io:N with N from 1 to \(ioThreads.upperBound), or sharded:N, global-lock:N or"
        + " lock-free:N from 1 to \(threads.upperBound)"

    /// nil for what is none.
    init?(_ text: String) {
        let words = text.split(separator: ":", omittingEmptySubsequences: false)
        guard words.count == 2, let count = Int(words[1]), !words[1].hasPrefix("+") else {
            guard text == "single" else { return nil }
            self = .single
            return
        }
        switch words[0] {
        case "io" where Self.ioThreads.contains(count): self = .io(count)
        case "sharded" where Self.threads.contains(count): self = .sharded(count)
        case "global-lock" where Self.threads.contains(count): self = .globalLock(count)
        case "lock-free" where Self.threads.contains(count): self = .lockFree(count)
        default: return nil
        }
    }

    public var description: String {
        switch self {
        case .single: "single"
        case .io(let count): "io:\(count)"
        case .globalLock(let count): "global-lock:\(count)"
        case .sharded(let count): "sharded:\(count)"
        case .lockFree(let count): "lock-free:\(count)"
        }
    }

    /// Threads with an engine each; 0 where one has all.
    var engines: Int {
        switch self {
        case .single, .io, .globalLock: 0
        case .sharded(let count), .lockFree(let count): count
        }
    }

    /// The engines execute on one store.
    var isConcurrent: Bool { if case .lockFree = self { true } else { false } }

    /// Why a server so configured cannot have this model: tables and modes of which the threads
    /// would need one and the same.
    func fault(_ configuration: ServerConfiguration) -> ConfigurationError? {
        switch self {
        case .single, .io, .globalLock: nil
        case .sharded: shardFault(configuration)
        case .lockFree: storeFault(configuration)
        }
    }

    private static let remedy = "use threads=single, io:N or global-lock:N"

    private func shardFault(_ configuration: ServerConfiguration) -> ConfigurationError? {
        let remedy = Self.remedy
        if case .foreign = configuration.table {
            return ConfigurationError(
                "threads=\(self) has a table for each shard, and \(configuration.table.label) may"
                    + " be there once; \(remedy)")
        }
        if configuration.keyspace.cluster {
            return ConfigurationError(
                "threads=\(self) has shards of its own and no cluster mode; \(remedy), or leave"
                    + " cluster out")
        }
        return nil
    }

    /// Of what several threads can execute on at once there is one table.
    private func storeFault(_ configuration: ServerConfiguration) -> ConfigurationError? {
        let remedy = Self.remedy
        if configuration.table != .tsavorite {
            return ConfigurationError(
                "threads=\(self) is for the table tsavorite, which several threads can execute on"
                    + " at once, and not for \(configuration.table.label); use that, or"
                    + " threads=single, io:N or global-lock:N")
        }
        if configuration.keyspace.cluster {
            return ConfigurationError(
                "threads=\(self) has no cluster mode; \(remedy), or leave cluster out")
        }
        if configuration.keyspace.eviction != .noeviction {
            return ConfigurationError(
                "threads=\(self) evicts nothing; \(remedy), or leave policy out")
        }
        return nil
    }
}
