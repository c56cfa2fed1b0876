// JSON put together by hand: the keys of formats that are others', as they spell them.
import Foundation
import RunRecord

enum JSONTree: Encodable {
    case object([String: JSONTree])
    case list([JSONTree])
    case text(String)
    case whole(Int)
    case real(Double)
    case flag(Bool)
    case null

    static func numbers(_ numbers: [Int]) -> JSONTree { .list(numbers.map { .whole($0) }) }
    /// Null where there is none.
    static func optionals(_ numbers: [Int?]) -> JSONTree {
        .list(numbers.map { number in number.map { .whole($0) } ?? .null })
    }
    static func reals(_ numbers: [Double]) -> JSONTree { .list(numbers.map { .real($0) }) }
    static func texts(_ texts: [String]) -> JSONTree { .list(texts.map { .text($0) }) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .object(let fields): try container.encode(fields)
        case .list(let elements): try container.encode(elements)
        case .text(let text): try container.encode(text)
        case .whole(let number): try container.encode(number)
        case .real(let number): try container.encode(number)
        case .flag(let flag): try container.encode(flag)
        case .null: try container.encodeNil()
        }
    }

    /// On one line, in an order that is always the same.
    func json() throws(RunRecordError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return try encoder.encode(self)
        } catch {
            throw RunRecordError(
                cause: "the document cannot be written as JSON", remedy: "measure them again")
        }
    }
}

extension JSONTree: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
    ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
    init(dictionaryLiteral fields: (String, JSONTree)...) {
        self = .object(Dictionary(uniqueKeysWithValues: fields))
    }
    init(arrayLiteral elements: JSONTree...) { self = .list(elements) }
    init(stringLiteral text: String) { self = .text(text) }
    init(integerLiteral number: Int) { self = .whole(number) }
    init(booleanLiteral flag: Bool) { self = .flag(flag) }
}
