// What a round's sums say: the readings of its server.
import Quantities

extension RunRecord.Totals {
    /// Sums of slices of one server that followed one another.
    public init(of slices: [RunRecord.Slice]) {
        self.init(
            ops: slices.reduce(0) { $0.saturatingSum($1.ops) },
            nanoseconds: slices.reduce(0) { $0.saturatingSum($1.durationNanoseconds ?? 0) })
        func sum(_ time: KeyPath<RunRecord.Slice, Int?>) -> Int? {
            let times = slices.compactMap { $0[keyPath: time] }
            return times.isEmpty ? nil : times.reduce(0) { $0.saturatingSum($1) }
        }
        serverCPUNanoseconds = sum(\.serverCPUNanoseconds)
        clientCPUNanoseconds = sum(\.clientCPUNanoseconds)
    }

    /// In operations per second of the time that the machine left.
    public var throughput: Double? {
        let time = nanoseconds - machineNanoseconds
        return ops > 0 && time > 0 ? Double(ops) * Nanoseconds.perSecond / Double(time) : nil
    }
    /// In ns per operation.
    public var serverCPU: Double? { perOperation(serverCPUNanoseconds) }
    public var clientCPU: Double? { perOperation(clientCPUNanoseconds) }
    /// Share of the time under load, 0 … 1.
    public var stallShare: Double? {
        nanoseconds > 0 ? Double(stallNanoseconds) / Double(nanoseconds) : nil
    }

    private func perOperation(_ time: Int?) -> Double? {
        guard let time, ops > 0 else { return nil }
        return Double(time) / Double(ops)
    }
}
