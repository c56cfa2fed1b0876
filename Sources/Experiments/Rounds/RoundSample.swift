// From the slices of a round to one sample per server: what the round says of its throughput and of
// the CPU time of an operation, with the machine's drift taken out (AlternatedReadings), and whether
// the servers were in a steady state.
import RunRecord
import Statistics

public struct RoundSample: Sendable {
    /// Operations per second.
    public var throughput: Double?
    /// In ns per operation; nil where the server's process cannot be read.
    public var serverCPU: Double?
    public var clientCPU: Double?
    /// How much this server's CPU time per operation changed against that of the others from the
    /// earlier to the later half of the round, as a share.
    public var drift: Double?

    /// The samples of one round's servers.
    /// - Parameter slices: of each server, the same number in the same order.
    public static func samples(_ slices: [[RunRecord.Slice]]) -> [RoundSample] {
        var samples = slices.map { _ in RoundSample() }
        func fill(
            _ field: WritableKeyPath<RoundSample, Double?>, _ reading: (RunRecord.Slice) -> Double?
        ) {
            let (servers, passes) = complete(slices, reading)
            for (server, level) in zip(servers, AlternatedReadings.levels(passes)) {
                samples[server][keyPath: field] = level
            }
        }
        fill(\.throughput, throughput)
        fill(\.serverCPU, serverCPU)
        fill(\.clientCPU, clientCPU)
        let (servers, passes) = complete(slices, serverCPU)
        if servers.count > 1 {
            for (server, drift) in zip(servers, AlternatedReadings.ownDrift(passes)) {
                samples[server].drift = drift
            }
        }
        return samples
    }

    /// How much the CPU time per operation of all servers together changed from the earlier to the
    /// later half of the round, as a share.
    public static func commonDrift(_ slices: [[RunRecord.Slice]]) -> Double? {
        AlternatedReadings.commonDrift(complete(slices, serverCPU).passes)
    }

    /// Servers that have the reading at all, and the passes in which all of these have it.
    private static func complete(
        _ slices: [[RunRecord.Slice]], _ reading: (RunRecord.Slice) -> Double?
    ) -> (servers: [Int], passes: [[Double]]) {
        let readings = slices.map { $0.map { reading($0).flatMap { $0 > 0 ? $0 : nil } } }
        let servers = readings.indices.filter { readings[$0].contains { $0 != nil } }
        let count = servers.map { readings[$0].count }.min() ?? 0
        let passes = (0..<count).compactMap { pass -> [Double]? in
            let values = servers.compactMap { readings[$0][pass] }
            return values.count == servers.count ? values : nil
        }
        return (servers, passes)
    }

    private static func throughput(_ slice: RunRecord.Slice) -> Double? {
        slice.durationNanoseconds.flatMap { $0 > 0 ? Double(slice.ops) * 1e9 / Double($0) : nil }
    }

    private static func serverCPU(_ slice: RunRecord.Slice) -> Double? {
        perOperation(slice.serverCPUNanoseconds, slice)
    }

    private static func clientCPU(_ slice: RunRecord.Slice) -> Double? {
        perOperation(slice.clientCPUNanoseconds, slice)
    }

    private static func perOperation(_ time: Int?, _ slice: RunRecord.Slice) -> Double? {
        guard let time, slice.ops > 0 else { return nil }
        return Double(time) / Double(slice.ops)
    }
}
