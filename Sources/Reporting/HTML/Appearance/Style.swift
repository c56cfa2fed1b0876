// The page's one style sheet.
//
// Nothing scrolls sideways but boxes that say so: tables are in one with a shadow where more is
// hidden, their first column stays. Words are broken only where they would not fit a line of their
// own.

extension HTMLReport {
    static let style: HTML = """
        :root { color-scheme: light dark; \(Palette.light.variables)}
        @media (prefers-color-scheme: dark) { :root { \(Palette.dark.variables)} }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--text); overflow-wrap: break-word;
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
        main { max-width: 1120px; margin: 0 auto; padding: 28px 24px 48px; }
        h1 { font-size: 24px; line-height: 1.3; margin: 0; letter-spacing: -.01em; }
        h2 { font-size: 19px; margin: 40px 0 10px; }
        h3 { font-size: 15px; margin: 26px 0 8px; }
        h3 small, .facts, footer { color: var(--dim); font-weight: 400; }
        h3 small { font-size: 13px; }
        p { margin: 4px 0; }
        a { color: var(--link); }
        small { font-size: 13px; }
        code { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", \
        monospace; }
        .headline { font-size: 17px; margin: 10px 0; max-width: 46em; }
        .links { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 12px 0 0; font-size: 14px; }
        .command { background: var(--soft); border: 1px solid var(--line); border-radius: 6px;
          padding: 8px 12px; margin: 12px 0; display: flex; flex-wrap: wrap; gap: 2px 10px; }
        .command span { color: var(--dim); font-size: 13px; }
        .command code { flex: 1 1 16em; min-width: 0; user-select: all; }
        .banner { border-left: 4px solid var(--bad); background: var(--soft); border-radius: 4px;
          padding: 10px 16px; margin: 0 0 20px; }
        #warnings { background: var(--warnsoft); border-left: 3px solid var(--warn);
          border-radius: 4px; padding: 10px 16px; margin-top: 20px; }
        #warnings h2 { margin: 0 0 4px; color: var(--warn); font-size: 15px; }
        .banner ul, #warnings ul, .verdict ul { margin: 0; padding-left: 18px; }
        details { margin: 14px 0; }
        summary { cursor: pointer; color: var(--link); }
        summary h2 { display: inline-block; margin: 14px 0 6px; color: var(--text); }
        \(tableRules)\(verdictRules)\(chartRules)
        dl { display: grid; gap: 0 28px; margin: 0; font-size: 14px;
          grid-template-columns: repeat(auto-fill, minmax(min(320px, 100%), 1fr)); }
        dl div { display: flex; gap: 12px; justify-content: space-between; padding: 4px 0;
          border-bottom: 1px solid var(--line); }
        dt { color: var(--dim); } dd { margin: 0; text-align: right; min-width: 0; }
        footer { margin-top: 36px; font-size: 13px; border-top: 1px solid var(--line);
          padding-top: 10px; }
        .tip { position: fixed; z-index: 3; pointer-events: none; padding: 3px 8px;
          max-width: 28em; background: var(--text); color: var(--page); border-radius: 4px;
          font-size: 13px; }
        input[type="search"] { font: inherit; font-size: 13px; color: var(--text); padding: 3px 8px;
          background: var(--page); border: 1px solid var(--dim); border-radius: 4px; }
        button { font: inherit; font-size: 13px; color: var(--link); background: none; border: 0;
          padding: 0; cursor: pointer; }
        @media (max-width: 640px) { main { padding: 18px 14px; }
          th.name { max-width: 8.5em; } th, td { padding-left: 12px; }
          .forest .row { grid-template-columns: 1fr auto; gap: 2px 12px; padding: 6px 0; }
          .forest .track { grid-column: 1 / -1; order: 3; } }
        @media print { main { max-width: none; } figure, tr, .row { break-inside: avoid; } }
        \(seriesRules)
        """

    private static let tableRules: HTML = """
        .scroll { overflow-x: auto; margin: 6px 0 14px; background:
            linear-gradient(to right, var(--page) 40%, transparent) left / 32px 100% local,
            linear-gradient(to left, var(--page) 40%, transparent) right / 32px 100% local,
            linear-gradient(to right, var(--shade), transparent) left / 10px 100% scroll,
            linear-gradient(to left, var(--shade), transparent) right / 10px 100% scroll;
          background-repeat: no-repeat; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { padding: 5px 0 5px 18px; text-align: right; white-space: nowrap;
          vertical-align: baseline; }
        th { font-weight: 600; }
        thead th { border-bottom: 1px solid var(--line); font-size: 13px; vertical-align: bottom; }
        thead small, tbody th small { display: block; color: var(--dim); font-weight: 400; }
        tbody tr + tr > * { border-top: 1px solid var(--line); }
        th.name { padding: 5px 8px 5px 0; text-align: left; white-space: normal; max-width: 18em;
          position: sticky; left: 0; z-index: 1; background: var(--page); }
        tbody th.name:has(.swatch) { min-width: 7.5em; }
        td.text, th.text { text-align: left; }
        td.text { white-space: normal; min-width: 9em; }
        td.part { padding-left: 8px; color: var(--dim); font-size: 13px; }
        .caption { font-size: 14px; margin: 14px 0 2px; } .caption small { color: var(--dim); }
        .none { color: var(--dim); } .good { color: var(--good); } .bad { color: var(--bad); }
        .open { color: var(--warn); }
        td.good { color: var(--good); } td.bad { color: var(--bad); } \
        td.open { color: var(--warn); }
        .notes { color: var(--dim); font-size: 13px; padding-left: 24px; margin: 10px 0 0; }

        """

