// Lines that fit beside each other: 100 columns, no tabs, nothing behind the last word.
import Testing

@Suite struct WidthTests {
    private static let columns = 100

    @Test(arguments: ["Sources", "Tests"])
    func linesFit(folder: String) throws {
        var faults: [String] = []
        for file in try SourceFile.all(folder, ["swift", "c", "h", "cpp", "hpp", "rs"]) {
            // Scripts and tables in string literals of tests mean something else when broken.
            let isFree =
                folder == "Tests"
                ? file.isLiteral : [Bool](repeating: false, count: file.lines.count)
            for (index, line) in file.lines.enumerated() {
                let place = "\(file.path):\(index + 1)"
                if line.count > Self.columns && !isFree[index] {
                    faults.append(
                        "\(place): \(line.count) columns; break the line before column "
                            + "\(Self.columns + 1)")
                }
                if line.contains("\t") { faults.append("\(place): a tab; indent with spaces") }
                if line.last == " " { faults.append("\(place): trailing blanks; remove them") }
            }
        }
        report(faults)
    }
}
