// What a line of progress says, as text.
//
//     gate · round 12 of 34 · 2 servers launched   [█████▌        ] 35 %  4m 10s left
//     └ names, cut where there is no room ┘        └ bar ┘          └ right of it, always there
import Quantities

/// What is to be shown.
struct ProgressText {
    /// The run, its phases and what is under way, in this order.
    var names: [String]
    /// From 0 to 1; nil: not known.
    var fraction: Double?
    var secondsLeft: Double?

    /// Lines that are wider are hard to take in at a glance: the bar would be far from its words.
    private static let widest = 100
    /// Columns below which a bar leaves no room for words, and below which the numbers do.
    private static let leastForBar = 48
    private static let leastForNumbers = 32
    /// `100 %`, and `59m 59s left`: what comes and goes moves nothing.
    private static let percentColumns = 5
    private static let timeColumns = 12

    /// For a log: `gate · round 12 of 34 · launching new: 35 %, 4m 10s left`.
    var logLine: String {
        let numbers = [percent, time].compactMap(\.self).joined(separator: ", ")
        let words = names.joined(separator: " · ")
        return numbers.isEmpty ? words : "\(words): \(numbers)"
    }

    /// For a terminal of so many columns: one column less, so that its cursor stays in the line.
    func line(columns: Int) -> String {
        let room = min(columns, Self.widest) - 1
        guard room >= Self.leastForNumbers else { return Self.cut(logLine, to: room) }
        let right = right(room)
        let words = Self.cut(names.joined(separator: " · "), to: room - right.count)
        let text = words + Self.blanks(room - words.count - right.count) + right
        let trimmed = text.reversed().drop { $0 == " " }
        return String(trimmed.reversed())
    }

    /// Bar, percentage and time, with what keeps them in their columns.
    private func right(_ room: Int) -> String {
        guard let fraction, let percent else { return "" }
        let time = time ?? ""
        let before = Self.blanks(Self.percentColumns - percent.count)
        let after = Self.blanks(Self.timeColumns - time.count)
        let numbers = "\(before)\(percent)  \(time)\(after)"
        guard room >= Self.leastForBar else { return " \(numbers)" }
        return "   [\(Self.bar(fraction, columns: room / 5))] \(numbers)"
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
    static func duration(_ seconds: Double) -> String {
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
