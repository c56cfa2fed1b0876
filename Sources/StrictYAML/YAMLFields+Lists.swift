// Keys that take one number or a list of them.
import Yams

extension YAMLFields {
    /// Whole numbers, each in the key's range; nil when absent or (reported) something else.
    public func integers(_ key: String, _ meaning: String) -> [Int]? {
        let found = values(key, "a whole number", meaning) { value in value == value.rounded() }
        return found?.map { Int($0) }
    }

    /// Numbers, each in the key's range; nil when absent or (reported) something else.
    public func numbers(_ key: String, _ meaning: String) -> [Double]? {
        values(key, "a number", meaning) { _ in true }
    }

    private func values(
        _ key: String, _ kind: String, _ meaning: String, _ isRight: (Double) -> Bool
    ) -> [Double]? {
        guard let node = self[key] else { return nil }
        let elements =
            node.sequence == nil ? [(node: node, path: path(key))] : list(key)
        if elements.isEmpty {
            report(key, "`\(path(key))` is empty", "write \(meaning)")
            return nil
        }
        var found: [Double] = []
        for (element, path) in elements {
            guard let value = plainCount(element), isRight(value) else {
                diagnostics.report(
                    diagnostics.line(of: path), "`\(path)` is \(words(element)), not \(kind)",
                    "write \(meaning), unquoted")
                return nil
            }
            guard inRange(value, key) else { return nil }
            found.append(value)
        }
        return found
    }
}
