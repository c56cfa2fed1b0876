// Every option of the command line says what it does: `--help` is the reference.
import Testing

@Suite struct OptionTests {
    private static let wrappers = ["@Option", "@Flag", "@Argument"]

    @Test func everyOptionHasAHelpText() throws {
        var faults: [String] = []
        var options = 0
        for file in try SourceFile.all("Sources/hashmark", ["swift"]) {
            let code = file.code
            for index in code.indices {
                let line = code[index].drop { $0 == " " }
                guard Self.wrappers.contains(where: { line.hasPrefix($0) }),
                    !line.hasPrefix("@OptionGroup")
                else { continue }
                options += 1
                let (attribute, name) = Self.attribute(code[index...])
                if attribute.contains("help:") || attribute.contains(".hidden") { continue }
                faults.append(
                    "\(file.path):\(index + 1): '\(name)' has no help text; say in `help:` what it "
                        + "does")
            }
        }
        #expect(options > 100)
        report(faults)
    }

    /// A wrapper's text up to its property, and the property's name.
    private static func attribute(_ code: ArraySlice<Substring>) -> (String, name: Substring) {
        var text = ""
        for line in code {
            let words = line.split(separator: " ")
            if let index = words.firstIndex(of: "var"), index + 1 < words.count {
                let before = words[..<index].joined(separator: " ")
                return (text + before, words[index + 1].prefix { $0 != ":" })
            }
            text += "\(line)\n"
        }
        return (text, "?")
    }
}
