// What a bench run takes of this machine, estimated before any of it is taken: a run that ends in
// the kernel's out-of-memory killer, or at the thousandth connection, tells nobody anything.
import LinuxSystem
import LoadGenerator
import Quantities
import Targets

public enum BenchNeeds {
    /// Files, event loops and timers beside the connections: a dozen, and two for each thread.
    private static let spareDescriptors = 32
    /// Notes about a request that a connection keeps beside its bytes (`RequestBatch`, `OpenLoop`).
    private static let noteBytes = 17.0
    /// Of an entry beside its key and value, in the leanest of servers.
    private static let entryBytes = 40.0
    /// A value exists as such, in its request, in its template and in a batch.
    private static let valueCopies = 4.0
    /// More than any machine has; above it, numbers say nothing.
    private static let mostBytes = 1e15

    /// Whether values of so many bytes can be made at all.
    public static func check(valueBytes: Int) throws(TargetError) {
        try check(
            Double(valueBytes) * valueCopies, "values of \(valueBytes) bytes", "lower -d")
    }

    /// Whether there are descriptors and memory for all connections and for a population.
    static func check(_ options: BenchOptions) throws(TargetError) {
        let descriptors = options.connections + 2 * options.threads + spareDescriptors
        let limit = Socket.raiseDescriptorLimit(to: descriptors)
        guard descriptors <= limit else {
            throw TargetError(
                "\(options.connections) connections need \(descriptors) descriptors, and the limit "
                    + "is \(limit)", remedy: "use fewer connections (-c), or raise `ulimit -n`")
        }
        let request = options.works.map(batchBytes).max() ?? 0
        var batches = Double(options.connections)
        if case .requests(let count) = options.limit {
            batches = min(batches, (Double(count) / Double(options.pipeline)).rounded(.up))
        }
        try check(
            request * Double(options.pipeline) * batches,
            "\(options.connections) connections with \(options.pipeline) requests each",
            "lower -c, -P or -d")
        if options.populates, options.endpoint.address.isLocal {
            let keys = options.range ?? 1
            try check(
                Double(keys) * (valueBytes(options) + entryBytes), "a server with \(keys) keys",
                "lower -r or -d")
        }
    }

    /// The most elements that are put into a collection: those that a quarter of the free memory
    /// holds, and never more than any test of a minute takes out.
    static func mostElements(valueBytes: Int) -> UInt64 {
        guard let available = HostAccounting.availableBytes() else { return UInt64(mostTaken) }
        let fitting = Double(available) / 4 / (Double(valueBytes) + entryBytes)
        return UInt64(min(max(fitting, 1), mostTaken))
    }

    /// A million a second for a minute.
    private static let mostTaken = 60e6

    /// Bytes of one sequence of requests in a connection's batch.
    private static func batchBytes(_ work: BenchWork) -> Double {
        switch work {
        case .test(let test):
            Double(test.template.bytes.count) + noteBytes * Double(test.template.order.count)
        case .mix(let plan): plan.meanKeySize + plan.meanValueSize + noteBytes
        case .dataset: noteBytes
        }
    }

    private static func valueBytes(_ options: BenchOptions) -> Double {
        if case .mix(let plan)? = options.works.first {
            return plan.meanKeySize + plan.meanValueSize
        }
        return Double(options.dataBytes)
    }

    private static func check(
        _ bytes: Double, _ what: String, _ remedy: String
    ) throws(TargetError) {
        guard let available = HostAccounting.availableBytes(), bytes > Double(available) else {
            return
        }
        func text(_ bytes: Double) -> String {
            let most = ByteCount.text(min(bytes, Self.mostBytes))
            return bytes < Self.mostBytes ? most : "far more than \(most)"
        }
        throw TargetError(
            "\(what) need \(text(bytes)) of memory, and \(text(Double(available))) are available",
            remedy: remedy)
    }
}

extension SocketAddress {
    /// Of this machine, as far as its spelling tells.
    var isLocal: Bool {
        switch self {
        case .unix: true
        case .tcp(let host, _): host.hasPrefix("127.") || host == "localhost" || host == "::1"
        }
    }
}
