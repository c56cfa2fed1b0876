// Which functions of two profiles differ: by function the mean of the rounds' differences, paired
// by round, with Student's interval.
//
// Samples within a round are no sample of rounds: a multinomial interval over all of them is four
// times too narrow for what the kernel takes, which goes up and down from launch to launch. The
// differences of rounds hold what a launch does, and Student's t keeps its level on them with
// eight rounds as with thirty.
//
// Of many functions some differ by chance: of 150, seven or eight have an interval without 0 where
// nothing changed. Holm's adjustment says which stand out of all that were looked at. Looked at are
// those with a thousandth of the whole or more, baseline and candidate together, whatever their
// change: the others could not pass and would cost those that can.
import RunRecord

extension StackDifference {
    /// Of the whole.
    private static let leastShare = 0.001
    private static let confidence = 0.95

    /// Nil where the two are not of one load and unit, or no round of both has samples and
    /// operations.
    public init?(baseline: StackProfile, candidate: StackProfile) {
        guard baseline.unit == candidate.unit, baseline.workload == candidate.workload else {
            return nil
        }
        typealias Own = [StackProfile.FunctionName: Double]
        var pairs: [(before: Own, after: Own)] = []
        for case (let before?, let after?) in zip(baseline.ownByRound, candidate.ownByRound) {
            pairs.append((before, after))
        }
        guard !pairs.isEmpty else { return nil }
        let degrees = pairs.count - 1
        let quantile =
            degrees > 0 ? StudentT.quantile((1 + Self.confidence) / 2, degrees: degrees) : 0
        let whole = Self.change(
            pairs.map { ($0.before.values.reduce(0, +), $0.after.values.reduce(0, +)) }, quantile)
        let least = Self.leastShare * (whole.baseline + whole.candidate)
        var functions: [Function] = []
        for function in Self.known(baseline, candidate) {
            let change = Self.change(
                pairs.map { ($0.before[function.name] ?? 0, $0.after[function.name] ?? 0) },
                quantile)
            guard change.baseline + change.candidate >= least, least > 0 else { continue }
            functions.append(
                Function(
                    name: function.name, binary: function.binary, kind: function.kind,
                    change: change, adjusted: nil))
        }
        let pValues = functions.compactMap(\.change.pValue)
        // All have one or none has.
        for (index, adjusted) in MultipleTesting.holm(pValues).enumerated() {
            functions[index].adjusted = adjusted
        }
        functions.sort { one, other in
            (abs(one.change.size), other.name.text) > (abs(other.change.size), one.name.text)
        }
        self.init(
            baseline: baseline, candidate: candidate, rounds: pairs.count, whole: whole,
            functions: functions)
    }

    /// Every function of either, as the candidate has it where it has it.
    private static func known(
        _ baseline: StackProfile, _ candidate: StackProfile
    ) -> [StackProfile.Function] {
        let own = candidate.functions
        let names = Set(own.map(\.name))
        return own + baseline.functions.filter { !names.contains($0.name) }
    }

    private static func change(
        _ pairs: [(before: Double, after: Double)], _ quantile: Double
    ) -> Change {
        let count = Double(pairs.count)
        let student = StudentMean(
            pairs.map { before, after in
                // What is left of equal numbers that were computed in two ways is no change.
                abs(after - before) > 1e-9 * max(after, before) ? after - before : 0
            })
        return Change(
            baseline: pairs.reduce(0) { $0 + $1.before } / count,
            candidate: pairs.reduce(0) { $0 + $1.after } / count,
            interval: student?.interval(quantile: quantile), pValue: student?.pValue)
    }
}
