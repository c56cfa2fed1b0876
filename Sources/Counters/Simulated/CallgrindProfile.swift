// One dump of callgrind: the counts of a window, in all and by function.
//
//     events: Ir Dr Dw I1mr …         the columns; trailing zeros of a row are left out
//     summary: 68364911 18026312 …    the counts since the dump before
//     ob=(2) /usr/bin/redis-server    object, file and function hold until the next such line;
//     fl=(4) dict.c                   (N) stands for the name that followed it first
//     fn=(212) dictFind
//     +3 5 1 0 2                      position, then the row: cost of the function itself
//     fi=(7) siphash.c                inlined code of another file: still the same function
//     cob=(5) … cfn=(214) calloc      a call from here
//     calls=3 0                       … and on the next line what it cost in there, which
//     0 3796 878                      belongs to the callee: left out
//     jump= / jcnd=                   a jump; the next line is its position alone
//
// The format: https://valgrind.org/docs/manual/cl-format.html. Self cost only: inclusive cost
// double-counts in recursion, and misses happen where the load is.

public struct CallgrindProfile: Sendable, Equatable {
    /// `Ir`, `Dr`, … as the file names its columns.
    public let events: [String]
    /// By column: everything since the dump before.
    public let summary: [UInt64]
    /// Self cost, in the order in which the file names the functions.
    public let functions: [Function]

    /// What caused the dump, such as `Client Request: LABEL`.
    public internal(set) var trigger: String?

    public struct Function: Sendable, Equatable {
        /// As in the file; see `SymbolName`.
        public let name: String
        /// The binary or library it is in.
        public let object: String
        public let file: String
        /// By column.
        public internal(set) var costs: [UInt64]
    }

    public init(events: [String], summary: [UInt64], functions: [Function]) {
        self.events = events
        self.summary = summary
        self.functions = functions
    }

    /// By column: the sum over all functions. Equals `summary` unless the simulation was switched
    /// off and on within the window.
    public var functionSums: [UInt64] {
        functions.reduce(into: [UInt64](repeating: 0, count: events.count)) { sums, function in
            for (index, cost) in function.costs.enumerated() { sums[index] &+= cost }
        }
    }

    /// The profile itself, once it is known to be of one window.
    /// - Parameter program: for messages.
    /// - Throws: `.nothingCounted`, `.inconsistentDump`.
    func verified(_ program: String) throws(SimulationError) -> CallgrindProfile {
        guard let total = total(.simulatedInstructions), total > 0 else {
            throw .nothingCounted(program: program)
        }
        // They agree to a few instructions in 10^8 when all is well; a wrong mark is off by whole
        // windows.
        let sum = functionSums[0]
        guard max(total, sum) - min(total, sum) <= total / 1000 else {
            throw .inconsistentDump(summary: total, functions: sum)
        }
        return self
    }

    /// The whole window's count of a simulated counter; nil where the file has no such column.
    public func total(_ counter: Counter) -> UInt64? {
        column(counter).map { summary[$0] }
    }

    public struct Share: Sendable, Equatable {
        /// Demangled.
        public let name: String
        public let object: String
        public let count: UInt64
        /// Of the window's total, 0 … 1.
        public let share: Double
    }

    /// The `most` functions with the highest own counts.
    public func top(_ counter: Counter, _ most: Int) -> [Share] {
        guard let column = column(counter), summary[column] > 0 else { return [] }
        return functions.filter { $0.costs[column] > 0 }
            .sorted { ($0.costs[column], $1.name) > ($1.costs[column], $0.name) }
            .prefix(most)
            .map {
                Share(
                    name: SymbolName.demangled($0.name), object: $0.object, count: $0.costs[column],
                    share: Double($0.costs[column]) / Double(summary[column]))
            }
    }

    private func column(_ counter: Counter) -> Int? {
        Self.columns[counter].flatMap { events.firstIndex(of: $0) }
    }

    /// callgrind's names: instructions, data reads and writes, the misses of each in the first and
    /// last level, and system calls (`--collect-systime`).
    static let columns: [Counter: String] = [
        .simulatedInstructions: "Ir", .simulatedReads: "Dr", .simulatedWrites: "Dw",
        .simulatedI1Misses: "I1mr", .simulatedD1ReadMisses: "D1mr",
        .simulatedD1WriteMisses: "D1mw", .simulatedLLInstructionMisses: "ILmr",
        .simulatedLLReadMisses: "DLmr", .simulatedLLWriteMisses: "DLmw",
        .simulatedSystemCalls: "sysCount",
    ]
}
