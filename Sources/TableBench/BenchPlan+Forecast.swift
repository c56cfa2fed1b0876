// How long a plan will probably take, for the time that progress says is left: orders of magnitude,
// which the first measurements correct; and how much memory it may.
import LinuxSystem

extension BenchPlan {
    /// Of one operation on tables around the last level of the caches, in s.
    private static let secondsPerOperation = 150e-9
    /// Of one entry that a walk over all of them meets.
    private static let secondsPerStep = 10e-9
    /// Of one look-up that warms up: spelled, and run in a batch.
    private static let secondsPerWarmUp = 100e-9
    /// Of one byte that is read to displace caches.
    private static let secondsPerByte = 0.15e-9
    /// Callgrind's slowdown.
    private static let simulatedSlowdown = 50.0
    /// Headers, pointers and buckets, give or take a table.
    private static let bytesBesides = 70

    /// Of an entry with the largest of the keys, in a table of some design.
    public var bytesPerEntry: Int { Self.bytesBesides + (keySizes.max() ?? 0) + valueSize }

    /// What all tables together may take: what was allowed, else three quarters of what is there,
    /// and never more than that. A table that does not fit is worth a line, not the end of the
    /// process.
    /// - Parameter asked: in bytes.
    public static func memoryLimit(asked: Int?) -> Int {
        let available = HostAccounting.availableBytes() ?? .max
        return asked.map { min($0, available) } ?? available / 4 * 3
    }

    /// Of all that is timed, in s.
    public var expectedSeconds: Double { parts.reduce(0, +) }

    /// By place, then for each size of keys the curve and the growth of all tables, in s.
    var parts: [Double] {
        let sizes = places.map { spanWeights($0).reduce(0, +) }
        let curve = Self.seconds(curveEntries, tables.count)
        // Filled and doubled for each pass, and once more to find where they grow.
        let growth = Self.seconds(2 * (GrowthBench.passes + 1) * growthEntries, tables.count)
        return sizes + keySizes.flatMap { _ in [curve, growth] }
    }

    /// Fills of one place: as many as an interval needs, but for tables that take seconds; by then
    /// growth averages out.
    func fills(_ place: BenchPlace) -> Int {
        place.entries <= 250_000 ? repeats : place.entries <= 2_000_000 ? min(repeats, 6) : 1
    }

    /// The parts of one place: its fills, and the operations on what was filled.
    func spanWeights(_ place: BenchPlace) -> [Double] {
        [fillSeconds(place), operationSeconds(place)]
    }

    private func fillSeconds(_ place: BenchPlace) -> Double {
        // Where a table grows is looked for first, in tables of their own.
        let searches = place.load == nil ? 0 : 3
        return Self.seconds((fills(place) + searches) * mostEntries(place), tables.count)
    }

    private func operationSeconds(_ place: BenchPlace) -> Double {
        let entries = max(mostEntries(place), 1)
        let isHot = temperature == .hot
        let measured = stages.flatMap(\.operations).count * repeats
        let slices = measured * (isHot ? 2 : 1) * steps(entries)
        let bytes = entries * (place.keySize + valueSize + Self.bytesBesides)
        let warmUps = isHot ? stages.count * repeats * warmUp(entries, bytes: bytes) : 0
        let displaced = isHot ? 0 : measured * CacheDisplacer.bytes(lastLevel: lastLevelBytes)
        let walks = repeats(of: .iterate, entries) * entries
        let replaced = 2 * entries * (turnovers.max() ?? 0)
        let warming = Double(warmUps) * Self.secondsPerWarmUp
        let displacing = Double(displaced) * Self.secondsPerByte
        let walking = Double(walks) * Self.secondsPerStep
        return Self.seconds(slices + replaced, tables.count)
            + (warming + displacing + walking) * Double(tables.count)
    }

    private static func seconds(_ operations: Int, _ tables: Int) -> Double {
        Double(operations) * Double(tables) * secondsPerOperation
    }

    /// Of the same under callgrind, step by step, in s.
    var simulatedParts: [Double] {
        SimulatedBench.steps(self).map { step in
            let isSlice = step.operation.takesKeys && step.operation != .insert
            let count =
                isSlice
                ? 2 * Self.sliceOperations : max(step.place.entries, Self.sliceOperations)
            return Double(count) * Self.secondsPerOperation * Self.simulatedSlowdown
        }
    }

    /// Of the same under callgrind, in s.
    public var expectedSimulatedSeconds: Double { simulatedParts.reduce(0, +) }
}
