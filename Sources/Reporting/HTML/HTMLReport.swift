// A run as one page: a file that opens from a disk, a mail or a CI artefact, years from now.
//
// Self-contained: the styles and the plots (inline SVG) are in it, nothing is fetched and no script
// is needed; a Content-Security-Policy in the page forbids both. It follows the reader's light or
// dark setting and prints.
//
// From top to bottom: what was run and how to repeat it, the verdict where there is one, what to
// beware of, published claims and what came of them, the table, a plot per metric with every
// sample, curves over the number of entries, misses by level, latencies where a distribution was
// kept, the machine.
//
// The page is a pure function of the record: the same record gives the same bytes.
import Foundation
import RunRecord

/// The HTML page of a run record.
public struct HTMLReport {
    let record: RunRecord
    /// What the terminal says of the same record.
    let reading: RunReading
    var table: SuiteTable { reading.table }
    /// In the order of their colours.
    let targetLabels: [String]

    public init(_ record: RunRecord) {
        self.record = record
        reading = RunReading(record)
        targetLabels = (record.targets.map(\.label) + record.results.map(\.target)).distinct()
    }

    /// The whole document.
    public func page() -> String {
        let names = targetLabels.joined(separator: ", ")
        let document: HTML = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" \
            content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Hashmark: \(names)</title>
            <style>
            \(Self.style)</style>
            </head>
            <body>
            <main>
            \(header)\(verdictSection)\(warnings)\(claims)\(effects)\(tables)\(plots)\(curves)\
            \(misses)\(latencies)\(targets)\(environment)\(footer)\
            </main>
            </body>
            </html>

            """
        return document.text
    }

    private var header: HTML {
        let facts = [
            record.startedAt.map { "started \($0)" },
            record.durationSeconds.map { "took \(Scale.grouped($0, decimals: 0)) s" },
            "seed \(record.seed)",
            "hashmark \(record.hashmarkVersion)",
        ].compactMap(\.self)
        return """
            <header>
            <h1>Hashmark</h1>
            <p class="facts">\(facts.joined(separator: " · "))</p>
            <p class="command"><span>repeat with</span> <code>\(record.repeatCommand)</code></p>
            </header>

            """
    }

    private var warnings: HTML {
        guard record.partial || !record.warnings.isEmpty || !record.incidents.isEmpty else {
            return ""
        }
        let partial: HTML =
            record.partial
            ? "<li><b>This run is partial:</b> \(RunReading.partialNote).</li>\n" : ""
        let invalid = record.invalidWarnings.html { warning in
            "<li><b>This run is invalid:</b> \(item(warning))</li>\n"
        }
        let incidents = record.incidents.html { "<li><b>\($0.sentence)</b></li>\n" }
        return """
            <section id="warnings" class="warnings">
            <h2>Beware</h2>
            <ul>
            \(partial)\(invalid)\(incidents)\(record.otherWarnings.html { warning in
                "<li>\(item(warning))</li>\n"
            })</ul>
            </section>

            """
    }

    private func item(_ warning: RunRecord.Warning) -> HTML {
        let subject: HTML = warning.target.map { "<b>\($0)</b>: " } ?? ""
        return "\(subject)\(warning.cause). <em>\(warning.remedy).</em>"
    }

    private var targets: HTML {
        guard !record.targets.isEmpty else { return "" }
        return """
            <section id="targets">
            <h2>Targets</h2>
            <div class="scroll"><table>
            <thead><tr><th class="name">target</th><th class="text">is</th>\
            <th class="text">version</th><th class="text">allocator</th>\
            <th class="text">binary</th></tr></thead>
            <tbody>
            \(record.targets.html { target in
                let allocator = [target.allocator, target.sizeClasses].compactMap(\.self)
                return """
                    <tr><th class="name">\(swatch(target.label))\(target.label)</th>\
                    <td class="text"><code>\(target.spelling)</code></td>\
                    <td class="text">\(target.version ?? "–")</td>\
                    <td class="text">\
                    \(allocator.isEmpty ? "–" : allocator.joined(separator: ", "))</td>\
                    <td class="text hash">\(target.binaryHash ?? "–")</td></tr>

                    """
            })</tbody>
            </table></div>
            </section>

            """
    }

    private var environment: HTML {
        var facts = record.environment.comparedFields.compactMap { field, value in
            value.map { (field, $0) }
        }
        let machine = record.environment
        if let system = machine.operatingSystem { facts.append(("operating system", system)) }
        if let bytes = machine.memoryBytes {
            let scale = Scale(.bytes, values: [Double(bytes)])
            facts.append(("memory", scale.text(Double(bytes))))
        }
        if let load = machine.loadAverage {
            facts.append(("load average", load.map { "\($0)" }.joined(separator: " ")))
        }
        if let steal = machine.stealRatio {
            facts.append(("steal", Scale(.ratio, values: [steal]).text(steal)))
        }
        guard !facts.isEmpty else { return "" }
        return """
            <section id="environment">
            <h2>Machine</h2>
            <dl>
            \(facts.html { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>\n" })</dl>
            </section>

            """
    }

    private var footer: HTML {
        """
        <footer>
        <p>± is half the distance between the smallest and the largest sample; changes are against \
        the first target, coloured where they exceed both spreads, and differences where the first \
        is too near to 0 for a share. They are no verdicts. \
        Schema <code>\(record.schema)</code>.</p>
        </footer>

        """
    }

    /// The colour of a target: its place among the page's series colours.
    func series(_ target: String) -> Int {
        (targetLabels.firstIndex(of: target) ?? 0) % Self.seriesColours
    }

    func swatch(_ target: String) -> HTML { "<i class=\"swatch s\(series(target))\"></i>" }
}

public struct HTMLFormat: ReportFormat {
    public let name = "html"

    public init() {}

    public func render(_ record: RunRecord) throws(RunRecordError) -> Data {
        Data(HTMLReport(record).page().utf8)
    }
}
