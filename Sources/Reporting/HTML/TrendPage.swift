// Runs over time as one page: a chart for each metric, the last change called out, and a table of
// the first and the last reading. Machines that cannot be compared have a part each.
//
// Self-contained like a run's page, and whole without scripts: values under the pointer are titles
// of the marks. A point leads to its run's record, where the history knows of one that is there.
import Foundation
import Quantities
import RunRecord

public struct TrendPage {
    private let history: History
    /// In the order of their colours.
    private let targets: [String]

    public init(_ history: History) {
        self.history = history
        targets = history.groups.flatMap(\.targets).distinct()
    }

    /// The whole document; the same runs give the same bytes.
    public func page() -> String {
        let count = history.groups.reduce(0) { $0 + $1.runs.count }
        let title = "trends · \(count) run\(count == 1 ? "" : "s")"
        let headlines = history.groups.flatMap(told).html { "<p class=\"headline\">\($0).</p>\n" }
        let links = history.groups.indices.html { "<a href=\"#\(id($0))\">\(name($0))</a>\n" }
        return HTML.document(
            title,
            """
            <header>
            <h1>\(title)</h1>
            \(headlines)<nav class="links">
            \(links)</nav>
            <p class="facts">\(History.trendNote).</p>
            </header>
            \(history.groups.indices.html(section))
            """)
    }

    private func id(_ number: Int) -> String { "machine-\(Self.letter(number))" }

