// The numbers of a JSON document, each to be replaced by one that nobody should write.

public struct JSONNumbers {
    public struct Place: Sendable {
        /// The keys that lead to it: `rounds.totals.ops`.
        public let path: String
        fileprivate let line: Int
    }

    /// Beyond a Double's whole numbers and an Int, below what is counted, and what a run may still
    /// have.
    public static let hostile = [
        "1e300", "-1e300", "9300000000000000000", "-1", "0", "1000000000000000000",
        "-1000000000000000000", "0.3",
    ]

    private let lines: [Substring]
    /// The first and the last number of each path.
    public private(set) var places: [Place] = []

    /// - Parameter json: a line for each value, as Foundation writes it when it is to be pretty.
    public init(_ json: String) {
        lines = json.split(separator: "\n", omittingEmptySubsequences: false)
        var keys: [Substring] = []
        var first: Set<String> = []
        var last: [String: Place] = [:]
        for (index, line) in lines.enumerated() {
            let text = line.drop { $0 == " " }
            if text.hasPrefix("}") || text.hasPrefix("]") {
                _ = keys.popLast()
            } else if text.hasSuffix("{") || text.hasSuffix("[") {
                keys.append(Self.key(text))
            } else if Self.number(line) != nil {
                let path = (keys + [Self.key(text)]).filter { !$0.isEmpty }.joined(separator: ".")
                let place = Place(path: path, line: index)
                if first.insert(path).inserted { places.append(place) } else { last[path] = place }
            }
        }
        places += last.values.sorted { $0.line < $1.line }
    }

    /// The document with another number there.
    public func replacing(_ place: Place, by number: String) -> String {
        var lines = lines
        let line = lines[place.line]
        guard let range = Self.number(line) else { return lines.joined(separator: "\n") }
        lines[place.line] =
            Substring("\(line[..<range.lowerBound])\(number)\(line[range.upperBound...])")
        return lines.joined(separator: "\n")
    }

    /// Of an element of a list there is none.
    private static func key(_ text: Substring) -> Substring {
        guard text.first == "\"", let end = text.firstRange(of: "\" : ") else { return "" }
        return text[..<end.lowerBound].dropFirst()
    }

    /// Where the number of a line is.
    private static func number(_ line: Substring) -> Range<Substring.Index>? {
        let text = line.drop { $0 == " " }
        let start =
            text.first == "\"" ? text.firstRange(of: "\" : ")?.upperBound : text.startIndex
        guard let start else { return nil }
        let value = line[start...].prefix { $0 != "," }
        guard let letter = value.first, letter == "-" || letter.isNumber, Double(value) != nil
        else { return nil }
        return value.startIndex..<value.endIndex
    }
}
