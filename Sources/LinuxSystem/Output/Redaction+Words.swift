// Where passwords stand in a command line: behind options of the benchmarks and of the servers, in
// variables, and in the commands of a server that take one.
//
//     -a PW · --requirepass PW · REDISCLI_AUTH=PW · ref:T?batch=1&requirepass=PW
//     AUTH [USER] PW · HELLO 3 AUTH USER PW · MIGRATE … AUTH PW | AUTH2 USER PW
//     CONFIG SET masterauth PW masteruser USER · SENTINEL SET NAME auth-pass PW
//     ACL SETUSER NAME on >PW <PW #HASH !HASH · --user NAME on >PW
//
// A name that goes with a password is masked as well; only the password itself is looked for in
// other texts, for names (`default`) are words.

extension Redaction {
    /// Words whose next word is a password. (-u is a URI, and --user no secret.)
    private static let options: Set<String> = ["-a", "--pass", "--password"]
    /// Settings of servers that are passwords, and those that are the names with them: on a
    /// server's command line with two dashes before them, in CONFIG SET and SENTINEL SET without.
    private static let settings: Set<String> = [
        "requirepass", "masterauth", "primaryauth", "tls-key-file-pass",
        "tls-client-key-file-pass", "sentinel-pass", "auth-pass",
    ]
    private static let names: Set<String> = [
        "masteruser", "primaryuser", "sentinel-user", "auth-user",
    ]
    private static let ruleWords: Set<String> = [
        "on", "off", "nopass", "resetpass", "reset", "resetkeys", "resetchannels", "allkeys",
        "allcommands", "allchannels", "nocommands",
    ]

    /// Commands whose words are keys and values, whatever they are called.
    private static let keyCommands: Set<String> = [
        "append", "decr", "decrby", "del", "echo", "exists", "expire", "get", "getdel", "getex",
        "getset", "hdel", "hget", "hgetall", "hincrby", "hmget", "hset", "incr", "incrby", "llen",
        "lpop", "lpush", "lrange", "mget", "mset", "persist", "pexpire", "psetex", "pttl", "rpop",
        "rpush", "sadd", "scard", "set", "setex", "setnx", "sismember", "smembers", "spop", "srem",
        "strlen", "ttl", "type", "unlink", "xadd", "xlen", "zadd", "zincrby", "zrange", "zrem",
        "zscore",
    ]
    /// Options without a value, in small letters: what follows one may be a command.
    private static let flags: Set<String> = [
        "--", "-3", "-e", "-i", "-l", "-q", "-x", "--csv", "--quiet", "--sequential",
        "--enable-tracking", "--strict",
    ]

    /// What may follow AUTH and its one word in MIGRATE.
    private static let migrateWords: Set<String> = ["keys", "copy", "replace"]

    /// The words of a command line, with the passwords masked that stand in such places.
    public static func masked(words: [String]) -> [String] { shown(words).map(\.text) }

    static func secrets(of words: [String]) -> [String] { shown(words).flatMap(\.secrets) }

    /// A word as it may be shown, and the passwords that it holds.
    private typealias Shown = (text: String, secrets: [String])

    /// What the words before say of those that follow.
    private struct Reader {
        /// The command since the last `;`, as far as it matters, and the word before.
        var command = ""
        var previous = ""
        /// Whether each of the next words is a password, or the name with one.
        var expected: [Bool] = []
        /// Whether rules of a user come: all to the end of ACL SETUSER, or as long as they are
        /// some.
        var inRules = false
        var inSetUser = false
        var isName = false
    }

    private static func shown(_ words: [String]) -> [Shown] {
        var reader = Reader()
        return words.enumerated().map { index, word in
            let rest = words[(index + 1)...].prefix(2).prefix { bare($0) != ";" }
            return shown(word, &reader, following: rest.map(bare))
        }
    }

