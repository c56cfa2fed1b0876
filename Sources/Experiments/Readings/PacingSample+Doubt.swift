// What is to be said of a schedule that counts as kept, and had a lower rate than was asked for.
import LoadGenerator
import Quantities

extension PacingSample {
    /// With fewer requests, one more or less is more than 1 % of the rate.
    private static let fewestToTell: UInt64 = 100

    /// What is odd about the rate, and by how much; nil where it was kept within 1 %.
    var doubt: (cause: String, extent: String)? {
        guard isShort else { return nil }
        let lower = "\(shortfall.percent()) lower"
        if planned < Self.fewestToTell {
            return (
                "too few requests to tell whether the rate was kept",
                "\(planned) requests, \(lower) than asked for"
            )
        }
        let length = Nanoseconds(scheduleNanoseconds).value(in: .milliseconds)
        return (
            "the rate was lower than asked for, which a short schedule is forgiven",
            "\(lower) over \(length.fixed(1)) ms"
        )
    }
}

extension Recorder {
    func warn(of pacing: PacingSample?, _ target: String) {
        guard let doubt = pacing?.doubt else { return }
        warn(
            "\(doubt.cause) (\(doubt.extent))", remedy: "replay more requests, or for longer",
            target: target)
    }
}
