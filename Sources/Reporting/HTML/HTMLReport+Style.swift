// The page's one style sheet.

extension HTMLReport {
    /// Colours for targets; from the ninth on they repeat. Told apart by people with the common
    /// colour deficiencies (after Okabe and Ito, "Color Universal Design", 2008), darkened or
    /// lightened for contrast with the page.
    static let seriesColours = 8

    static let style: HTML = """
        :root { color-scheme: light dark;
          --page: #ffffff; --text: #1c2128; --dim: #5d6673; --line: #d8dee4; --soft: #f5f7f9;
          --good: #1a7f45; --bad: #b3261e; --warn: #9a6700; --warnsoft: #fff8e5;
          --s0: #4a6fa5; --s1: #d1701a; --s2: #14866d; --s3: #a64d79; --s4: #7a6a00;
          --s5: #3b8eb8; --s6: #8a4fc7; --s7: #6b6f76; }
        @media (prefers-color-scheme: dark) { :root {
          --page: #14171c; --text: #e2e6eb; --dim: #98a2ae; --line: #323943; --soft: #1c2128;
          --good: #5cc98a; --bad: #f28b82; --warn: #e3b341; --warnsoft: #2a2410;
          --s0: #7ba4df; --s1: #f0994a; --s2: #45c1a2; --s3: #dd86b2; --s4: #c9b737;
          --s5: #6cc0ea; --s6: #b98af0; --s7: #a3a9b3; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--text);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
        main { max-width: 1080px; margin: 0 auto; padding: 28px 24px 48px; }
        h1 { font-size: 24px; margin: 0; letter-spacing: -.01em; }
        h2 { font-size: 17px; margin: 36px 0 10px; }
        h3 { font-size: 14px; margin: 22px 0 6px; }
        h3 small, .facts, footer { color: var(--dim); font-weight: 400; }
        h3 small { font-size: 13px; }
        p { margin: 4px 0; }
        code { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", \
        monospace;
          overflow-wrap: anywhere; }
        .command { background: var(--soft); border: 1px solid var(--line); border-radius: 6px;
          padding: 8px 12px; margin-top: 12px; }
        .command span { color: var(--dim); font-size: 13px; margin-right: 6px; }
        .warnings { background: var(--warnsoft); border-left: 3px solid var(--warn);
          border-radius: 4px; padding: 10px 16px; margin-top: 20px; }
        .warnings h2 { margin: 0 0 4px; color: var(--warn); font-size: 15px; }
        .warnings ul { margin: 0; padding-left: 18px; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { padding: 5px 0 5px 18px; text-align: right; white-space: nowrap;
          vertical-align: baseline; }
        th { font-weight: 600; }
        thead th { border-bottom: 1px solid var(--line); font-size: 13px; vertical-align: bottom; }
        thead small { display: block; color: var(--dim); font-weight: 400; }
        tbody tr + tr > * { border-top: 1px solid var(--line); }
        th.name, td.text, th.text { text-align: left; }
        th.name { padding-left: 0; }
        td.text { white-space: normal; overflow-wrap: anywhere; min-width: 6em; }
        td.hash { font-size: 12px; color: var(--dim); }
        td.part { padding-left: 8px; color: var(--dim); font-size: 13px; }
        .none { color: var(--dim); }
        td.good { color: var(--good); } td.bad { color: var(--bad); } \
        td.open { color: var(--warn); }
        .verdict { border-left: 4px solid var(--dim); border-radius: 4px; background: var(--soft);
          padding: 12px 18px; margin-top: 20px; }
        .verdict h2 { margin: 0; font-size: 22px; text-transform: uppercase; \
        letter-spacing: .02em; }
        .verdict ul { margin: 6px 0 0; padding-left: 18px; }
        .verdict.good { border-color: var(--good); } .verdict.good h2 { color: var(--good); }
        .verdict.bad { border-color: var(--bad); } .verdict.bad h2 { color: var(--bad); }
        .verdict.open { border-color: var(--warn); background: var(--warnsoft); }
        .verdict.open h2 { color: var(--warn); }
        .changes { margin: 18px 0 10px; } td small { color: var(--dim); }
        #checks td.text { padding-left: 0; padding-right: 18px; min-width: 0; }
        .notes { color: var(--dim); font-size: 13px; padding-left: 24px; margin: 10px 0 0; }
        .plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(420px, 1fr));
          gap: 18px 28px; }
        figure { margin: 0; }
        figcaption { font-size: 13px; font-weight: 600; margin-bottom: 4px; }
        figcaption small { color: var(--dim); font-weight: 400; }
        svg { display: block; width: 100%; height: auto; overflow: visible; }
        svg text { font: 12px system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif;
          fill: var(--text); font-variant-numeric: tabular-nums; }
        svg .dim { fill: var(--dim); } svg .end { text-anchor: end; }
        svg .middle { text-anchor: middle; }
        svg .grid { stroke: var(--line); stroke-width: 1; }
        svg .dot { fill: var(--text); fill-opacity: .55; stroke: var(--page); stroke-width: .75; }
        svg .axis { stroke: var(--dim); stroke-width: 1.5; }
        svg .limit { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 4 3; }
        svg .span { fill: var(--dim); opacity: .35; } svg .point { fill: var(--dim); }
        svg .span.good, svg .point.good { fill: var(--good); }
        svg .span.bad, svg .point.bad { fill: var(--bad); }
        svg .span.open, svg .point.open { fill: var(--warn); }
        svg .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
        .swatch { display: inline-block; width: 10px; height: 10px; border-radius: 2px;
          margin-right: 7px; }
        .legend { display: flex; flex-wrap: wrap; gap: 2px 18px; font-size: 13px; \
        margin: 12px 0 6px; }
        dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr));
          gap: 0 28px; margin: 0; font-size: 14px; }
        dl div { display: flex; gap: 12px; justify-content: space-between; padding: 4px 0;
          border-bottom: 1px solid var(--line); }
        dt { color: var(--dim); } dd { margin: 0; text-align: right; overflow-wrap: anywhere; }
        footer { margin-top: 36px; font-size: 13px; border-top: 1px solid var(--line);
          padding-top: 10px; }
        @media (max-width: 520px) { main { padding: 20px 14px; }
          .plots, dl { grid-template-columns: 1fr; } }
        @media print { main { max-width: none; } figure, tr { break-inside: avoid; } }
        \(seriesRules)
        """

    private static var seriesRules: HTML {
        (0..<seriesColours).html { n in
            """
            i.s\(n) { background: var(--s\(n)); } svg .fill.s\(n) { fill: var(--s\(n)); }
            svg .curve.s\(n) { stroke: var(--s\(n)); }

            """
        }
    }
}
