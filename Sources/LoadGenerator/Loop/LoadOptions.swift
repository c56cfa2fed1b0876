// What is asked of a load beside its requests.
import Quantities
import Transport

/// How load is put on a server; what is sent is the `RequestSource`'s business.
public struct LoadOptions: Sendable {
    /// Over all workers, of all hosts.
    public var connections = 50
    /// Requests sent before their replies are awaited, per connection.
    public var pipeline = 1
    /// Workers of this host; 1 means the calling thread, more are threads of their own.
    public var threads = 1
    /// Which host this is of those that make the load together.
    public var host = WorkerPlace(index: 0, count: 1)
    /// A server that sends nothing for this long while requests are outstanding has stalled.
    /// Half a minute is longer than any pause of a server that still works (a fork, a big DEL).
    public var stallNanoseconds = Nanoseconds(30, .seconds).count
    /// Commands that every connection sends first: AUTH, SELECT, HELLO.
    public var prelude: [[String]] = []
    /// How connections are encrypted; nil: they are not.
    public var tls: TLSOptions?
    /// CPUs to pin workers to, in turn; empty leaves them to the scheduler. With one worker the
    /// calling thread is left alone.
    public var cpus: [Int] = []

    /// The cluster that the server is a node of: every request then goes to the node that serves
    /// its key's slot, and `connections` are clients of which each has a connection to every node.
    /// Nil: one server.
    public var cluster: ClusterLoad?

    /// False: every batch has a connection of its own, as without HTTP's keep-alive. Connecting
    /// counts in the throughput but not in the latencies, as in valkey-benchmark.
    public var keepsConnections = true
    public var latencyMode = LatencyMode.command
    /// `.stop` ends a burst at its first error reply; the others are for whoever reads the sample.
    public var errorPolicy = ErrorPolicy.invalid

    public init() {}
}

/// What a latency is of.
public enum LatencyMode: String, Sendable, CaseIterable {
    /// Every command, to the wake-up that read its reply.
    case command
    /// Every command of a batch alike, to the wake-up that read the first reply of the batch: what
    /// redis-benchmark and valkey-benchmark print.
    case batch
}
