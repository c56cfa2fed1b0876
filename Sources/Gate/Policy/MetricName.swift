// What to do about a metric's name that nothing has.
import RunRecord
import Spelling

extension Metric {
    /// The id that was meant, in words; nil where none is close.
    static func suggestion(for id: String) -> String? {
        Spelling.closest(to: id, among: table.map(\.id)).map { "did you mean `\($0)`?" }
    }
}
