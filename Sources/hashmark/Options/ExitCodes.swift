// What the exit codes mean: for help and the manual. The codes themselves are where they are used.

enum ExitCodes {
    static let all: [(codes: String, meaning: String)] = [
        ("0", "fine; a gate: no worse than the margins"),
        ("1", "an error: a file, a server, a program"),
        ("2", "gate: a regression"),
        ("3", "inconclusive, or an invalid measurement"),
        ("4", "gate with --tell-improvement: better, and nothing worse"),
        ("5", "the baseline is missing, damaged or of another kind"),
        ("64", "a command line that cannot be understood"),
        ("129, 130, 143", "hung up, interrupted, terminated; what was measured is kept"),
        ("141", "the reader of the results has gone"),
    ]

    /// A line for each, for the end of a discussion.
    static var list: String { lines { _ in true } }

    /// The same of verbs that measure and judge nothing.
    static var ofMeasuring: String { lines { !ofGates.contains($0) } }

    private static let ofGates: Set = ["2", "4", "5"]

    private static func lines(_ isWanted: (String) -> Bool) -> String {
        "Exit codes:\n"
            + all.filter { isWanted($0.codes) }.map { "  \($0.codes)  \($0.meaning)" }
            .joined(separator: "\n")
    }
}
