// Every file says in its first line what it is for.
import Testing

@Suite struct PurposeTests {
    @Test(arguments: ["Sources", "Tests"])
    func filesBeginWithTheirPurpose(folder: String) throws {
        let files = try SourceFile.all(folder, ["swift"])
        #expect(files.count > 50)
        report(
            files.filter { $0.lines.first?.hasPrefix("//") != true }.map {
                "\($0.path):1: no purpose; begin the file with a comment that says what it is for"
            })
    }
}
