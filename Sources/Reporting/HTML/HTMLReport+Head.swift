// The head of the page: what is wrong with the run, what was run, what came out in a sentence, how
// to repeat it and where everything is. Then what to beware of.
import Quantities
import RunRecord

extension HTMLReport {
    // MARK: what was run

    /// `suite · small · valkey-7.2, valkey-9.1`
    var title: String {
        [verb, subject, contestants].compactMap(\.self).filter { !$0.isEmpty }
            .joined(separator: " · ")
    }

    private var verb: String {
        switch reading.kind {
        case .claims: KindOfRun.suite.rawValue
        case .gate where record.isSelfTest: "gate selftest"
        default: reading.kind.rawValue
        }
    }

    /// The policy, the suite or the load.
    private var subject: String? {
        if let verdict = record.verdict { return "policy \(verdict.policy)" }
        if let certificate = record.certificate { return "policy \(certificate.policy)" }
        let given = record.arguments.drop { $0 != verb }.dropFirst().first
        if [.suite, .claims, .replay].contains(reading.kind), let given, !given.hasPrefix("-") {
            let file = given.split(separator: "/").last.map(String.init) ?? given
            return file.hasSuffix(".yaml") ? String(file.dropLast(5)) : file
        }
        let names = record.workloads.map(\.name).filter { $0 != verb }
        return names.isEmpty ? nil : Self.list(names)
    }

    private var contestants: String {
        if let verdict = record.verdict {
            return "\(verdict.candidate) against \(verdict.baseline ?? "stored numbers")"
        }
        if let certificate = record.certificate { return certificate.target }
        guard let comparison = reading.comparison, !comparison.candidates.isEmpty else {
            return Self.list(targetLabels)
        }
        return "\(Self.list(comparison.candidates)) against \(comparison.baseline)"
    }

    /// As many as a heading holds.
    private static func list(_ names: [String]) -> String {
        let most = 4
        guard names.count > most else { return names.joined(separator: ", ") }
        return names.prefix(most).joined(separator: ", ") + " and \(names.count - most) more"
    }

    // MARK: what stands above all

    /// What keeps the run from being what was asked for.
    var banner: HTML {
        var items: HTML = ""
        if record.partial {
            items += "<li><b>This run is partial:</b> \(RunReading.partialNote).</li>\n"
        }
        items += record.invalidWarnings.html { warning in
            "<li><b>This run is invalid:</b> \(item([warning]))</li>\n"
        }
        items += record.incidents.html { "<li><b>\($0.sentence)</b></li>\n" }
        return items.isEmpty ? "" : "<div class=\"banner\"><ul>\n\(items)</ul></div>\n"
    }

    /// - Parameter sections: to which the contents lead.
    func header(_ sections: [Section]) -> HTML {
        let facts = [
            record.startedAt.map { "started \($0)" },
            record.durationSeconds.map { "took \($0.grouped(0)) s" },
            "seed \(record.seed)",
            "hashmark \(record.hashmarkVersion)",
        ].compactMap(\.self)
        let contents = sections.html { "<a href=\"#\($0.id)\">\($0.title)</a>\n" }
        let common: HTML =
            constants.isEmpty ? "" : "<p class=\"facts\">all: \(constants.words)</p>\n"
        return """
            <header>
            <h1>\(HTML.breakable(title))</h1>
            \(record.verdict.map(verdict) ?? headline)\
            <nav class="links">
            <a href="run.json">run.json</a>
            <a href="#command">command</a>
            \(contents)</nav>
            <p class="command" id="command"><span>repeat with</span> \
            <code>\(record.repeatCommand)</code></p>
            <p class="facts">\(facts.joined(separator: " · "))</p>
            \(common)</header>

            """
    }

    /// Faults stand in the banner.
    private var headline: HTML {
        Headline(of: record).findings.html { "<p class=\"headline\">\($0).</p>\n" }
    }

    private func verdict(_ verdict: RunRecord.Verdict) -> HTML {
        let reasons = verdict.reasons + verdict.advice.map { "→ \($0)" }
        return """
            <div id="verdict" class="verdict \(verdict.status.tone.rawValue)">
            <p><strong>\(verdict.status.rawValue)</strong></p>
            <ul>
            \(reasons.html { "<li>\($0)</li>\n" })</ul>
            </div>

            """
    }

    // MARK: what to beware of

    var warnings: HTML {
        let groups = record.warningsByRemedy
        guard !groups.isEmpty else { return "" }
        return """
            <ul>
            \(groups.html { "<li>\(item($0))</li>\n" })</ul>

            """
    }

    /// - Parameter warnings: with one remedy.
    private func item(_ warnings: [RunRecord.Warning]) -> HTML {
        let causes = warnings.html { warning in
            let subject: HTML = warning.target.map { "<b>\($0)</b>: " } ?? ""
            return "\(subject)\(warning.cause). "
        }
        return "\(causes)<em>\(warnings.first?.remedy ?? "").</em>"
    }
}

extension RunRecord.Verdict.Status {
    fileprivate var tone: ForestPlot.Tone {
        switch self {
        case .regression: .bad
        case .inconclusive: .open
        case .improvement, .pass: .good
        }
    }
}
