// Did you mean: the known name that an unknown one was most likely meant to be. Whoever refuses a
// name (a key of a file, a verb, a flag, a table, a workload) says what to do about it in these
// words.

public enum Spelling {
    /// The closest of `known`, upper and lower case alike; nil where none is close enough. Of
    /// several that are as close, the first.
    public static func closest(to name: String, among known: [String]) -> String? {
        let wanted = letters(name)
        var best: (name: String, slips: Int)?
        for candidate in known {
            let slips = distance(wanted, letters(candidate))
            // Two slips in a word of five letters are still recognisable; more are another word.
            let most = max(1, (candidate.count + 1) / 3)
            guard slips <= most, slips < (best?.slips ?? .max) else { continue }
            best = (candidate, slips)
        }
        return best?.name
    }

    /// What to do about a name that is none of `known`: the closest, or all of them.
    public static func remedy(for name: String, among known: [String]) -> String {
        if let closest = closest(to: name, among: known) { return "did you mean `\(closest)`?" }
        guard let first = known.first else { return "none is known here" }
        return known.count > 1
            ? "known here are \(known.joined(separator: ", "))" : "only \(first) is known here"
    }

    /// How many slips lead from one text to the other: letters left out, added, taken for another
    /// one, or swapped with their neighbour (the optimal string alignment distance).
    /// - Complexity: the product of the lengths.
    public static func distance(_ one: String, _ other: String) -> Int {
        distance(Array(one.utf8), Array(other.utf8))
    }

    private static func letters(_ name: String) -> [UInt8] { Array(name.lowercased().utf8) }

    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        // Rows of the table of distances between beginnings: two above and the one above.
        var before: [Int] = []
        var above = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                let isEqual = a[i] == b[j]
                var least = min(above[j] + (isEqual ? 0 : 1), above[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    least = min(least, before[j - 1] + 1)
                }
                row.append(least)
            }
            before = above
            above = row
        }
        return above[b.count]
    }
}
