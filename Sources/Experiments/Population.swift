// Filling a server with exactly N distinct keys, as a phase of its own that is verified.
import LinuxSystem
import LoadGenerator
import Targets

public struct Population: Sendable {
    public var entries: UInt64
    public var keys: KeyFormat
    public var valueBytes: Int
    /// Time to live of every entry; nil: none.
    public var expirySeconds: Int?

    public init(entries: UInt64, keys: KeyFormat, valueBytes: Int, expirySeconds: Int? = nil) {
        self.entries = entries
        self.keys = keys
        self.valueBytes = valueBytes
        self.expirySeconds = expirySeconds
    }

    /// Writes the entries and checks that the database grew by exactly as many keys.
    ///
    /// Ten connections of 64 requests each keep a server busy without long queues.
    /// - Parameter progress: called every 250 ms.
    /// - Throws: TargetError when a write failed or the count is not right (keys that were there
    ///   before, eviction, expiry during the fill).
    @discardableResult
    public func fill(
        _ endpoint: Target.Endpoint, connections: Int = 10, pipeline: Int = 64,
        progress: (LoadProgress) -> Void = { _ in }
    ) throws(TargetError) -> LoadSample {
        guard keys.keyCount.map({ $0 >= entries }) ?? true else {
            throw TargetError(
                "\(entries) keys do not fit \(keys)", remedy: "use longer keys or fewer entries")
        }
        let control = try ControlConnection(to: endpoint)
        let before = try control.databaseSize()
        var options = LoadOptions()
        options.connections = max(1, min(connections, Int(entries)))
        options.pipeline = pipeline
        options.prelude = endpoint.setUp
        let sample: LoadSample
        do throws(LoadFailure) {
            var session = try LoadSession(to: endpoint.address, options) {
                PopulationSource(
                    total: entries, keys: keys, valueBytes: valueBytes,
                    expirySeconds: expirySeconds, $0)
            }
            sample = try session.run(.requests(entries), progress: progress)
        } catch {
            throw TargetError("filling with \(entries) keys failed: \(error)", remedy: "try again")
        }
        if let error = sample.errorKinds.first {
            throw TargetError(
                "\(error.count) of \(entries) writes were refused: \(error.firstText)",
                remedy: "check the server's memory limit and persistence settings")
        }
        let grown = try control.databaseSize() - before
        guard grown == Int(entries) else {
            throw TargetError(
                "the database grew by \(grown) keys and not by \(entries)",
                remedy: "start with an empty database, without eviction and with a longer ttl")
        }
        return sample
    }
}
