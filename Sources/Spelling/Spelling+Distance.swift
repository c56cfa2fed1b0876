// How far apart two texts are, in slips of who types: the optimal string alignment distance, which
// is Levenshtein's with a swap of neighbours for one slip instead of two.

extension Spelling {
    /// How many slips lead from one text to the other: letters left out, added, taken for another
    /// one, or swapped with their neighbour.
    /// - Complexity: the product of the lengths.
    public static func distance(_ one: String, _ other: String) -> Int {
        distance(Array(one.utf8), Array(other.utf8))
    }

    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
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
