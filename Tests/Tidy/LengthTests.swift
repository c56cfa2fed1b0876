// Files and functions that can be read at a sitting.
import Testing

@Suite struct LengthTests {
    private static let functionLines = 70

    @Test(arguments: [("Sources", 400), ("Tests", 420)])
    func filesAreShort(folder: String, most: Int) throws {
        report(
            try SourceFile.all(folder, ["swift", "c", "h", "cpp", "hpp", "rs"])
                .filter { $0.lines.count > most }.map {
                    "\($0.path):\(most + 1): \($0.lines.count) lines; split the file by concern"
                })
    }

    @Test(arguments: ["Sources", "Tests"])
    func functionsAreShort(folder: String) throws {
        var faults: [String] = []
        var functions = 0
        for file in try SourceFile.all(folder, ["swift"]) {
            let code = file.code
            for index in code.indices {
                guard let declaration = Declaration(code[index]),
                    ["func", "init"].contains(declaration.keyword),
                    let length = Self.length(code[index...], declaration.indentation)
                else { continue }
                functions += 1
                guard length > Self.functionLines else { continue }
                faults.append(
                    "\(file.path):\(index + 1): a function of \(length) lines; give its parts "
                        + "names, \(Self.functionLines) lines at most")
            }
        }
        #expect(functions > 500)
        report(faults)
    }

    /// Lines from a declaration to the brace that closes its body; nil without a body of its own.
    private static func length(_ code: ArraySlice<Substring>, _ indentation: Int) -> Int? {
        for index in code.indices.dropFirst() {
            let line = code[index].drop { $0 == " " }
            if line.isEmpty { continue }
            let own = Declaration.indentation(of: code[index])
            if own < indentation { return nil }
            if own > indentation { continue }
            if line.hasPrefix("}") { return index - code.startIndex + 1 }
            // Where the head of the function goes on.
            guard line.hasPrefix(")") || line.hasPrefix("where ") || line.hasPrefix("{") else {
                return nil
            }
        }
        return nil
    }
}
