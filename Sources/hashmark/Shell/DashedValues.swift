// Values that begin with a dash, such as a number below 0. The parser takes one for an option and
// says that a value is missing; attached to its option it is a value, and whoever reads it says
// what is wrong with it.

enum DashedValues {
    /// The words with such values attached, as `--entries=-1`; nil where there are none.
    static func attached(in words: [String]) -> [String]? {
        guard let root = try? CommandTree.whole() else { return nil }
        let command = root.command(of: words)
        var rest = words[...]
        var result: [String] = []
        while let word = rest.popFirst() {
            if word == "--" {
                result += [word] + rest
                break
            }
            if let option = command.option(word), let name = option.attachable,
                let value = rest.first, value.hasPrefix("-"), !value.hasPrefix("--"),
                value.count > 1, command.option(value) == nil
            {
                result.append("\(name)=\(value)")
                rest = rest.dropFirst()
            } else {
                result.append(word)
            }
        }
        return result.count < words.count ? result : nil
    }
}

extension CommandTree.Argument {
    /// The name that a value can be attached to, of an option that takes the next word unless that
    /// looks like an option.
    fileprivate var attachable: String? {
        guard kind == .option, parsingStrategy == "default" else { return nil }
        return spellings.first { $0.hasPrefix("--") }
    }
}
