// A run as one page: a file that opens from a disk, a mail or a CI artefact, years from now.
//
// Self-contained: styles, plots (inline SVG) and a script that only adds comfort are in it, and
// nothing is fetched; a Content-Security-Policy in the page forbids it. It follows the reader's
// light or dark setting, fits a telephone and prints.
//
// From top to bottom: what makes the run invalid or partial; what was run, the verdict or the run
// in a sentence, how to repeat it, links; what to beware of; published claims; checks, a
// certificate or effects on one scale; then what was measured by topic: per core, memory,
// misses, latency, with the rest folded; where time went (Flame/); what was measured, and the
// machine.
//
// The page is a pure function of the record: the same record gives the same bytes.
import Foundation
import RunRecord

/// The HTML page of a run record.
public struct HTMLReport {
    let record: RunRecord
    /// What the terminal says of the same record.
    let reading: RunReading
    /// Every result, which the charts show.
    let everything: SuiteTable
    /// Conditions that are the same wherever they are stated: said once.
    let constants: Conditions
    /// In the order of their colours.
    let targetLabels: [String]

    public init(_ record: RunRecord) {
        self.record = record
        reading = RunReading(record)
        everything = SuiteTable(record, tellsChanges: false)
        constants = everything.constants
        targetLabels = everything.targets
    }

    /// A part of the page under a heading of its own, to which the contents lead.
    struct Section {
        var id: String
        var title: String
        /// Empty where the record has nothing for it.
        var body: HTML
        var isFolded = false
    }

    /// The whole document.
    public func page() -> String {
        let sections = self.sections.filter { !$0.body.isEmpty }
        let hasFlames = self.hasFlames
        return HTML.document(
            title, "\(banner)\(header(sections))\(sections.html(section))\(footer)",
            style: hasFlames ? FlameStyle.rules : "", script: hasFlames ? FlameScript.all : "")
    }

    private var sections: [Section] {
        var sections = [
            Section(id: "warnings", title: "Beware", body: warnings),
            Section(id: "claims", title: "Published claims", body: claims),
            Section(id: "checks", title: "Checks", body: checks),
            Section(id: "certificate", title: "Certificate", body: certificate),
            Section(id: "effects", title: effectsTitle, body: effects),
        ]
        let topics = Metric.Topic.allCases.map { topic in
            Section(
                id: topic.id, title: topic.title, body: topicBody(topic),
                isFolded: topic == .other)
        }
        let profiles = [
            Section(id: "changes", title: "Changes by function", body: functionChanges),
            Section(id: "functions", title: "Functions", body: functions),
        ]
        // Where effects are told, what they follow from is for who asks.
        if sections.contains(where: { ["checks", "effects"].contains($0.id) && !$0.body.isEmpty }) {
            let body = topics.filter { !$0.body.isEmpty }.html { topic in
                "<h3>\(topic.title)</h3>\n\(topic.body)"
            }
            sections.append(
                Section(id: "results", title: "Results", body: body, isFolded: true))
            sections += profiles
        } else {
            let isBench = reading.kind == .bench
            let numbers = Section(
                id: "numbers", title: isBench ? "Tests" : "Line by line", body: told)
            if isBench { sections.append(numbers) }
            sections.append(Section(id: "rates", title: "Latency by rate", body: trials))
            sections.append(Section(id: "nodes", title: "Nodes", body: nodeShares))
            sections += reading.kind == .profile ? profiles + topics : topics + profiles
            if !isBench { sections.append(numbers) }
        }
        // Warnings alone are no results.
        let isBare = sections.dropFirst().allSatisfy(\.body.isEmpty) && record.verdict == nil
        sections += [
            Section(id: "results", title: "Results", body: isBare ? "<p>None.</p>\n" : ""),
            Section(id: "notes", title: "Notes", body: notes),
            Section(id: "targets", title: "Targets", body: targets),
            Section(id: "environment", title: "Machine", body: environment, isFolded: true),
        ]
        return sections
    }

    private func section(_ section: Section) -> HTML {
        if section.isFolded {
            return """
                <section id="\(section.id)">
                <details><summary><h2>\(section.title)</h2></summary>
                \(section.body)</details>
                </section>

                """
        }
        return """
            <section id="\(section.id)">
            <h2>\(section.title)</h2>
            \(section.body)</section>

            """
    }

    private var footer: HTML {
        """
        <footer>
        <p>Changes are against the first target, coloured where they exceed both spreads, and \
        differences where the first is too near to 0 for a share. They are no verdicts. \
        Schema <code>\(record.schema)</code>.</p>
        </footer>

        """
    }

    /// The colour of a target: its place among the page's series colours.
    func series(_ target: String) -> Int {
        (targetLabels.firstIndex(of: target) ?? 0) % Palette.light.series.count
    }

    func swatch(_ target: String) -> HTML { "<i class=\"swatch s\(series(target))\"></i>" }

    /// Which colour is whose.
    func legend(_ targets: [String]) -> HTML {
        let entries = targets.html { "<span>\(swatch($0))\(HTML.breakable($0))</span>" }
        return "<div class=\"legend\">\(entries)</div>\n"
    }
}

public struct HTMLFormat: ReportFormat {
    public let name = "html"

    public init() {}

    public func render(_ record: RunRecord) throws(RunRecordError) -> Data {
        Data(HTMLReport(record).page().utf8)
    }
}
