// What a shell offers behind an option or a verb: names of what there is. Tables and metrics stand
// in the script that `--generate-completion-script` writes; what lies in files is asked of the
// executable when it is completed.
import ArgumentParser
import Foundation
import Keyspaces
import ReferenceServer
import Reporting
import RunRecord
import ShippedFiles

extension CompletionKind {
    static let table = CompletionKind.list(Table.builtIn.map(\.name))
    static let metric = CompletionKind.list(Metric.table.map(\.id))
    static let format = CompletionKind.list(ReportFormats.all.map(\.name))
    static let target = CompletionKind.custom { _, _, prefix in Completion.targets(prefix) }
    static let workload = named(.workload)
    static let suite = named(.suite)
    static let policy = named(.policy)
    static let sweep = named(.sweep)

    private static func named(_ kind: FileKind) -> CompletionKind {
        .custom { _, _, prefix in kind.names + Completion.files(prefix) }
    }
}

enum Completion {
    /// Schemes and tables, and behind a `?` the keys of a query.
    static func targets(_ prefix: String) -> [String] {
        if prefix.hasPrefix("ref:"), let mark = prefix.lastIndex(where: { "?&".contains($0) }) {
            return ServerConfiguration.names.map { "\(prefix[...mark])\($0)=" }
        }
        let loaded = "ref:" + ForeignTable.scheme
        if prefix.hasPrefix(loaded) {
            return files(String(prefix.dropFirst(loaded.count))).map { loaded + $0 }
        }
        return Table.builtIn.map { "ref:\($0.name)" }
            + [loaded, "exec:", "build:", "tcp://", "unix://", "redis://", "valkey://"]
            + ["rediss://", "valkeys://"]
    }

    /// Files and folders that begin so; none without a beginning, where names are meant.
    static func files(_ prefix: String) -> [String] {
        guard !prefix.isEmpty else { return [] }
        let folder = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
        let entries = try? FileManager.default.contentsOfDirectory(
            atPath: folder.isEmpty ? "." : folder)
        return (entries ?? []).filter { !$0.hasPrefix(".") }.map { folder + $0 }
            .filter { $0.hasPrefix(prefix) }.sorted()
    }

    /// The parser's script for bash takes the colon of `ref:` for the end of a word, as bash does
    /// where it is not told otherwise; all other text as it is.
    static func script(_ text: String) -> String {
        guard text.hasPrefix("#!/bin/bash") else { return text }
        return text + "\n# A target is one word, with its colon.\n"
            + "COMP_WORDBREAKS=${COMP_WORDBREAKS//:}"
    }
}
