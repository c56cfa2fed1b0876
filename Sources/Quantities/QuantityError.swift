/// A text that is no quantity of its kind, or one out of range.
public struct QuantityError: Error, Equatable, CustomStringConvertible, Sendable {
    public let cause: String
    public let remedy: String

    public init(_ cause: String, remedy: String) {
        self.cause = cause
        self.remedy = remedy
    }

    public var description: String { "\(cause); \(remedy)" }
}
