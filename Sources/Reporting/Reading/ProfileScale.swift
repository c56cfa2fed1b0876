// How the numbers of a profile are written: per operation, or as shares of the whole where nobody
// knows the operations.
import Quantities
import RunRecord

struct ProfileScale {
    /// Every value is a share: operations are unknown.
    let isShare: Bool
    private let scale: Scale
    /// Per operation, or of the whole run.
    let whole: Double

    /// - Parameter others: profiles whose numbers stand beside it.
    init(_ profile: StackProfile, beside others: [StackProfile] = []) {
        whole = profile.whole
        isShare = ([profile] + others).contains { $0.operations == nil }
        // One scale for all functions, in which a tenth of the whole has three digits: the small
        // ones have no more decimals than samples carry.
        scale =
            isShare
            ? Scale(.ratio, values: [0.1]) : Scale(profile.unit.perOperation, values: [whole / 10])
    }

    /// `ns/op`, `1/op`, `%`.
    var unit: String { scale.unit }
    var decimals: Int { scale.decimals }

    private func shown(_ value: Double) -> Double {
        isShare ? share(value) : value
    }

    func share(_ value: Double) -> Double { whole > 0 ? value / whole : 0 }
    func number(_ value: Double) -> String { scale.number(shown(value)) }
    func text(_ value: Double) -> String {
        isShare ? share(value).shareText : scale.text(value)
    }
    /// `96.0 ns/op, 12 %`, or the share alone.
    func words(_ value: Double) -> String {
        isShare ? text(value) : "\(text(value)), \(share(value).shareText)"
    }
    /// With its sign.
    func change(_ value: Double) -> String { Change.difference(shown(value)).text(scale) }
}

extension StackProfile.Unit {
    /// The unit of a value per operation.
    var perOperation: Metric.Unit { isTime ? .nanosecondsPerOperation : .perOperation }

    var isTime: Bool { self == .cpuNanoseconds || self == .offCPUNanoseconds }

    /// What functions are compared by.
    var title: String {
        switch self {
        case .cpuNanoseconds: "CPU time"
        case .offCPUNanoseconds: "time off the CPU"
        case .instructions: Metric.simulated(.instructions).title
        case .dataReadMisses: Metric.simulated(.d1ReadMisses).title
        case .lastLevelReadMisses: Metric.simulated(.llReadMisses).title
        }
    }
}
