// All rules of a binary, sorted by address: made once, looked up for every frame of every sample.
//
//     functions   start, end, first row     sorted; the end of the code that FDEs describe
//     rows        start, rule               of each function in order, up to the next one's first
//
// Addresses are the linker's, as distances from the binary's lowest: 32 bits hold them.

package struct UnwindTable: Sendable {
    private struct Function {
        var start: UInt32
        var end: UInt32
        var firstRow: UInt32
        var isSignal: Bool
    }

    private struct Row {
        var start: UInt32
        var rule: UnwindRule
    }

    private let base: UInt64
    private var functions: [Function] = []
    private var rows: [Row] = []
    package private(set) var expressions: [[UInt8]] = []

    /// Empty where a binary has no call frame information, or none that can be read.
    package init(_ file: ELFFile) {
        let frames = file.frames ?? (UnsafeRawBufferPointer(start: nil, count: 0), 0)
        self.init(
            frames.bytes, at: frames.address, base: file.base, architecture: file.architecture)
    }

    package init(
        _ bytes: UnsafeRawBufferPointer, at address: UInt64, base: UInt64,
        architecture: Architecture
    ) {
        self.base = base
        var records = CallFrameRecords(bytes, at: address, architecture)
        let sorted = records.functions.sorted { $0.start < $1.start }
        functions.reserveCapacity(sorted.count)
        rows.reserveCapacity(sorted.count * 4)
        for function in sorted {
            guard let start = UInt32(exactly: function.start &- base),
                let end = UInt32(exactly: function.start &+ function.size &- base),
                start < end, functions.last.map({ $0.end <= start }) ?? true
            else { continue }
            functions.append(
                Function(
                    start: start, end: end, firstRow: UInt32(truncatingIfNeeded: rows.count),
                    isSignal: records.commons[function.common].isSignal))
            let first = rows.count
            records.forEachRule(of: function) { start, rule in
                if rows.count > first, rows[rows.count - 1].rule == rule { return }
                rows.append(Row(start: UInt32(truncatingIfNeeded: start &- base), rule: rule))
            }
        }
        expressions = records.expressions
    }

    /// The rule at an address; nil where no function is described.
    /// - Complexity: O(log functions). - Allocations: none.
    package func rule(at address: UInt64) -> (rule: UnwindRule, isSignal: Bool)? {
        guard let (index, place) = function(at: address) else { return nil }
        let function = functions[index]
        let end = index + 1 < functions.count ? Int(functions[index + 1].firstRow) : rows.count
        var (low, high) = (Int(function.firstRow), end)
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].start <= place { low = middle + 1 } else { high = middle }
        }
        guard low > Int(function.firstRow) else { return nil }
        return (rows[low - 1].rule, function.isSignal)
    }

    /// Where the function around an address begins: what stands for its name where it has none.
    package func functionStart(at address: UInt64) -> UInt64? {
        function(at: address).map { base &+ UInt64(functions[$0.index].start) }
    }

    private func function(at address: UInt64) -> (index: Int, place: UInt32)? {
        guard let place = UInt32(exactly: address &- base) else { return nil }
        var (low, high) = (0, functions.count)
        while low < high {
            let middle = (low + high) / 2
            if functions[middle].start <= place { low = middle + 1 } else { high = middle }
        }
        guard low > 0, place < functions[low - 1].end else { return nil }
        return (low - 1, place)
    }
}
