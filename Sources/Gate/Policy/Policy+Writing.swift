// A policy as the text of a file, with every number written out: what a record keeps of it. Reading
// the text gives the policy back.
import Foundation
import Quantities

extension Policy {
    public var yaml: String {
        var lines = [
            "schema: \(Self.schema)", "name: \(Self.quoted(name))", "title: \(Self.quoted(title))",
            cells.isEmpty ? "cells: []" : "cells:",
        ]
        for cell in cells {
            lines.append(
                "  - {workload: \(Self.quoted(cell.workload)), pipeline: \(cell.pipeline)"
                    + (cell.entries.map { ", entries: \($0)" } ?? "") + "}")
        }
        if let openLoop {
            lines.append(
                "open_loop: {workload: \(Self.quoted(openLoop.workload)), load: \(openLoop.load)}")
        }
        if let entries { lines.append("entries: \(entries)") }
        if let connections { lines.append("connections: \(connections)") }
        let budget = Nanoseconds(seconds: budgetSeconds)
        lines += [
            "budget: \(Int(budget.value(in: .milliseconds).rounded()))ms", "alpha: \(alpha)",
            "pooled_share: \(pooledShare)", "screen_q: \(screenQ)",
            "rounds: {screen: \(rounds.screen), least: \(rounds.least), cap: \(rounds.cap), "
                + "precision: \(rounds.precision), seconds: \(rounds.seconds), "
                + "warm_up: \(rounds.warmUpMilliseconds)ms}",
            "memory: {key_size: \(memory.keySize), value_size: \(memory.valueSize), "
                + "entries: \(memory.entries), launches: \(memory.launches)}",
            "simulated: {"
                + (simulated.workload.map { "workload: \(Self.quoted($0)), " } ?? "")
                + "entries: \(simulated.entries), requests: \(simulated.requests), "
                + "screen: \(simulated.screen), seeds: \(simulated.seeds)}",
            "rules:",
        ]
        lines += rules.map(\.yaml)
        return lines.joined(separator: "\n") + "\n"
    }

    /// A double-quoted scalar: JSON's strings are YAML's, too.
    static func quoted(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // A string always encodes.
        return String(decoding: try! encoder.encode(text), as: UTF8.self)
    }
}

extension Rule {
    fileprivate var yaml: String {
        var parts = ["metric: \(Policy.quoted(metric))", "rule: \(kind.rawValue)"]
        if kind != .advisory && !isDifference { parts.append("margin: \(margin)") }
        if let marginAbsolute { parts.append("margin_absolute: \(marginAbsolute)") }
        if let cellMargin { parts.append("cell_margin: \(cellMargin)") }
        if isOptional { parts.append("optional: true") }
        return "  - {\(parts.joined(separator: ", "))}"
    }
}
