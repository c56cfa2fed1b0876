// CPUs by their numbers, as the kernel writes them: `0,2-3`, `0-127`.

public enum CPUList {
    /// Linux's largest NR_CPUS (MAXSMP of x86): no machine has a CPU of this number.
    public static let limit = 8_192

    /// The numbers in order, each once.
    /// - Throws: where the text is no such list, or has a number from `limit` on.
    public static func parse(_ text: some StringProtocol) throws(QuantityError) -> [Int] {
        var cpus: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map {
                number($0)
            }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
                first <= last
            else {
                throw QuantityError(
                    "'\(text)' is no list of CPUs",
                    remedy: "write numbers below \(limit), as 0,2 or 4-7")
            }
            cpus.formUnion(first...last)
        }
        return cpus.sorted()
    }

    private static func number(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(text)
        else { return nil }
        return number < limit ? number : nil
    }

    /// - Parameter cpus: in order, each once.
    public static func text(_ cpus: [Int]) -> String {
        var parts: [String] = []
        var first = 0
        while first < cpus.count {
            var last = first
            while last + 1 < cpus.count && cpus[last + 1] == cpus[last] + 1 { last += 1 }
            let joins = last > first + 1 ? "-" : ","
            parts.append(last == first ? "\(cpus[first])" : "\(cpus[first])\(joins)\(cpus[last])")
            first = last + 1
        }
        return parts.joined(separator: ",")
    }
}
