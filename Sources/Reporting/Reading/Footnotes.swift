// Where a table says `n/a`, and which note below it says why: each reason once.
import RunRecord

struct Footnotes {
    private let numbers: [String: Int]

    /// - Parameter reasons: each once; the first is number 1.
    init(_ reasons: [String]) {
        numbers = Dictionary(uniqueKeysWithValues: reasons.enumerated().map { ($1, $0 + 1) })
    }

    /// The reading; `n/a [1]` where there is none, a dash where nothing was recorded.
    func text(_ result: RunRecord.Result?, _ scale: Scale) -> String {
        guard let result else { return "–" }
        if let value = result.value { return scale.number(value) }
        return "n/a" + (result.reason.map(mark) ?? "")
    }

    /// ` [1]`, behind an `n/a`; nothing where there is no such note.
    func mark(_ reason: String) -> String { numbers[reason].map { " [\($0)]" } ?? "" }
}
