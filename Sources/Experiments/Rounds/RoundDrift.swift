// Whether the servers of a cell were in a steady state: how their CPU time per operation changed
// from the earlier to the later half of its slices.
import Quantities
import RunRecord
import Statistics

public enum RoundDrift {
    /// A server whose CPU time per operation changed by more than this against the others was not
    /// in a steady state yet. Rounds of equal servers show half of it.
    static let limit = 0.1
    /// Fewer slices than this in a half say little.
    private static let leastSlices = 8

    /// Of each server against the others, as a share; nil where that cannot be told.
    /// - Parameter slices: of each server, the same number in the same order.
    public static func own(_ slices: [[RunRecord.Slice]]) -> [Double?] {
        var drifts: [Double?] = slices.map { _ in nil }
        let (servers, passes) = complete(slices)
        guard servers.count > 1, passes.count >= 2 * leastSlices else { return drifts }
        for (server, drift) in zip(servers, AlternatedReadings.ownDrift(passes)) {
            drifts[server] = drift
        }
        return drifts
    }

    /// Of all servers together, as a share.
    public static func common(_ slices: [[RunRecord.Slice]]) -> Double? {
        let passes = complete(slices).passes
        return passes.count >= 2 * leastSlices ? AlternatedReadings.commonDrift(passes) : nil
    }

    /// Servers whose CPU time can be read, and the passes in which all of these have a reading.
    private static func complete(
        _ slices: [[RunRecord.Slice]]
    ) -> (servers: [Int], passes: [[Double]]) {
        let readings = slices.map { $0.map(cpuPerOperation) }
        let servers = readings.indices.filter { readings[$0].contains { $0 != nil } }
        let count = servers.map { readings[$0].count }.min() ?? 0
        let passes = (0..<count).compactMap { pass -> [Double]? in
            let values = servers.compactMap { readings[$0][pass] }
            return values.count == servers.count ? values : nil
        }
        return (servers, passes)
    }

    private static func cpuPerOperation(_ slice: RunRecord.Slice) -> Double? {
        guard let time = slice.serverCPUNanoseconds, time > 0, slice.ops > 0 else { return nil }
        return Double(time) / Double(slice.ops)
    }
}

/// Rounds in which all servers drifted together.
struct CommonDrift {
    private var rounds = 0
    private var drifting = 0
    private var largest = 0.0

    mutating func add(_ drift: Double?) {
        rounds += 1
        guard let drift, abs(drift) > RoundDrift.limit else { return }
        drifting += 1
        largest = max(largest, abs(drift))
    }

    func warn(_ recorder: Recorder) {
        guard drifting > 0 else { return }
        recorder.warn(
            "in \(drifting) of \(rounds) stretches of load server CPU per operation drifted, of "
                + "all servers together, by up to \(largest.percent(0))",
            remedy: "effects compare servers that took turns and stand; for steadier figures use a "
                + "quieter machine or a longer warm-up")
    }
}
