// A page taken apart: its sections, its links, its first unbalanced tag.

struct Page {
    let text: String

    init(_ text: String) { self.text = text }

    /// Ids of the sections, from top to bottom.
    var sections: [String] { all(/<section id="([a-z-]+)"/) }
    var ids: [String] { all(#/ id="([^"]*)"/#) }
    /// Places of the page that links lead to.
    var anchors: [String] { all(/<a href="#([^"]*)"/) }
    /// What the contents list, in their order.
    var contents: [String] {
        let nav = text.firstMatch(of: /<nav[^>]*>([\s\S]*?)<\/nav>/).map { String($0.1) }
        return Page(nav ?? "").anchors
    }

    func count(_ part: String) -> Int { text.ranges(of: part).count }

    /// The text of a section, tags included; empty where there is none.
    func section(_ id: String) -> String {
        guard let start = text.firstRange(of: "<section id=\"\(id)\"") else { return "" }
        let rest = text[start.lowerBound...]
        guard let end = rest.firstRange(of: "</section>") else { return "" }
        return String(rest[..<end.upperBound])
    }

    /// The first tag that closes nothing or is never closed; nil when all are balanced.
    var unbalancedTag: String? {
        let lone = ["meta", "circle", "line", "rect", "path", "br", "wbr"]
        // The script has no tags, and comparisons that look like some.
        let markup = text.replacing(/<script>[\s\S]*?<\/script>/, with: "")
        var open: [String] = []
        for match in markup.matches(of: /<(\/?)([a-z][a-z0-9]*)([^>]*?)(\/?)>/) {
            let name = String(match.2)
            if lone.contains(name) { continue }
            if match.1.isEmpty {
                open.append(name)
            } else if open.popLast() != name {
                return name
            }
        }
        return open.last
    }

    private func all(_ pattern: Regex<(Substring, Substring)>) -> [String] {
        text.matches(of: pattern).map { String($0.1) }
    }
}
