// One load from several hosts: each has its share of the workers, and a worker does not know whose
// it is.
//
//     host            0           1           2
//     worker     0   1   2   3   4   5   6   7      of 8, wherever they are
//
// A worker's stream, its connections, its part of a number of requests and its schedule follow from
// its place among all workers. So three hosts together send what one with all of the workers would
// have sent, request for request.

extension WorkerPlace {
    /// The places of a host's workers among those of all hosts.
    /// - Parameters:
    ///   - host: which host of how many.
    ///   - threads: that each host has.
    ///   - connections: of all hosts; a worker without one would only wait.
    public static func places(
        on host: WorkerPlace, threads: Int, connections: Int
    ) -> [WorkerPlace] {
        let (product, overflow) = threads.multipliedReportingOverflow(by: host.count)
        let all = min(overflow ? .max : product, connections)
        return host.part(of: UInt64(all)).map { WorkerPlace(index: Int($0), count: all) }
    }
}
