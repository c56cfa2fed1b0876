// How tables look where they are printed: how wide, in colour or not, and how much of them.

public struct TerminalStyle: Equatable, Sendable {
    /// Columns of a line.
    public var width: Int
    public var hasColour: Bool
    /// Whether what explains the rest is shown, too.
    public var showsDetail: Bool
    /// Whether sentences are broken into lines that fit, as tables are. Where nobody looks on, a
    /// sentence is a line: a log is searched by its lines.
    public var breaksSentences: Bool

    /// Where nobody knows better: what a page of text, a mail or a log of CI has room for.
    public static let plainWidth = 100
    /// A narrower terminal gets lines of this width, which it breaks: below it, one column of
    /// numbers beside the names of the rows does not fit.
    public static let leastWidth = 60

    /// A file or a pipe.
    public static let plain = TerminalStyle(width: plainWidth, breaksSentences: false)

    public init(
        width: Int, hasColour: Bool = false, showsDetail: Bool = false,
        breaksSentences: Bool = true
    ) {
        self.width = max(width, Self.leastWidth)
        self.hasColour = hasColour
        self.showsDetail = showsDetail
        self.breaksSentences = breaksSentences
    }

    /// `--color`.
    public enum ColourChoice: String, Sendable, CaseIterable {
        case auto, always, never
    }

    /// The style of standard output.
    /// - Parameters:
    ///   - isTerminal: whether it is one.
    ///   - columns: of the terminal; nil where it does not know, or is none.
    ///   - environment: `COLUMNS` counts where there is no terminal, `NO_COLOR` (no-color.org) and
    ///     `TERM=dumb` where the choice is `auto`.
    public init(
        isTerminal: Bool, columns: Int?, _ choice: ColourChoice, showsDetail: Bool,
        environment: [String: String]
    ) {
        let told = environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        let isPlain =
            environment["NO_COLOR"]?.isEmpty == false || environment["TERM"] == "dumb"
        let colour =
            switch choice {
            case .auto: isTerminal && !isPlain
            case .always: true
            case .never: false
            }
        self.init(
            width: columns ?? told ?? Self.plainWidth, hasColour: colour,
            showsDetail: showsDetail, breaksSentences: isTerminal)
    }

    /// What a colour stands for; it is never the only sign of it.
    public enum Tone: Sendable {
        case good, doubtful, bad, heading

        /// Select Graphic Rendition of ECMA-48, in the 16 colours that every theme sets.
        fileprivate var code: String {
            switch self {
            case .good: "32"
            case .doubtful: "33"
            case .bad: "31"
            case .heading: "1"
            }
        }
    }

    /// `text` in the colour of `tone`.
    func toned(_ text: String, _ tone: Tone?) -> String {
        guard hasColour, let tone, !text.isEmpty else { return text }
        return "\u{1b}[\(tone.code)m\(text)\u{1b}[0m"
    }

    /// A sentence in lines that fit, the further ones indented by `indent`.
    public func wrapped(_ text: String, indent: Int) -> String {
        guard breaksSentences else { return text + "\n" }
        let lead = String(text.prefix { $0 == " " })
        let space = String(repeating: " ", count: indent)
        let lines = String(text.dropFirst(lead.count)).wrapped(to: width - max(indent, lead.count))
        return lines.enumerated().map { ($0 == 0 ? lead : space) + $1 + "\n" }.joined()
    }
}

extension String {
    /// Lines of at most `width` characters, broken between words; a word that is longer is broken
    /// behind a mark that joins words, or else where the line ends, for nothing may be lost. At
    /// least one line.
    func wrapped(to width: Int) -> [String] {
        let width = max(width, 1)
        guard count > width else { return [self] }
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ", omittingEmptySubsequences: false) {
            let room = width - line.count - 1
            if !line.isEmpty && word.count > room {
                lines.append(line)
                line = ""
            }
            var rest = word
            while rest.count > width {
                let most = rest.prefix(width)
                let mark = most.lastIndex { "-/_=,".contains($0) }
                let piece = mark.map { most[...$0] } ?? most
                lines.append(String(piece))
                rest = rest.dropFirst(piece.count)
            }
            line += line.isEmpty ? String(rest) : " \(rest)"
        }
        if !line.isEmpty || lines.isEmpty { lines.append(line) }
        return lines
    }
}
