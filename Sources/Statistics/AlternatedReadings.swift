// Whether several servers that took turns were in a steady state.
//
//                 A      B
//     pass 1    105    110     both a little slow: a neighbour came
//     pass 2    140    147     … and stayed
//     pass 3     98    103     … and went
//
// Within a pass the servers see the same machine, so what they have in common in it is the
// machine's: each reading is split into its pass's level (the geometric mean) and the server's
// share of it: the first step of Tukey's median polish ("Exploratory Data Analysis", 1977), on
// logarithms. Either may change from the earlier to the later passes.
import Foundation

public enum AlternatedReadings {
    /// How much the passes' common level changed from their earlier to their later half, as a
    /// share; nil for fewer than two passes.
    public static func commonDrift(_ passes: [[Double]]) -> Double? {
        drift(passes.map(commonLevel))
    }

    /// The same for each server's share of that level: 0 for a server alone.
    public static func ownDrift(_ passes: [[Double]]) -> [Double?] {
        let common = passes.map(commonLevel)
        return (0..<(passes.first?.count ?? 0)).map { drift(shares(passes, common, $0)) }
    }

    private static func shares(
        _ passes: [[Double]], _ common: [Double], _ server: Int
    ) -> [Double] {
        zip(passes, common).map { log($0[server]) - $1 }
    }

    private static func commonLevel(_ pass: [Double]) -> Double {
        pass.reduce(0) { $0 + log($1) } / Double(pass.count)
    }

    private static func drift(_ logarithms: [Double]) -> Double? {
        let half = logarithms.count / 2
        guard let early = Descriptive.median(Array(logarithms.prefix(half))),
            let late = Descriptive.median(Array(logarithms.suffix(half)))
        else { return nil }
        return Descriptive.relativeChange(logRatio: late - early)
    }
}
