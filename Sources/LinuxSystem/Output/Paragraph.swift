// A warning on a terminal, broken between words: a terminal breaks a line wherever it ends.

package enum Paragraph {
    /// A warning in lines that fit, the further ones indented. What is none stays as it is: a
    /// command in it is copied in one piece.
    /// - Parameter columns: of the terminal; nil where there is none, and a warning is a line.
    package static func text(_ text: String, columns: Int?) -> String {
        guard let columns, text.hasPrefix("warning: "), text.count > columns else { return text }
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if line.isEmpty {
                line = String(word)
            } else if line.count + 1 + word.count > columns {
                lines.append(line)
                line = "  \(word)"
            } else {
                line += " \(word)"
            }
        }
        return (lines + [line]).joined(separator: "\n")
    }
}
