// Text for a terminal whose locale is not UTF-8: marks, bars and signs as ASCII has them. Each
// character has one in its place, so that columns stay where they are.
//
// Files and pipes get UTF-8 whatever the locale: what reads them later may run under another one.
import Glibc

public enum PlainText {
    /// Whether a locale writes UTF-8, as setlocale(3) finds it: the first variable that is set.
    /// - Parameter variable: of the environment; nil where it is not set.
    public static func isUTF8(_ variable: (String) -> String?) -> Bool {
        let names = ["LC_ALL", "LC_CTYPE", "LANG"]
        let locale = names.compactMap { variable($0) }.first { !$0.isEmpty } ?? ""
        let name = locale.lowercased()
        return name.contains("utf-8") || name.contains("utf8")
    }

    /// The text in ASCII: what has no likeness there becomes `?`.
    public static func ascii(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            scalars.append(scalar.isASCII ? scalar : replacements[scalar] ?? "?")
        }
        return String(scalars)
    }

    private static let replacements: [Unicode.Scalar: Unicode.Scalar] = [
        "✓": "+", "✗": "x", "·": "-", "→": ">", "…": ".", "’": "'", "×": "x",
        "±": "~", "−": "-", "–": "-", "—": "-", "µ": "u", "μ": "u", "≤": "<", "≥": ">",
        // Heights of a course over the runs, the highest of which is also a full column of a bar.
        "▁": "_", "▂": ".", "▃": ":", "▄": "=", "▅": "+", "▆": "*", "▇": "%", "█": "#",
        // Parts of a column.
        "▏": " ", "▎": " ", "▍": " ", "▌": "-", "▋": "-", "▊": "-", "▉": "-",
    ]

    /// `text` as the descriptor can show it.
    static func shown(_ text: String, on descriptor: CInt) -> String {
        guard !text.utf8.allSatisfy({ $0 < 0x80 }), isatty(descriptor) == 1,
            !isUTF8({ name in getenv(name).map { String(cString: $0) } })
        else { return text }
        return ascii(text)
    }
}