    /// - Parameter following: the next two words of the command.
    private static func shown(
        _ word: String, _ reader: inout Reader, following: [String]
    ) -> Shown {
        let plain = bare(word)
        if plain == ";" {
            reader = Reader()
            return (word, [])
        }
        if !reader.expected.isEmpty {
            let isSecret = reader.expected.removeFirst()
            return word.isEmpty ? (word, []) : (mask, isSecret ? [plain] : [])
        }
        if reader.isName {
            reader.isName = false
            reader.inRules = true
            if !plain.hasPrefix("-") { return (word, []) }
        }
        if reader.inRules {
            if let first = plain.first, "><#!".contains(first), plain.count > 1 {
                return ("\(first)\(mask)", [String(plain.dropFirst())])
            }
            if reader.inSetUser { return (word, []) }
            if isRule(plain) { return assigned(word) ?? (word, []) }
            reader.inRules = false
        }
        note(plain, &reader, following)
        return assigned(word) ?? (word, [])
    }

    /// Rules of a user begin with a sign: `~keys`, `&channel`, `+@all`, `-get`. An option of one
    /// letter, or with two dashes, is none.
    private static func isRule(_ word: String) -> Bool {
        guard let first = word.first else { return false }
        if first == "-" { return word.count > 2 && !word.hasPrefix("--") }
        return "~&+%(".contains(first) || ruleWords.contains(word.lowercased())
    }

    /// What `word` says of the next ones.
    private static func note(_ word: String, _ reader: inout Reader, _ following: [String]) {
        let lower = word.lowercased()
        defer { reader.previous = lower }
        let setting = lower.hasPrefix("--") ? String(lower.dropFirst(2)) : lower
        if reader.command == "key" && !word.hasPrefix("-") { return }
        switch lower {
        case "hello", "migrate", "acl": reader.command = lower
        case "get" where reader.previous == "config": reader.command = "config get"
        case "set" where reader.previous == "config": reader.command = ""
        case "auth":
            let isAlone =
                reader.command == "migrate"
                && migrateWords.contains(following.last?.lowercased() ?? "")
            reader.expected = following.count < 2 || isAlone ? [true] : [false, true]
        case "auth2" where reader.command == "migrate": reader.expected = [false, true]
        case "setuser" where reader.command == "acl":
            (reader.isName, reader.inSetUser) = (true, true)
        case "--user": reader.isName = true
        case _ where keyCommands.contains(lower) && beginsCommand(behind: reader.previous):
            reader.command = "key"
        default:
            guard reader.command != "config get" else { return }
            if options.contains(word) || settings.contains(setting) {
                reader.expected = [true]
            } else if names.contains(setting) {
                reader.expected = [false]
            }
        }
    }

    /// Whether a word behind `previous` may be a command: it is no value of an option, and not the
    /// second word of a command.
    private static func beginsCommand(behind previous: String) -> Bool {
        guard previous.hasPrefix("-") else { return previous != "config" && previous != "sentinel" }
        return flags.contains(previous) || previous.contains("=")
    }

    /// Passwords in the word that names them: `--requirepass=PW`, `-aPW`, `ref:T?requirepass=PW&…`.
    private static func assigned(_ word: String) -> Shown? {
        if word.hasPrefix("-a"), !word.hasPrefix("--"), word.count > 2, !word.contains("=") {
            return ("-a\(mask)", [bare(String(word.dropFirst(2)))])
        }
        if let shown = assignment(word[...]) { return shown }
        // In a query, each item may be one.
        guard let mark = word.firstIndex(where: { "?&".contains($0) }) else { return nil }
        var secrets: [String] = []
        let query = word[word.index(after: mark)...]
            .split(separator: "&", omittingEmptySubsequences: false)
            .map { item -> String in
                guard let shown = assignment(item) else { return String(item) }
                secrets += shown.secrets
                return shown.text
            }
        guard !secrets.isEmpty else { return nil }
        return ("\(word[...mark])" + query.joined(separator: "&"), secrets)
    }

    /// `NAME=PW`; nil where the name is no password's.
    private static func assignment(_ text: Substring) -> Shown? {
        guard let equals = text.firstIndex(of: "=") else { return nil }
        let name = bare(String(text[..<equals]))
        let setting = name.hasPrefix("--") ? String(name.dropFirst(2)) : name
        guard
            options.contains(name) || settings.contains(setting.lowercased())
                || variables.contains(name) || setting == "password"
        else { return nil }
        return ("\(text[...equals])\(mask)", [bare(String(text[text.index(after: equals)...]))])
    }

    /// Without quotes around it.
    private static func bare(_ word: String) -> String {
        word.filter { $0 != "'" && $0 != "\"" }
    }
}
