// What targets and tables are spelled of besides a name: `LABEL=NAME?key=value&…`.

/// One `key=value` of a query.
public struct QueryItem: Equatable, Sendable {
    public let key: String
    public let value: String

    /// Nil of what is no `key=value`.
    public init?(_ text: Substring) {
        let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard pair.count == 2, !pair[0].isEmpty, !pair[1].isEmpty else { return nil }
        key = String(pair[0])
        value = String(pair[1])
    }
}

extension [QueryItem] {
    /// The name with these as its query, behind what it has of one.
    public func appended(to name: String) -> String {
        guard !isEmpty else { return name }
        let query = map { "\($0.key)=\($0.value)" }.joined(separator: "&")
        return name + (name.contains("?") ? "&" : "?") + query
    }
}

extension Spelling {
    /// Whether labels are made of it.
    public static func isLabelCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
    }
}
