// Whether machines may stand for each other: the same build under the same load on each of them.
//
// Two machines differ where a field that must match does (EnvironmentFingerprint+Comparison), or
// where the reference's CPU time per operation does: every round of one above every round of the
// other, and the medians apart. Of n rounds there and m here, drawn from one distribution, that
// happens by chance in 2 of C(n + m, n); with fewer rounds than tell anything, only the fields
// count.
import Quantities
import RunRecord
import Statistics

public struct NodeReference: Equatable, Sendable {
    /// A hash of its name.
    public var node: String
    public var record: RunRecord

    public init(node: String, record: RunRecord) {
        self.node = node
        self.record = record
    }

    /// Less is what two machines of one model differ by.
    private static let leastChange = 0.03
    /// The usual level of an error of the first kind.
    private static let level = 0.05

    /// In what machines differ from the first of them, a line each; empty where they may be
    /// compared.
    public static func differences(_ nodes: [NodeReference]) -> [String] {
        guard let first = nodes.first else { return [] }
        return nodes.dropFirst().flatMap { first.differences(to: $0) }
    }

    private func differences(to other: NodeReference) -> [String] {
        let pair = "nodes \(node) and \(other.node)"
        let fields = record.environment.differences(to: other.record.environment).map {
            "\(pair) differ in \($0.field): \($0.baseline ?? "unknown") and "
                + "\($0.candidate ?? "unknown")"
        }
        let workloads = record.workloads.map(\.name)
        return fields
            + workloads.compactMap { workload -> String? in
                let (mine, theirs) = (rounds(workload), other.rounds(workload))
                guard let change = Self.change(mine, theirs) else { return nil }
                let percent = Int(saturating: (change * 100).rounded())
                return "\(pair) differ in server CPU per operation under \(workload): "
                    + "\(percent > 0 ? "+" : "")\(percent) %, and no round of one is among the "
                    + "other's"
            }
    }

    /// Server CPU per operation in each round, of both copies of the reference.
    private func rounds(_ workload: String) -> [Double] {
        record.results.filter { $0.metric == Metric.serverCPU.id && $0.workload == workload }
            .flatMap { $0.samples.isEmpty ? [$0.value].compactMap(\.self) : $0.readings }
    }

    /// The change of the median, where rounds show that it is one.
    private static func change(_ mine: [Double], _ theirs: [Double]) -> Double? {
        guard let least = mine.min(), let most = mine.max(), let otherLeast = theirs.min(),
            let otherMost = theirs.max(), let median = Descriptive.median(mine), median > 0,
            let otherMedian = Descriptive.median(theirs)
        else { return nil }
        guard most < otherLeast || otherMost < least else { return nil }
        // C(n + m, n), factor by factor.
        var ways = 1.0
        for factor in 1...mine.count { ways *= Double(theirs.count + factor) / Double(factor) }
        let change = otherMedian / median - 1
        return 2 / ways <= level && abs(change) >= leastChange ? change : nil
    }
}
