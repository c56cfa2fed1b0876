// What error replies mean to a measurement. They are cheap, so a rate that they are part of is a
// rate of something else; whoever wants to measure them says so.

/// What `--on-errors` takes.
public enum ErrorPolicy: String, Hashable, Sendable, CaseIterable {
    /// The first error reply ends the burst (`LoadFailure.Reason.errorReply`), as in
    /// redis-benchmark and valkey-benchmark.
    case stop
    /// Errors are counted to the end, and the measurement is invalid: the default.
    case invalid
    /// Errors are counted and warned of: they are what is measured.
    case ignore
}
