// Did you mean: the known name that an unknown one was most likely meant to be. Whoever refuses a
// name (a key of a file, a verb, a flag, a table, a workload) says what to do about it in these
// words.

public enum Spelling {
    /// The closest of `known`, upper and lower case alike; nil where none is close enough. Of
    /// several that are as close, the one that begins alike for longest.
    public static func closest(to name: String, among known: [String]) -> String? {
        let wanted = letters(name)
        var best: (name: String, slips: Int, common: Int)?
        for candidate in known {
            let spelled = letters(candidate)
            let slips = distance(wanted, spelled)
            let common = zip(wanted, spelled).prefix { $0 == $1 }.count
            // Two slips in a word of five letters are still recognisable; more are another word.
            let most = max(1, (candidate.count + 1) / 3)
            guard slips <= most else { continue }
            if let best, (best.slips, -best.common) <= (slips, -common) { continue }
            best = (candidate, slips, common)
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

    private static func letters(_ name: String) -> [UInt8] { Array(name.lowercased().utf8) }
}
