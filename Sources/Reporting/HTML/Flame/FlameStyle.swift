// The colours of flame graphs: the page's own, thinned with its ground, so that names can be read
// on them by day and by night.
import RunRecord

enum FlameStyle {
    static let kinds: [(kind: StackProfile.Frame.Kind, series: Int, text: String)] = [
        (.user, 0, "the program’s"), (.kernel, 1, "the kernel’s"), (.inlined, 2, "inlined"),
        (.unnamed, 7, "without a name"),
    ]
    /// Orange and blue, which nearly everybody tells apart; labels have the sign as well.
    static let more = 1
    static let less = 0
    static let same = 7

    static var rules: HTML {
        let tints = Palette.tints
        let ofKinds = kinds.html { rule($0.kind.rawValue, $0.series, tints[1]) }
        let ofChanges = tints.enumerated().html { strength, tint in
            "\(rule("more\(strength)", more, tint))\(rule("less\(strength)", less, tint))"
        }
        return """
            \(ofKinds)\(ofChanges)\(rule(FlameGraph.unchanged, same, tints[0]))\
            \(rule("merged", same, tints[0]))\(rule("root", same, tints[1]))\
            .flame { margin: 10px 0 18px; }
            .flame .canvas { background: none; }
            .flame svg { min-width: 1000px; }
            .flame svg text { pointer-events: none; }
            .flame .frame { cursor: pointer; outline: none; }
            .flame .frame rect { stroke: var(--page); stroke-width: 1; }
            .flame .frame:hover rect { stroke: var(--dim); }
            .flame .past rect { fill-opacity: \(tints[0]); }
            .flame .searching .frame rect { fill-opacity: .06; }
            .flame .searching .match rect { fill-opacity: \(tints[2]); stroke: var(--dim); }
            .flame .frame:focus rect { stroke: var(--text); stroke-width: 2; }
            .flame .tools { display: flex; flex-wrap: wrap; gap: 6px 14px; margin: 8px 0;
              align-items: center; font-size: 13px; }
            .flame .tools button[aria-pressed="true"] { color: var(--text); font-weight: 600; }
            .flame .tools input { flex: 0 1 18em; min-width: 0; }
            .functions th.name { overflow-wrap: anywhere; min-width: 9em; }
            button.pick { text-align: left; }

            """
    }

    private static func rule(_ name: String, _ series: Int, _ tint: Double) -> HTML {
        ".flame .\(name) rect { fill: var(--s\(series)); fill-opacity: \(tint); }\n"
    }
}
