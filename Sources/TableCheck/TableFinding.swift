// What a check finds: a name that stays the same however the sequence is shortened, and a sentence
// of what was expected and what came instead.

struct TableFinding: Error, Equatable, Sendable {
    /// In words with dashes: two findings of one name are taken for one fault.
    let name: String
    /// One line.
    let text: String

    init(_ name: String, _ text: String) {
        self.name = name
        self.text = Self.oneLine(text)
    }

    static func oneLine(_ text: String) -> String {
        text.split { $0.isNewline || $0 == "\t" }.joined(separator: " ")
    }
}
