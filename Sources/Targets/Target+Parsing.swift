// The grammar of a target's spelling; every refusal names the cause and what to write instead.
import LinuxSystem

extension Target {
    private static let schemes = ["ref:", "exec:", "tcp://", "unix://", "redis://", "valkey://"]
    private static let help =
        "write ref:TABLE, exec:COMMAND, tcp://HOST:PORT, unix://PATH or redis://HOST:PORT"

    /// Reads `[LABEL=]TARGET`.
    public init(parsing text: String) throws(TargetError) {
        var label: String?
        var spelling = text
        if let equals = text.firstIndex(of: "=") {
            let rest = String(text[text.index(after: equals)...])
            let name = text[..<equals]
            // "exec:server --x=ref:y" is no label: a label is a plain word before a scheme.
            if Self.hasScheme(rest), !name.isEmpty, name.allSatisfy(Self.isLabelCharacter) {
                label = String(name)
                spelling = rest
            }
        }
        let kind = try Self.parseKind(spelling)
        self.init(
            label: label ?? Self.defaultLabel(kind, spelling), spelling: spelling, kind: kind)
    }

    private static func hasScheme(_ text: String) -> Bool {
        schemes.contains { text.hasPrefix($0) } || text.hasPrefix("valkeys://")
            || text.hasPrefix("rediss://")
    }

    private static func isLabelCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
    }

    private static func parseKind(_ text: String) throws(TargetError) -> Kind {
        if text.hasPrefix("ref:") { return try parseReference(text.dropFirst(4)) }
        if text.hasPrefix("exec:") { return try parseCommand(String(text.dropFirst(5))) }
        if text.hasPrefix("unix://") {
            let path = String(text.dropFirst(7))
            guard path.hasPrefix("/") else {
                throw TargetError(
                    "'\(text)' names no absolute path", remedy: "write unix:///run/server.sock")
            }
            return .running(Endpoint(.unix(path: path)))
        }
        for scheme in ["tcp://", "redis://", "valkey://"] where text.hasPrefix(scheme) {
            return .running(try parseEndpoint(text, after: scheme))
        }
        if text.hasPrefix("valkeys://") || text.hasPrefix("rediss://") {
            throw TargetError(
                "'\(text)': TLS is not supported yet", remedy: "use valkey://HOST:PORT")
        }
        throw TargetError("'\(text)' is no target", remedy: help)
    }

    private static func parseReference(_ text: Substring) throws(TargetError) -> Kind {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let table = String(parts[0])
        guard !table.isEmpty else {
            throw TargetError("'ref:' names no table", remedy: "write ref:valkey-9.1")
        }
        var options: [Option] = []
        let query = parts.count > 1 ? parts[1] : ""
        for item in query.split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, !pair[0].isEmpty, !pair[1].isEmpty else {
                throw TargetError(
                    "'\(item)' in 'ref:\(text)' is no key=value",
                    remedy: "write ref:\(table)?key=value&key=value")
            }
            options.append(Option(key: String(pair[0]), value: String(pair[1])))
        }
        return .reference(table: table, options: options)
    }

    private static func parseCommand(_ text: String) throws(TargetError) -> Kind {
        let words: [String]
        switch ShellWords.split(text) {
        case .success(let list): words = list
        case .failure(let error):
            throw TargetError("'exec:\(text)': \(error)", remedy: "close it")
        }
        guard !words.isEmpty else {
            throw TargetError("'exec:' names no program", remedy: "write exec:redis-server")
        }
        return .command(words)
    }

    /// `SCHEME[USER[:PASSWORD]@]HOST[:PORT][/DB]`; redis:// and valkey:// may leave out the user
    /// before the colon.
    private static func parseEndpoint(
        _ text: String, after scheme: String
    ) throws(TargetError) -> Endpoint {
        var rest = text.dropFirst(scheme.count)
        func refuse(_ cause: String) -> TargetError {
            TargetError("'\(text)' \(cause)", remedy: "write \(scheme)HOST:PORT")
        }
        var database = 0
        if let slash = rest.lastIndex(of: "/") {
            let tail = rest[rest.index(after: slash)...]
            if !tail.isEmpty {
                guard let number = Int(tail), number >= 0 else {
                    throw refuse("has '\(tail)' for a database number")
                }
                database = number
            }
            rest = rest[..<slash]
        }
        var user: String?
        var password: String?
        if let at = rest.lastIndex(of: "@") {
            let credentials = rest[..<at]
            rest = rest[rest.index(after: at)...]
            let pair = credentials.split(
                separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = pair[0].isEmpty ? nil : String(pair[0])
            password = pair.count > 1 ? String(pair[1]) : nil
        }
        var host = rest
        var port: UInt16 = 6379
        // "[::1]:6379": the port's colon is the one after the bracket.
        let portColon = rest.lastIndex(of: ":").flatMap { colon in
            rest.lastIndex(of: "]").map { $0 < colon } ?? true ? colon : nil
        }
        if let colon = portColon {
            let digits = rest[rest.index(after: colon)...]
            guard let number = UInt16(digits), number > 0 else {
                throw refuse("has '\(digits)' for a port")
            }
            port = number
            host = rest[..<colon]
        } else if scheme == "tcp://" {
            throw refuse("names no port")
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { throw refuse("names no host") }
        var endpoint = Endpoint(.tcp(host: String(host), port: port))
        endpoint.user = user
        endpoint.password = password
        endpoint.database = database
        return endpoint
    }

    private static func defaultLabel(_ kind: Kind, _ spelling: String) -> String {
        switch kind {
        case .reference: String(spelling.dropFirst(4))
        case .command(let words): String(words[0].split(separator: "/").last ?? "exec")
        case .running(let endpoint): "\(endpoint.address)"
        }
    }
}
