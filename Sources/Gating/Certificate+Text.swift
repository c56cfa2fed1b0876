// What a self-test found out, for a terminal.
import Gate
import Reporting
import RunRecord

extension Certificate {
    public func text(_ style: TerminalStyle = .plain) -> String { recorded.text(style) }
}

extension SelfTest {
    /// False alarms and power of a policy by a ``RoundModel``, as a table.
    /// - Parameter gates: of every kind, at most.
    public static func text(
        _ policy: Policy, _ model: RoundModel, gates: Int, seed: UInt64,
        _ style: TerminalStyle = .plain
    ) -> String {
        let rows = (harmless(policy) + harmful).map {
            modelled($0, policy, model, gates: gates, seed: seed).recorded
        }
        return model.words + "\n" + RunRecord.Certificate.table(rows).text(style)
    }
}
