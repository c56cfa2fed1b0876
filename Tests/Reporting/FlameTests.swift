// Flame graphs on the page: boxes with labels and widths that add up, tables that say the same, and
// names that stay names.
import Foundation
import Reporting
import RunRecord
import Testing

@Suite struct FlameTests {
    private func page(_ profiles: StackProfile...) -> Page {
        var record = profileRecord()
        record.targets = profiles.map { .init(label: $0.target, spelling: "ref:a") }
        record.profiles = profiles
        return Page(HTMLReport(record).page())
    }

    /// The graph with that id, without what the script reads.
    private func graph(_ page: Page, _ id: String) throws -> Substring {
        let start = try #require(page.text.firstRange(of: "<div class=\"flame\" id=\"\(id)\">"))
        let rest = page.text[start.lowerBound...]
        let end = try #require(rest.firstRange(of: "</svg>"))
        return rest[..<end.upperBound]
    }

    /// Left end, top and width of the box whose label begins so.
    private func box(_ graph: Substring, _ label: String) throws -> [Double] {
        let start = try #require(graph.firstRange(of: "aria-label=\"\(label)"), "\(graph)")
        let match = try #require(
            graph[start.lowerBound...].firstMatch(
                of: #/<rect x="([0-9.]+)" y="([0-9.]+)" width="([0-9.]+)"/#))
        return try [match.1, match.2, match.3].map { try #require(Double($0)) }
    }

    @Test func boxesAreAsWideAsTheirTime() throws {
        let graph = try self.graph(self.page(sampleProfile("valkey-9.1")), "flame-0")
        let root = try box(graph, "all, 812.0 ns/op, 100 %")
        #expect(root == [0, 0, 1072])
        let kernel = try box(graph, "tcp_sendmsg, 333.0 ns/op, 41 %")
        #expect(abs(kernel[2] - 1072 * 333 / 812) < 0.02 && kernel[1] == 4 * 18)
        let lookup = try box(graph, "lookupKey, 396.0 ns/op, 49 %")
        let send = try box(graph, "send, 333.0 ns/op, 41 %")
        // The widest first; what is its own is to the right.
        #expect(lookup[0] == 0 && abs(send[0] - lookup[2]) < 0.02)
        let merged = try box(graph, "1 below 0.1 %, 0.5 ns/op, 0.1 %")
        #expect(abs(merged[2] - 1072 * 0.5 / 812) < 0.02 && merged[1] == lookup[1])
        #expect(!graph.contains("[anon]"))
        for tone in ["user", "kernel", "inlined", "merged", "root"] {
            #expect(graph.contains("<g class=\"frame \(tone)\" role=\"img\""), "\(tone)")
        }
        #expect(graph.contains(">lookupKey</text>") && graph.contains("the kernel’s"))
    }

    /// A name that is longer than its box is cut, and whole in the label.
    @Test func namesAreCutToTheirBoxes() throws {
        let graph = try self.graph(self.page(sampleProfile("a")), "flame-0")
        #expect(graph.contains(">std::map&lt;int, ch…</text>"), "\(graph)")
        #expect(graph.contains("::operator&lt;(&quot;k&quot;, int const&amp;) const, 100.0 ns/op"))
    }

    @Test func thePageHoldsTogetherWithoutScripts() throws {
        let page = self.page(sampleProfile("a"))
        #expect(page.sections.contains("functions"))
        #expect(page.unbalancedTag == nil)
        let functions = page.section("functions")
        #expect(functions.contains("<th class=\"name\" data-function=\"1\">lookupKey</th>"))
        #expect(functions.contains("<td>296.0</td><td>36 %</td><td>396.0</td><td>49 %</td>"))
        #expect(functions.contains("<p class=\"facts\">3,248 samples, "))
        for word in ["http:", "https:", "src=", "url(", "fetch(", "eval(", "onclick"] {
            #expect(!page.text.contains(word), "\(word)")
        }
        #expect(!page.text.contains("hidden>"))
        // Nothing of it on a page without profiles.
        #expect(!HTMLReport(sampleRecord()).page().contains(".flame"))
    }

    @Test func theScriptHasEveryStack() throws {
        let text = page(sampleProfile("a")).text
        let match = try #require(
            text.firstMatch(of: #/<script type="application/json">([^<]*)<\/script>/#))
        let data = try JSONValue(Data(match.1.utf8))
        #expect(data["names"].texts == sampleProfile("a").frames.map(\.function))
        #expect(data["stacks"].list.map(\.wholes) == sampleProfile("a").stacks)
        #expect(abs(data["values"].sum - 812) < 1e-6 && data["before"] == .null)
        #expect(data["unit"].text == "ns/op" && data["decimals"].whole == 1)
    }

    @Test func hostileNamesStayNames() {
        let page = self.page(sampleProfile(hostile, named: hostile + "</script><!--"))
        #expect(page.count("<script") == 2 && page.count("</script>") == 2)
        #expect(!page.text.contains("\u{1b}") && !page.text.contains("<!--"))
        #expect(page.unbalancedTag == nil)
    }

    // MARK: two

    @Test func coloursTellTheChangesAndLabelsTheirSigns() throws {
        let page = self.page(
            sampleProfile("old", spin: 20, scatter: 2, rounds: 8),
            sampleProfile("new", spin: 56, scatter: -3, rounds: 8))
        #expect(page.sections.contains("changes"))
        let graph = try self.graph(page, "flame-change-0")
        #expect(
            graph.contains(
                "<g class=\"frame more2\" role=\"img\" "
                    + "aria-label=\"spin, 56.0 ns/op, 6.5 %, itself +36.0 ± 0.0 ns/op\">"),
            "\(graph)")
        #expect(graph.contains("<g class=\"frame same\" role=\"img\" aria-label=\"lookupKey, "))
        #expect(graph.contains("more than old") && !graph.contains("frame kernel"))
        let changes = page.section("changes")
        #expect(changes.contains("<td class=\"bad\">+36.0</td>"))
        #expect(changes.contains("\"before\":["))
        #expect(page.unbalancedTag == nil && Set(page.ids).count == page.ids.count)
    }

    @Test func whatVanishedIsInTheDataAndTheTable() throws {
        let page = self.page(
            sampleProfile("old", spin: 56, rounds: 8), sampleProfile("new", rounds: 8))
        let graph = try self.graph(page, "flame-change-0")
        #expect(!graph.contains("spin"))
        let changes = page.section("changes")
        #expect(changes.contains("\"spin\"") && changes.contains("\"less2\""))
        #expect(changes.contains("<td class=\"good\">−56.0</td>"))
    }
}
