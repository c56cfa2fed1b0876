// The grammar of a target's spelling; every refusal names the cause and what to write instead.
import LinuxSystem
import Spelling

extension Target {
    private static let schemes = [
        "ref:", "exec:", "build:", "tcp://", "unix://", "redis://", "valkey://", "rediss://",
        "valkeys://", "cluster://", "cluster:",
    ]
    private static let runningSchemes = schemes.filter { $0.hasSuffix("://") }
    private static let help =
        "write ref:TABLE, exec:COMMAND, build:GIT-REF, tcp://HOST:PORT, unix://PATH, "
        + "redis://HOST:PORT, cluster:N*TARGET or cluster://HOST:PORT"

    /// Reads `[LABEL=]TARGET`.
    public init(parsing text: String) throws(TargetError) {
        var label: String?
        var spelling = text
        if let equals = text.firstIndex(of: "=") {
            let rest = String(text[text.index(after: equals)...])
            let name = text[..<equals]
            // "exec:server --x=ref:y" is no label: a label is a plain word before a scheme.
            if Self.hasScheme(rest), !name.isEmpty, name.allSatisfy(Spelling.isLabelCharacter) {
                label = String(name)
                spelling = rest
            }
        }
        let kind = try Self.parseKind(spelling)
        let shown = Self.masked(spelling, kind)
        self.init(label: label ?? Self.defaultLabel(kind, shown), spelling: shown, kind: kind)
    }

    private static func hasScheme(_ text: String) -> Bool {
        schemes.contains { text.hasPrefix($0) }
    }

    private static func parseKind(_ text: String) throws(TargetError) -> Kind {
        if text.hasPrefix("ref:") { return try parseReference(text.dropFirst(4)) }
        if text.hasPrefix("build:") {
            return .build(try BuildRequest(parsing: text.dropFirst(6)))
        }
        if text.hasPrefix("cluster://") {
            return try parseRunningCluster(text)
        }
        if text.hasPrefix("cluster:") { return try parseCluster(text.dropFirst(8)) }
        if text.hasPrefix("exec:") { return try parseCommand(String(text.dropFirst(5))) }
        for scheme in runningSchemes where text.hasPrefix(scheme) {
            return .running(try Endpoint(uri: text))
        }
        throw TargetError("'\(Redaction.masked(uri: text))' is no target", remedy: remedy(text))
    }

    /// The scheme that was meant, or the grammar.
    private static func remedy(_ text: String) -> String {
        // A label is no part of it.
        let unlabelled = text.drop { Spelling.isLabelCharacter($0) }
        let start = unlabelled.first == "=" ? unlabelled.dropFirst() : text[...]
        if start.hasPrefix(foreignTable) { return "did you mean `ref:\(start)`?" }
        guard let colon = start.firstIndex(of: ":") else { return help }
        let written = String(start[...colon])
        let marks = schemes.map { String($0.prefix { $0 != "/" }) }
        guard let meant = Spelling.closest(to: written, among: marks), meant != written else {
            return help
        }
        let whole = schemes.first { $0.hasPrefix(meant) } ?? meant
        return "did you mean `\(whole)`?"
    }

    private static func parseReference(_ text: Substring) throws(TargetError) -> Kind {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let table = String(parts[0])
        guard !table.isEmpty else {
            throw TargetError("'ref:' names no table", remedy: "write ref:valkey-9.1")
        }
        var options: [QueryItem] = []
        let query = parts.count > 1 ? parts[1] : ""
        for item in query.split(separator: "&") {
            guard let option = QueryItem(item) else {
                throw TargetError(
                    "'\(item.prefix { $0 != "=" })' in the query of 'ref:\(table)' is no key=value",
                    remedy: "write ref:\(table)?key=value&key=value")
            }
            options.append(option)
        }
        return .reference(table: table, options: options)
    }

    private static func parseCommand(_ text: String) throws(TargetError) -> Kind {
        let words: [String]
        switch ShellWords.split(text) {
        case .success(let list): words = list
        case .failure(let error):
            // what it says may hold a password, and cannot be told apart into words
            throw TargetError("the command line of an exec: target: \(error)", remedy: "close it")
        }
        guard !words.isEmpty else {
            throw TargetError("'exec:' names no program", remedy: "write exec:redis-server")
        }
        return .command(words)
    }

    static func defaultLabel(_ kind: Kind, _ spelling: String) -> String {
        switch kind {
        case .reference: String(spelling.dropFirst(4))
        case .command(let words): String(words[0].split(separator: "/").last ?? "exec")
        case .build(let request): request.name
        case .running(let endpoint): "\(endpoint.address)"
        case .cluster(let count, let member): "\(count)x\(member.label)"
        }
    }
}