    /// `a`, `b`, …, `z`, `aa`, …
    private static func letter(_ number: Int) -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz")
        let last = String(letters[number % letters.count])
        return number < letters.count ? last : letter(number / letters.count - 1) + last
    }

    private func name(_ number: Int) -> String {
        history.groups.count == 1 ? "Trends" : "Machine \(number + 1)"
    }

    // MARK: what changed

    /// Changes that the page names at its head.
    private static let toldChanges = 3

    /// `get · server CPU of valkey-9.1: +10.0 % in 0.2`, the worse first, and of those what
    /// matters most: a tail moves by more than work per core, and says less.
    private func told(_ group: History.Group) -> [String] {
        guard group.runs.count > 1, let last = group.runs.last else { return [] }
        var changes: [(isWorse: Bool, rank: Int, size: Double, text: String)] = []
        for trend in group.trends where !trend.isDetail {
            for target in targets {
                guard let course = trend.course(of: target), let step = course.lastChange,
                    let tone = step.tone, case .share(let share) = step.size
                else { continue }
                let name = [trend.workload, trend.title].compactMap(\.self)
                    .joined(separator: " · ")
                changes.append(
                    (
                        tone == .bad, Metric.named(trend.metric)?.rank ?? .max, abs(share),
                        "\(name) of \(target): \(share.changeText) in \(last)"
                    ))
            }
        }
        let sorted = changes.sorted { first, second in
            if first.isWorse != second.isWorse { return first.isWorse }
            return (first.rank, -first.size) < (second.rank, -second.size)
        }
        return sorted.prefix(Self.toldChanges).map(\.text)
    }

    // MARK: a machine

    private func hasCourse(_ trend: Trend) -> Bool {
        targets.contains { trend.hasCourse(of: $0) }
    }

    private func section(_ number: Int) -> HTML {
        let group = history.groups[number]
        let trends = group.trends
        let hidesDetail = trends.contains { !$0.isDetail }
        // A point is no course, unless there is no other.
        let hasCourses = trends.contains(where: hasCourse)
        let isFolded = { (trend: Trend) in
            (hidesDetail && trend.isDetail) || (hasCourses && !hasCourse(trend))
        }
        let main = trends.filter { !isFolded($0) }
        let details = trends.filter(isFolded)
        let folded: HTML =
            details.isEmpty
            ? ""
            : """
            <details><summary>\(details.count) more charts</summary>
            <div class="plots">
            \(details.html { figure($0, group) })</div></details>

            """
        let machine = ([group.machine] + history.differences(number)).filter { !$0.isEmpty }
        return """
            <section id="\(id(number))">
            <h2>\(name(number))</h2>
            \(machine.html { "<p class=\"facts\">\($0)</p>\n" })\
            <p class="facts">runs: \(group.runs.joined(separator: ", "))</p>
            \(counts(trends, group))\(changes(group))<div class="plots">
            \(main.html { figure($0, group) })</div>
            \(folded)\(table(trends))</section>

            """
    }

    /// Where levels changed, which the charts mark.
    private func changes(_ group: History.Group) -> HTML {
        let changes = group.changeLines
        guard !changes.isEmpty else { return "" }
        return """
            <p class="facts">Levels that changed, by a rule (\(History.changeRule)):</p>
            <ul>
            \(changes.html { "<li>\($0)</li>\n" })</ul>

            """
    }

    private func counts(_ trends: [Trend], _ group: History.Group) -> HTML {
        guard group.runs.count > 1 else { return "" }
        let steps = trends.flatMap { trend in
            targets.compactMap { trend.course(of: $0)?.lastChange }
        }
        let worse = steps.count { $0.tone == .bad }
        let better = steps.count { $0.tone == .good }
        return """
            <p class="counts">last run: \(worse) worse · \(better) better · \
            \(steps.count - worse - better) unchanged</p>

            """
    }

    // MARK: a chart

    private func figure(_ trend: Trend, _ group: History.Group) -> HTML {
        let courses = targets.compactMap { target in
            trend.course(of: target).map { (target: target, course: $0) }
        }
        let scale = Scale(
            trend.unit, values: courses.flatMap { $0.course.values.compactMap(\.self) })
        let plot = TrendPlot(
            label: "\(trend.name(scale)) over \(group.runs.count) runs", runs: group.runs,
            lines: courses.map { target, course in
                TrendPlot.Line(
                    target: target, series: series(target), values: course.values,
                    steps: course.steps(of: trend).map { $0?.text(scale) },
                    changes: course.newLevels.map(\.run))
            }, links: group.recordFiles.map { $0.map(Self.link) }, text: scale.text,
            number: scale.number)
        let legend = courses.html { target, course in
            """
            <span>\(swatch(target))\(HTML.breakable(target)) \
            <b>\(course.last.map(scale.text) ?? "–")</b>\(callout(course.lastChange, scale))</span>
            """
        }
        return """
            <figure>
            <figcaption>\(trend.name(scale)) \
            <small>\(trend.better.rawValue) is better</small></figcaption>
            <div class="legend">\(legend)</div>
            \(plot.svg)</figure>

            """
    }

    /// A relative path as a reference that a browser does not take for anything else.
    private static func link(_ path: String) -> String {
        let encoded = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? ""
        return encoded.hasPrefix(".") ? encoded : "./" + encoded
    }

    /// The last change; a colour is not the only sign of it.
    private func callout(_ step: TrendCourse.Step?, _ scale: Scale) -> HTML {
        guard let step else { return "" }
        switch step.tone {
        case .good?: return " <b class=\"good\">✓ \(step.size.text(scale))</b>"
        case .bad?: return " <b class=\"bad\">✗ \(step.size.text(scale))</b>"
        default: return " <small>\(step.size.text(scale))</small>"
        }
    }

    // MARK: the numbers

    private func table(_ trends: [Trend]) -> HTML {
        let rows = trends.html { trend in
            targets.html { target in
                trend.course(of: target).map { row(trend, target, $0) } ?? ""
            }
        }
        return """
            <div class="scroll"><table>
            <thead><tr><th class="name">metric</th><th class="text">target</th><th>first</th>\
            <th>last</th><th>change</th><th>last change</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            </table></div>

            """
    }

    private func row(_ trend: Trend, _ target: String, _ course: TrendCourse) -> HTML {
        let scale = Scale(trend.unit, values: [course.first, course.last].compactMap(\.self))
        return """
            <tr><th class="name">\(trend.name(scale))</th>\
            <td class="text">\(swatch(target))\(HTML.breakable(target))</td>\
            <td>\(course.first.map(scale.number) ?? "–")</td>\
            <td>\(course.last.map(scale.number) ?? "–")</td>\
            \(cell(course.change, scale))\(cell(course.lastChange, scale))</tr>

            """
    }

    private func cell(_ step: TrendCourse.Step?, _ scale: Scale) -> HTML {
        let text = step?.size.text(scale) ?? ""
        switch step?.tone {
        case .good?: return "<td class=\"good\">\(text)</td>"
        case .bad?: return "<td class=\"bad\">\(text)</td>"
        default: return "<td>\(text)</td>"
        }
    }

    private func series(_ target: String) -> Int {
        (targets.firstIndex(of: target) ?? 0) % Palette.light.series.count
    }

    private func swatch(_ target: String) -> HTML {
        "<i class=\"swatch s\(series(target))\"></i>"
    }
}