    private static let verdictRules: HTML = """
        .verdict { border-left: 4px solid var(--dim); border-radius: 4px; background: var(--soft);
          padding: 12px 18px; margin-top: 16px; color: var(--text); }
        .verdict strong { font-size: 22px; text-transform: uppercase; letter-spacing: .02em; }
        .verdict.good { border-color: var(--good); } .verdict.good strong { color: var(--good); }
        .verdict.bad { border-color: var(--bad); } .verdict.bad strong { color: var(--bad); }
        .verdict.open { border-color: var(--warn); background: var(--warnsoft); }
        .verdict.open strong { color: var(--warn); }
        .counts { font-weight: 600; }
        .forest { margin: 8px 0 14px; }
        .forest .row { display: grid; grid-template-columns: minmax(9em, 18em) 1fr 13em;
          gap: 2px 16px; align-items: center; padding: 3px 0; }
        .forest .row + .row + .row { border-top: 1px solid var(--line); }
        .forest .what small { color: var(--dim); }
        .forest .change { text-align: right; white-space: nowrap;
          font-variant-numeric: tabular-nums; }
        .forest .change small { display: block; color: var(--dim); }
        .forest svg { width: 100%; height: 22px; overflow: hidden; }
        .sides { display: flex; justify-content: space-between; font-size: 13px; }
        .sides, .ticks { color: var(--dim); }
        .ticks { position: relative; height: 18px; font-size: 12px; }
        .ticks span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
        .forest path { fill: none; vector-effect: non-scaling-stroke; stroke: var(--dim); }
        .forest .grid { stroke: var(--line); } .forest .axis { stroke-width: 1.5; }
        .forest .limit { stroke: var(--bad); stroke-dasharray: 4 3; }
        .forest .span { stroke-width: 9; stroke-opacity: .35; }
        .forest .point { stroke-width: 10; stroke-linecap: round; }
        .forest .arrow { stroke-width: 2; }
        .forest path.good { stroke: var(--good); } .forest path.bad { stroke: var(--bad); }
        .forest path.open { stroke: var(--warn); }

        """

    private static let chartRules: HTML = """
        .plots { display: grid; gap: 26px 32px; margin: 14px 0;
          grid-template-columns: repeat(auto-fill, minmax(min(440px, 100%), 1fr)); }
        figure { margin: 0; max-width: 560px; }
        figcaption { font-size: 14px; font-weight: 600; margin-bottom: 8px; }
        figcaption small { color: var(--dim); font-weight: 400; }
        svg { display: block; width: 100%; height: auto; overflow: visible; }
        svg text { font: 12px system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif;
          fill: var(--text); font-variant-numeric: tabular-nums; }
        svg .dim { fill: var(--dim); } svg .end { text-anchor: end; }
        svg .middle { text-anchor: middle; }
        svg .grid { stroke: var(--line); stroke-width: 1; }
        svg .dot { fill: var(--text); fill-opacity: .55; stroke: var(--page); stroke-width: .75; }
        svg .fill.good { fill: var(--good); } svg .fill.bad { fill: var(--bad); }
        svg .range { stroke: var(--text); stroke-width: 2; }
        svg .mark { stroke: var(--dim); stroke-width: 1; stroke-dasharray: 4 3; }
        svg .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
        .swatch { display: inline-block; width: 10px; height: 10px; border-radius: 2px;
          margin-right: 7px; }
        .bar { display: block; min-width: 1px; height: 10px; border-radius: 2px; }
        .sample { display: inline-block; width: 7px; height: 7px; border-radius: 50%;
          margin-right: 7px; background: var(--text); opacity: .55; }
        .legend { display: flex; flex-wrap: wrap; gap: 2px 18px; font-size: 13px; \
        margin: 10px 0 6px; }

        """

    private static var seriesRules: HTML {
        Palette.light.series.indices.html { n in
            """
            i.s\(n) { background: var(--s\(n)); } svg .fill.s\(n) { fill: var(--s\(n)); }
            svg .curve.s\(n) { stroke: var(--s\(n)); }

            """
        }
    }
}
