// Run records held against the published schema (Reports/run-record.schema.json): the parts of JSON
// Schema that it uses, and stricter than a reader has to be, for a key that the schema does not
// know is one that nobody published.
import Foundation

public enum RecordSchema {
    /// What is wrong with a record, each with its place; empty when nothing is.
    public static func violations(_ record: Data) throws -> [String] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Reports/run-record.schema.json")
        let decoder = JSONDecoder()
        let root = try decoder.decode(JSON.self, from: Data(contentsOf: file))
        var check = SchemaCheck(root: root)
        check.hold(try decoder.decode(JSON.self, from: record), against: root, at: "")
        return check.violations
    }

    public static func violations(ofRecordAt path: String) throws -> [String] {
        try violations(Data(contentsOf: URL(filePath: path)))
    }
}

private enum JSON: Decodable, Equatable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let boolean = try? value.decode(Bool.self) {
            self = .boolean(boolean)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let string = try? value.decode(String.self) {
            self = .string(string)
        } else if let array = try? value.decode([JSON].self) {
            self = .array(array)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }

    subscript(key: String) -> JSON? {
        if case .object(let fields) = self { fields[key] } else { nil }
    }

    var text: String? { if case .string(let text) = self { text } else { nil } }
    var elements: [JSON] { if case .array(let elements) = self { elements } else { [] } }

    /// The names that `type` has for it.
    var types: Set<String> {
        switch self {
        case .null: ["null"]
        case .boolean: ["boolean"]
        case .number(let value): value == value.rounded() ? ["number", "integer"] : ["number"]
        case .string: ["string"]
        case .array: ["array"]
        case .object: ["object"]
        }
    }
}

private struct SchemaCheck {
    let root: JSON
    var violations: [String] = []

    mutating func hold(_ value: JSON, against schema: JSON, at place: String) {
        var schema = schema
        if let name = schema["$ref"]?.text?.split(separator: "/").last {
            guard let found = root["$defs"]?[String(name)] else {
                return violations.append("\(place): the schema lacks \(name)")
            }
            schema = found
        }
        if let type = schema["type"] {
            let allowed = type.text.map { [$0] } ?? type.elements.compactMap(\.text)
            if value.types.isDisjoint(with: allowed) {
                return violations.append("\(place) is \(value), not \(allowed)")
            }
        }
        if let allowed = schema["enum"], !allowed.elements.contains(value) {
            violations.append("\(place) is \(value), not one of \(allowed)")
        }
        if case .number(let number) = value, case .number(let least)? = schema["minimum"],
            number < least
        {
            violations.append("\(place) is \(number), below \(least)")
        }
        if let pattern = schema["pattern"]?.text, let text = value.text,
            text.range(of: pattern, options: .regularExpression) == nil
        {
            violations.append("\(place) is '\(text)', which is no \(pattern)")
        }
        if case .array(let elements) = value, let items = schema["items"] {
            for (index, element) in elements.enumerated() {
                hold(element, against: items, at: "\(place)[\(index)]")
            }
        }
        if case .object(let fields) = value { holdFields(fields, against: schema, at: place) }
    }

    private mutating func holdFields(
        _ fields: [String: JSON], against schema: JSON, at place: String
    ) {
        for name in (schema["required"]?.elements ?? []).compactMap(\.text)
        where fields[name] == nil {
            violations.append("\(place) has no \(name)")
        }
        for (name, field) in fields.sorted(by: { $0.key < $1.key }) {
            if let known = schema["properties"]?[name] ?? schema["additionalProperties"] {
                hold(field, against: known, at: "\(place).\(name)")
            } else {
                violations.append("\(place).\(name) is not in the schema")
            }
        }
    }
}
