// The command line that repeats a run.
import RunRecord

extension RunRecord {
    /// The run's command line, quoted for a POSIX shell, with its seed when it had been drawn:
    /// right behind the verb, for a command of the user's own may end the line.
    public var repeatCommand: String {
        var words = arguments
        if let name = words.first {
            words[0] = String(name.split(separator: "/").last ?? "hashmark")
        }
        let hasSeed = words.contains { $0 == "--seed" || $0.hasPrefix("--seed=") }
        if !hasSeed && !seedIsUnused && !words.isEmpty {
            // The benchmarks' own names are verb enough.
            let isSelfTest = words.dropFirst(2).first == "selftest"
            let verb = words[0].hasSuffix("-benchmark") ? 0 : isSelfTest ? 2 : 1
            words.insert(contentsOf: ["--seed", String(seed)], at: min(verb + 1, words.count))
        }
        return words.map(shellQuoted).joined(separator: " ")
    }
}

/// `word` such that a POSIX shell reads it as one word.
func shellQuoted(_ word: String) -> String {
    // The set that no shell gives a meaning to; `?`, `&` and `~` in targets are not in it.
    let isPlain = word.allSatisfy {
        $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:=,+@%".contains($0))
    }
    if isPlain && !word.isEmpty { return word }
    return "'" + word.replacing("'", with: "'\\''") + "'"
}
