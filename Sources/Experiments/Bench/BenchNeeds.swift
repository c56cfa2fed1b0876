// What a bench run takes of this machine, estimated before any of it is taken: a run that ends in
// the kernel's out-of-memory killer, or at the thousandth connection, tells nobody anything.
import LinuxSystem
import LoadGenerator
import Targets

public enum BenchNeeds {
    /// Files, event loops and timers beside the connections: a dozen, and two for each thread.
    private static let spareDescriptors = 32
    /// Notes about a request that a connection keeps beside its bytes (`RequestBatch`, `OpenLoop`).
    private static let noteBytes = 17.0
    /// Of an element of a collection beside its value: more than most servers take.
    private static let elementBytes = 40.0
    /// `key:%012d`.
    private static let keyBytes = 16.0
    /// A value exists as such, in its request, in its template and in a batch.
    private static let valueCopies = 4.0

    /// Whether values of so many bytes can be made at all.
    public static func check(valueBytes: Int) throws(TargetError) {
        try MemoryNeeds.check(
            Double(valueBytes) * valueCopies, "values of \(valueBytes) bytes", "lower -d")
    }

    /// Whether there are descriptors and memory for all connections and for a population.
    /// - Parameters:
    ///   - isHere: whether the server takes its memory of this machine.
    ///   - nodes: that each client has a connection to.
    static func check(
        _ options: BenchOptions, isHere: Bool, nodes: Int = 1
    ) throws(TargetError) {
        let descriptors = options.connections * nodes + 2 * options.threads + spareDescriptors
        let limit = Socket.raiseDescriptorLimit(to: descriptors)
        guard descriptors <= limit else {
            throw TargetError(
                "\(options.connections * nodes) connections need \(descriptors) descriptors, "
                    + "and the limit is \(limit)",
                remedy: "use fewer connections (-c), or raise `ulimit -n`")
        }
        let request = options.works.map(batchBytes).max() ?? 0
        var batches = Double(options.connections)
        if case .requests(let count) = options.limit {
            batches = min(batches, (Double(count) / Double(options.pipeline)).rounded(.up))
        }
        try MemoryNeeds.check(
            request * Double(options.pipeline) * batches,
            "\(options.connections) connections with \(options.pipeline) requests each",
            "lower -c, -P or -d")
        if options.populates, isHere {
            let keys = options.range ?? 1
            try MemoryNeeds.check(
                Double(keys) * (entryBytes(options) + MemoryNeeds.entryBytes),
                "a server with \(keys) keys", "lower -r or -d", options.placement)
        }
    }

    /// The most elements that are put into a collection: those that a quarter of the free memory
    /// holds, and never more than any test of a minute takes out.
    static func mostElements(valueBytes: Int) -> UInt64 {
        guard let available = HostAccounting.availableBytes() else { return UInt64(mostTaken) }
        let fitting = Double(available) / 4 / (Double(valueBytes) + elementBytes)
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
        case .dataset, .handshakes: noteBytes
        }
    }

    /// Key and value of an entry of the population.
    private static func entryBytes(_ options: BenchOptions) -> Double {
        if case .mix(let plan)? = options.works.first {
            return plan.meanKeySize + plan.meanValueSize
        }
        return keyBytes + Double(options.dataBytes)
    }
}
