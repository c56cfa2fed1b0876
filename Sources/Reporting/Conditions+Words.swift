// Conditions as a person would say them.
import Quantities
import RunRecord

extension Conditions {
    /// `entries 1,000,000, key size 16, slice 5ms`, sorted by key.
    var words: String {
        sorted { $0.key < $1.key }.map { Self.words($0.key, $0.value) }.joined(separator: ", ")
    }

    /// Whole numbers have commas, times their unit.
    private static func words(_ key: String, _ value: ConditionValue) -> String {
        let name = key.replacing("_", with: " ")
        guard case .number(let number) = value, number == number.rounded() else {
            return "\(name) \(value)"
        }
        let time = " ns"
        guard name.hasSuffix(time), number >= 0 else { return "\(name) \(number.grouped(0))" }
        return "\(name.dropLast(time.count)) \(Nanoseconds(Int(saturating: number)))"
    }
}
