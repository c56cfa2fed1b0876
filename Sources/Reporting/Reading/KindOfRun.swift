// Which verb made a record: what decides how it is read.
import RunRecord

public enum KindOfRun: String, Sendable, CaseIterable {
    case suite, claims, compare, gate, memory, tables, ladder, counters, bench, replay, profile
}

extension RunRecord {
    /// A gate that was tried on copies of one server: it judges none.
    var isSelfTest: Bool {
        verdict == nil && (certificate != nil || arguments.dropFirst(2).first == "selftest")
    }

    /// By what the record holds (a verdict, a certificate, claims) before the name of its verb;
    /// what neither tells is read as a suite.
    public var kindOfRun: KindOfRun {
        if verdict != nil || certificate != nil { return .gate }
        if !claims.isEmpty { return .claims }
        // Also where they come of a suite.
        if results.contains(where: { Metric.tableCPURow.covers($0.metric) }) { return .tables }
        // Under the names of the originals there is no verb.
        if let program = arguments.first, program.hasSuffix("-benchmark") { return .bench }
        let verb = arguments.dropFirst().first { !$0.hasPrefix("-") }
        // It ends in a comparison of the commit with the one before it.
        if verb == "bisect" { return .compare }
        return verb.flatMap { KindOfRun(rawValue: $0) } ?? .suite
    }
}
