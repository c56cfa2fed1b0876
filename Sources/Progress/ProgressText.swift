// What a line of progress says, as text.
//
//     gate · round 12 of 34 · 2 servers launched   [█████▌        ] 35 %  4m 10s left
//     └ names, fewer where there is no room ┘      └ bar ┘          └ right of it, always there
//
// Where there is no room, what is under way goes first, then the name of the run, then all of the
// phases but their count; the bar gets shorter beside each of them and goes last. Count, percentage
// and time are never cut, unless nothing else is left.
import Quantities

/// What is to be shown.
public struct ProgressText {
    /// The run.
    var title: String
    /// The outermost first.
    var phases: [String]
    /// What is under way; may be empty.
    var detail: String
    /// From 0 to 1; nil: not known.
    var fraction: Double?
    var secondsLeft: Double?

    /// Lines that are wider are hard to take in at a glance: the bar would be far from its words.
    private static let widest = 100
    /// Columns below which a bar leaves no room for words, and below which the numbers do.
    private static let leastForBar = 48
    private static let leastForNumbers = 32
    /// A shorter bar shows nothing that the percentage does not.
    private static let leastBar = 8
    /// Less of what is under way says nothing.
    private static let leastDetail = 8
    private static let separator = " · "
    /// `100 %`, and `59m 59s left`: what comes and goes moves nothing.
    private static let percentColumns = 5
    private static let timeColumns = 12

    /// For a log: `gate · round 12 of 34 · launching new: 35 %, 4m 10s left`.
    var logLine: String {
        let numbers = [percent, time].compactMap(\.self).joined(separator: ", ")
        return numbers.isEmpty ? words : "\(words): \(numbers)"
    }

    private var words: String { Self.joined([title] + phases + [detail]) }

    private static func joined(_ names: [String]) -> String {
        names.filter { !$0.isEmpty }.joined(separator: separator)
    }

    /// For a terminal of so many columns: one column less, so that its cursor stays in the line.
    func line(columns: Int) -> String {
        let room = min(columns, Self.widest) - 1
        guard room >= Self.leastForNumbers else { return Self.cut(logLine, to: room) }
        let (words, right) = parts(room)
        let text = words + Self.blanks(room - words.count - right.count) + right
        let trimmed = text.reversed().drop { $0 == " " }
        return String(trimmed.reversed())
    }

    /// The most words, beside the longest bar, that fit.
    private func parts(_ room: Int) -> (words: String, right: String) {
        let bars = room >= Self.leastForBar ? [room / 5, Self.leastBar] : [0]
        let rights = bars.map { self.right(bar: $0) }
        let whole = [title] + phases
        let named = Self.joined(whole)
        // What is under way is cut beside the long bar alone, which moves when it is changed.
        let left = room - rights[0].count
        if words.count <= left { return (words, rights[0]) }
        if named.count + Self.separator.count + Self.leastDetail <= left {
            return (Self.cut(words, to: left), rights[0])
        }
        for words in [named, Self.joined(phases), count] where !words.isEmpty {
            for right in rights where words.count + right.count <= room { return (words, right) }
        }
        let right = self.right(bar: 0)
        return (Self.cut(count, to: room - right.count), right)
    }

    /// Of the innermost phase that has one, `round 12 of 34`; else its name.
    private var count: String {
        let counts = phases.compactMap { $0.firstMatch(of: #/\w+ \d+ of (?:about )?\d+/#) }
        return counts.last.map { String($0.output) } ?? phases.last ?? title
    }

    /// Bar, percentage and time, with what keeps them in their columns.
    private func right(bar columns: Int) -> String {
        guard let fraction, let percent else { return "" }
        let time = time ?? ""
        let before = Self.blanks(Self.percentColumns - percent.count)
        let after = Self.blanks(Self.timeColumns - time.count)
        let numbers = "\(before)\(percent)  \(time)\(after)"
        guard columns > 0 else { return " \(numbers)" }
        return "   [\(Self.bar(fraction, columns: columns))] \(numbers)"
    }

    private var percent: String? {
        // Downwards: all of it only at the end.
        fraction.map { ((min(max($0, 0), 1) * 100).rounded(.down) / 100).percent(0) }
    }

    private var time: String? { secondsLeft.map { "\(Self.duration($0)) left" } }

    /// In eighths of a column.
    static func bar(_ fraction: Double, columns: Int) -> String {
        let eighths = Int((min(max(fraction, 0), 1) * Double(columns * 8)).rounded(.down))
        let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        let drawn = String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
        return drawn + blanks(columns - drawn.count)
    }

    /// `9s`, `4m 10s`, `2h 05m`: upwards to a second, and in steps that a reader can use.
    public static func duration(_ seconds: Double) -> String {
        let whole = Int(min(max(seconds, 0).rounded(.up), 3.6e8))
        if whole < 60 { return "\(whole)s" }
        let (minutes, rest) = (whole / 60, whole % 60)
        if minutes < 60 { return "\(minutes)m \(twoDigits(rest))s" }
        return "\(minutes / 60)h \(twoDigits(minutes % 60))m"
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }

    private static func blanks(_ count: Int) -> String {
        String(repeating: " ", count: max(count, 0))
    }

    private static func cut(_ text: String, to columns: Int) -> String {
        guard text.count > columns else { return text }
        return columns < 1 ? "" : "\(text.prefix(columns - 1))…"
    }
}
