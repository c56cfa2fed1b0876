// Differences in a line: what moved, for a verdict and for the mechanism of a comparison.
import Quantities

extension StackDifference {
    /// As many as a line holds.
    private static let mostTold = 3

    /// The functions that stand out, of one load or of several together, the largest change first:
    /// `injectedSpin +50.2 ns/op, dictFind −3.1 ns/op`; that none does, where none does; nil
    /// without a difference.
    public static func words(_ differences: [StackDifference]) -> String? {
        guard let first = differences.first else { return nil }
        guard differences.contains(where: { $0.rounds > 1 }) else {
            return "one round cannot tell which moved"
        }
        var changes: [StackProfile.FunctionName: Double] = [:]
        var marked: Set<StackProfile.FunctionName> = []
        for function in differences.flatMap(\.functions) {
            changes[function.name, default: 0] += function.change.size / Double(differences.count)
            if function.isMarked { marked.insert(function.name) }
        }
        let moved = marked.map { (name: $0.text, change: changes[$0] ?? 0) }
            .sorted { (abs($0.change), $1.name) > (abs($1.change), $0.name) }
        guard !moved.isEmpty else { return "none of \(changes.count) stands out" }
        let times: [StackProfile.Unit] = [.cpuNanoseconds, .offCPUNanoseconds]
        let unit = times.contains(first.unit) ? "ns/op" : "per operation"
        return moved.prefix(mostTold).map { name, change in
            let number = change.grouped(abs(change) < 99.95 ? 1 : 0)
            return "\(name) \(change > 0 ? "+" : "")\(number) \(unit)"
        }.joined(separator: ", ")
    }
}
