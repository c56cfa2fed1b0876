// Where levels changed, in words: the releases to look at first.
import Quantities
import RunRecord

extension History.Group {
    /// `server CPU of valkey-9.1, get: −12.3 % from 8.1 (2026-11-21) on`, in the order of the runs;
    /// details are left out.
    var changeLines: [String] {
        var found: [(run: Int, text: String)] = []
        for trend in trends where !trend.isDetail {
            for target in targets {
                for level in trend.course(of: target)?.newLevels ?? [] {
                    let load = trend.workload.map { ", \($0)" } ?? ""
                    let size = level.share.changeText
                    found.append(
                        (
                            level.run,
                            "\(trend.title) of \(target)\(load): \(size) from "
                                + "\(runs[level.run]) on"
                        ))
                }
            }
        }
        return found.enumerated().sorted { first, second in
            (first.element.run, first.offset) < (second.element.run, second.offset)
        }.map(\.element.text)
    }

    /// The same for a terminal; empty where nothing changed.
    func changes(_ style: TerminalStyle) -> String {
        let changes = changeLines
        guard !changes.isEmpty else { return "" }
        return style.wrapped("levels that changed (\(History.changeRule)):", indent: 2)
            + changes.map { style.wrapped("  \(printable($0))", indent: 4) }.joined()
    }
}

extension History {
    /// The rule, as short as it can be told.
    static let changeRule =
        "bytes by 0.5 %, simulated counts by 4 %, all else by ranks, which find one in 1.6 % of "
        + "series where nothing did"
}
