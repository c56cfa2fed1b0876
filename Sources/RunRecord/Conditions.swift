// Conditions: everything about a result that a comparison must match.
//
// A dictionary, because every metric has conditions of its own (entries, key_size, pipeline, cache
// geometry …) and a new one must not need a new schema. Keys sort, so equal conditions are written
// as equal bytes.
import Quantities

/// A number, a word or a flag.
public enum ConditionValue: Hashable, Sendable {
    case number(Double)
    case string(String)
    case bool(Bool)
}

public typealias Conditions = [String: ConditionValue]

extension ConditionValue: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral, ExpressibleByBooleanLiteral
{
    public init(integerLiteral value: Int) { self = .number(Double(value)) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A whole number.
    public static func number(_ value: Int) -> ConditionValue { .number(Double(value)) }
}

extension ConditionValue: CustomStringConvertible {
    /// As a person would write it: whole numbers without a point.
    public var description: String {
        switch self {
        case .number(let value): value.plainText
        case .string(let value): value
        case .bool(let value): value ? "yes" : "no"
        }
    }
}

extension ConditionValue: Codable {
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        // JSON tells true from 1, so the order decides nothing.
        if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else {
            self = .string(try value.decode(String.self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .number(let number): try value.encode(number)
        case .string(let string): try value.encode(string)
        case .bool(let bool): try value.encode(bool)
        }
    }
}

extension Conditions {
    /// `entries=1000000 key_size=16`, sorted by key.
    public var summary: String {
        sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}
