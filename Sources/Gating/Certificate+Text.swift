// What a self-test found out, for a terminal.
import Gate
import Progress
import Quantities
import Reporting
import RunRecord

extension Certificate {
    /// The table for a terminal.
    public func text(_ style: TerminalStyle = .plain) -> String { recorded.text(style) }
}

extension SelfTest {
    /// False alarms and power of a policy by a ``RoundModel``, as a table.
    /// - Parameter gates: of every kind, at most.
    public static func text(
        _ policy: Policy, _ model: RoundModel, gates: Int, seed: UInt64,
        _ style: TerminalStyle, _ progress: ProgressBar
    ) -> String {
        let trials = harmless(policy) + harmful
        let spans = Course.spans(trials.map { Double(min(gates, $0.most)) })
        let rows = zip(trials, spans).map { trial, span -> RunRecord.Certificate.Row in
            progress.begin(trial.name, span)
            defer { progress.end() }
            return modelled(trial, policy, model, gates: gates, seed: seed) {
                progress.advance(to: $0)
            }.recorded
        }
        return model.words + "\n" + RunRecord.Certificate.table(rows).text(style)
    }
}
