// How long a plan will probably take, for the time that progress says is left: orders of magnitude,
// which the first measurements correct.

extension BenchPlan {
    /// Of one operation on tables around the last level of the caches, in s.
    private static let secondsPerOperation = 150e-9
    /// Of one entry that a walk over all of them meets.
    private static let secondsPerStep = 10e-9
    /// Callgrind's slowdown.
    private static let simulatedSlowdown = 50.0

    /// Of all that is timed, in s.
    public var expectedSeconds: Double { parts.reduce(0, +) }

    /// By size, then the curve and the growth of all tables, in s.
    var parts: [Double] {
        let sizes = entries.map { fillSeconds($0) + operationSeconds($0) }
        let curve = Self.seconds(curveEntries, tables.count)
        // Several times up to twice as many.
        let growth = Self.seconds(8 * growthEntries, tables.count)
        return sizes + [curve, growth]
    }

    /// Fills of one size: small tables are filled again and again; at a million entries growth
    /// averages out.
    func fills(_ entries: Int) -> Int { entries <= 250_000 ? min(repeats, 5) : 1 }

    /// The parts of one size: its fills, and the operations on what was filled.
    func spanWeights(_ entries: Int) -> [Double] {
        [fillSeconds(entries), operationSeconds(entries)]
    }

    private func fillSeconds(_ entries: Int) -> Double {
        Self.seconds(fills(entries) * entries, tables.count)
    }

    private func operationSeconds(_ entries: Int) -> Double {
        let slices = operations.count * (repeats + 1)
        let walks = Double(repeats(of: .iterate, max(entries, 1)) * entries) * Self.secondsPerStep
        return Self.seconds(slices * Self.sliceOperations, tables.count)
            + walks * Double(tables.count)
    }

    private static func seconds(_ operations: Int, _ tables: Int) -> Double {
        Double(operations) * Double(tables) * secondsPerOperation
    }

    /// Of the same under callgrind, step by step, in s.
    var simulatedParts: [Double] {
        SimulatedBench.steps(self).map { step in
            let isSlice = step.operation.takesKeys && step.operation != .insert
            let count = isSlice ? 2 * Self.sliceOperations : step.entries
            return Double(count) * Self.secondsPerOperation * Self.simulatedSlowdown
        }
    }

    /// Of the same under callgrind, in s.
    public var expectedSimulatedSeconds: Double { simulatedParts.reduce(0, +) }
}
