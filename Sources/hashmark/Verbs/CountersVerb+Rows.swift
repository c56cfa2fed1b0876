// Readings of a process one after the other, a row each: a heading once, and columns that stay
// where they are, for rows are printed as they come.
//
//                  task        page     context         CPU
//            s   clock, ms      faults    switches  migrations  CPUs
//          1.0      251.32          12         104           0  0.25
import Counters
import Quantities
import Reporting

struct CounterRows {
    private let counters: [Counter]
    /// The heading, and what must be known to read it.
    let heading: String

    /// Hours in seconds, with a digit behind the point.
    private static let timeWidth = 8
    private static let busyWidth = 4
    /// Eight digits with their commas.
    private static let leastWidth = 10
    private static let gap = "  "

    /// - Parameter first: the first reading; what it lacks, the others do.
    init(_ first: [CounterWindow.Line], _ style: TerminalStyle) {
        let known = first.filter { $0.value != nil }.map(\.counter)
        var room = style.width - Self.timeWidth - Self.gap.count - Self.busyWidth
        counters = known.filter { counter in
            let width = Self.gap.count + Self.width(counter)
            defer { room -= width }
            return width <= room
        }
        let shown = counters
        var notes = first.compactMap(\.reason).distinctReasons.map { reason in
            let names = first.filter { $0.reason == reason }.map(\.counter.title)
            return "n/a: \(names.joined(separator: ", ")): \(reason)"
        }
        let hidden = known.filter { !shown.contains($0) }.map(\.title)
        if !hidden.isEmpty {
            notes.append("no room for \(hidden.joined(separator: ", ")): widen the terminal")
        }
        let names = shown.map { counter in
            let words = counter.heading.split(separator: " ", maxSplits: 1).map { String($0) }
            return (words.count > 1 ? words : ["", counter.heading], Self.width(counter))
        }
        let lines = (0..<2).map { level in
            let time = Self.padded(level == 1 ? "s" : "", Self.timeWidth)
            let busy = Self.padded(level == 1 ? "CPUs" : "", Self.busyWidth)
            return ([time] + names.map { Self.padded($0[level], $1) } + [busy])
                .joined(separator: Self.gap)
        }
        heading =
            notes.map { style.wrapped($0, indent: 2) }.joined()
            + lines.map { $0 + "\n" }.joined()
    }

    /// A reading.
    /// - Parameters:
    ///   - time: since the first began, in ns.
    ///   - elapsed: how long it lasted, in ns.
    func row(_ lines: [CounterWindow.Line], at time: UInt64, lasting elapsed: UInt64) -> String {
        let numbers = counters.map { counter in
            let value = lines.first { $0.counter == counter }?.value
            return Self.padded(value.map(counter.text) ?? "n/a", Self.width(counter))
        }
        let clock = lines.first { $0.counter == .taskClock }?.value
        let busy = clock.map { ($0 / Double(max(elapsed, 1))).fixed(2) } ?? "n/a"
        let seconds = Nanoseconds(time).seconds.fixed(1)
        return
            ([Self.padded(seconds, Self.timeWidth)] + numbers
            + [Self.padded(busy, Self.busyWidth)]).joined(separator: Self.gap)
    }

    /// Of its number, and of each line of its heading.
    private static func width(_ counter: Counter) -> Int {
        let words = counter.heading.split(separator: " ", maxSplits: 1).map(\.count)
        return max(words.max() ?? 0, leastWidth)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

extension Counter {
    /// A count by itself; times are in ms, whatever their size, and shares in per cent.
    func text(_ value: Double) -> String {
        if self == .instructionsPerCycle { return value.fixed(2) }
        if isShare { return value.percent() }
        guard !unit.isEmpty else {
            return Scale(.count, values: [value.rounded()]).number(value)
        }
        var scale = Scale(.nanoseconds, values: [])
        scale.divisor = Double(Nanoseconds(1, .milliseconds).count)
        scale.decimals = 2
        return scale.number(value)
    }

    /// Title and unit: `task clock, ms`.
    var heading: String { unit.isEmpty ? title : "\(title), ms" }
}

extension [String] {
    /// Each once, in their order.
    fileprivate var distinctReasons: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
