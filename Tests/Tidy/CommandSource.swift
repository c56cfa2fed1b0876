// A command of the executable as its source has it: no process is needed to know the verbs.
import Testing

struct CommandSource {
    /// The Swift type.
    let type: String
    /// What a user writes.
    let name: String
    /// Types.
    let subcommands: [String]
    let defaultSubcommand: String?

    init(of type: String) throws {
        self.type = type
        var configuration: ArraySlice<Substring>?
        for file in try SourceFile.all("Sources/hashmark", ["swift"]) {
            let code = file.code
            guard let start = code.firstIndex(where: { $0.contains("struct \(type):") }) else {
                continue
            }
            // The configuration comes first; an empty line ends it.
            configuration = code[start...].prefix { !$0.allSatisfy { $0 == " " } }
        }
        let text = try #require(configuration, "no command \(type)").joined(separator: " ")
        name =
            text.firstMatch(of: #/commandName: "([^"]+)"/#).map { String($0.1) }
            ?? type.lowercased()
        subcommands =
            text.firstMatch(of: #/subcommands: \[([^\]]*)\]/#).map { list in
                list.1.matches(of: #/(\w+)\.self/#).map { String($0.1) }
            } ?? []
        defaultSubcommand = text.firstMatch(of: #/defaultSubcommand: (\w+)\.self/#)
            .map { String($0.1) }
    }
}
