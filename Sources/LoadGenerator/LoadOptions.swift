/// How load is put on a server; what is sent is the `RequestSource`'s business.
public struct LoadOptions: Sendable {
    /// Over all workers.
    public var connections = 50
    /// Requests sent before their replies are awaited, per connection.
    public var pipeline = 1
    /// Workers; 1 means the calling thread, more are threads of their own.
    public var threads = 1
    /// A server that sends nothing for this long while requests are outstanding has stalled.
    /// Half a minute is longer than any pause of a server that still works (a fork, a big DEL).
    public var stallNanoseconds: UInt64 = 30_000_000_000
    /// Commands that every connection sends first: AUTH, SELECT, HELLO.
    public var prelude: [[String]] = []
    /// CPUs to pin workers to, in turn; empty leaves them to the scheduler. With one worker the
    /// calling thread is left alone.
    public var cpus: [Int] = []

    public init() {}
}
