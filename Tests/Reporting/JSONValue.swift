// JSON as a tree, for documents whose form is others'.
import Foundation

enum JSONValue: Decodable, Equatable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(_ document: Data) throws {
        self = try JSONDecoder().decode(JSONValue.self, from: document)
    }

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSONValue].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSONValue].self))
        }
    }

    /// Null where there is none.
    subscript(_ key: String) -> JSONValue {
        if case .object(let fields) = self { fields[key] ?? .null } else { .null }
    }
    subscript(_ index: Int) -> JSONValue {
        list.indices.contains(index) ? list[index] : .null
    }

    var list: [JSONValue] { if case .list(let list) = self { list } else { [] } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
    var whole: Int? { number.flatMap { Int(exactly: $0) } }
    /// Nil for those that are no whole number.
    var wholes: [Int?] { list.map(\.whole) }
    var texts: [String?] { list.map(\.text) }
    var sum: Double { list.compactMap(\.number).reduce(0, +) }
}
