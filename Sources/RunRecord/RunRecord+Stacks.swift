// Where in a program something was counted, as folded stacks, which tools that draw flame graphs
// read: the frames from the outermost to the innermost, a blank, the count.
//
//     valkey-server;dictFind 5120

extension RunRecord {
    /// What one target's functions had of one metric.
    public struct Stacks: Codable, Equatable, Sendable {
        /// The metric's id; counts are of its events and not yet per operation.
        public var metric: String
        public var target: String
        public var workload: String?
        /// What the metric divides counts by.
        public var operations: Double
        /// All that was counted: the stacks here may be the largest alone.
        public var total: Double
        public var folded: [String]

        public init(
            metric: String, target: String, workload: String?, operations: Double, total: Double,
            _ stacks: [(frames: [String], count: UInt64)]
        ) {
            self.metric = metric
            self.target = target
            self.workload = workload
            self.operations = operations
            self.total = total
            // What separates frames is in none.
            folded = stacks.map { stack in
                stack.frames.map { $0.replacing(";", with: ",") }.joined(separator: ";")
                    + " \(stack.count)"
            }
        }

        /// The stacks taken apart; lines that are none are left out.
        public var stacks: [(frames: [String], count: Double)] {
            folded.compactMap { line -> (frames: [String], count: Double)? in
                guard let blank = line.lastIndex(of: " "),
                    let count = Double(line[line.index(after: blank)...]), count.isFinite
                else { return nil }
                return (line[..<blank].split(separator: ";").map(String.init), count)
            }
        }
    }
}
