// Passwords never appear in what is printed or kept. A command line says where its passwords are
// (`learn`); from then on they are masked wherever they turn up, also where a server repeats one.
import Glibc
import Synchronization

public enum Redaction {
    public static let mask = "***"

    /// Words whose next word is a password: options of the benchmarks and of the servers, and
    /// commands. (-u is a URI, and --user no secret.)
    private static let named: Set<String> = [
        "-a", "--pass", "--password", "--requirepass", "--masterauth", "--primaryauth",
        "requirepass", "masterauth", "primaryauth",
    ]
    private static let variables = ["REDISCLI_AUTH", "VALKEYCLI_AUTH"]
    /// Shorter passwords are masked where they stand as such, and not inside other words.
    private static let shortestFound = 4

    private static let learned = Mutex<Set<String>>([])

    /// Notes the passwords of a command line and of the environment.
    public static func learn(_ arguments: [String]) {
        var secrets = Set(arguments.flatMap(uriPasswords) + wordSecrets(arguments))
        for argument in arguments where argument.contains(" ") {
            secrets.formUnion(wordSecrets(words(argument)))
        }
        for variable in variables {
            if let value = getenv(variable) { secrets.insert(String(cString: value)) }
        }
        let found = secrets.filter { $0.utf8.count >= shortestFound }
        learned.withLock { $0.formUnion(found) }
    }

    /// A command line with its passwords masked.
    public static func masked(_ arguments: [String]) -> [String] {
        let wholes = maskingNamed(arguments)
        return wholes.map { argument in
            // A command line in one argument (exec:…) is masked word by word, its blanks kept.
            let parts = argument.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count > 1 else { return masked(argument) }
            return masked(maskingNamed(parts.map(String.init)).joined(separator: " "))
        }
    }

    /// A text with the passwords of URIs and those learned masked.
    public static func masked(_ text: String) -> String {
        var text = text
        for pair in credentials(text) where !pair.isEmpty {
            // What stands there alone is a user, but some take it for the password.
            let user = pair.firstIndex(of: ":").map { pair[...$0] } ?? ""
            text = text.replacing("://\(pair)@", with: "://\(user)\(mask)@")
        }
        let longestFirst = learned.withLock { $0.sorted { $0.utf8.count > $1.utf8.count } }
        for secret in longestFirst { text = text.replacing(secret, with: mask) }
        return text
    }

    private static func maskingNamed(_ words: [String]) -> [String] {
        var masked = words
        for index in words.indices {
            let previous = index > 0 ? bare(words[index - 1]) : ""
            let isAuth = previous.uppercased() == "AUTH"
            if named.contains(previous) || isAuth, !words[index].isEmpty {
                masked[index] = mask
                // AUTH USER PASSWORD
                if isAuth, index + 1 < words.count { masked[index + 1] = mask }
            } else if let equals = words[index].firstIndex(of: "="),
                named.contains(bare(String(words[index][..<equals])))
                    || variables.contains(bare(String(words[index][..<equals])))
            {
                masked[index] = words[index][...equals] + mask
            } else if words[index].hasPrefix("-a"), !words[index].hasPrefix("--"),
                words[index].count > 2, !words[index].contains("=")
            {
                masked[index] = "-a" + mask
            }
        }
        return masked
    }

    private static func wordSecrets(_ words: [String]) -> [String] {
        zip(words, maskingNamed(words)).compactMap { word, masked in
            guard word != masked else { return nil }
            let prefix = masked.dropLast(mask.count)
            return bare(String(word.dropFirst(prefix.count)))
        }
    }

    private static func words(_ text: String) -> [String] {
        text.split(separator: " ").map(String.init)
    }

    /// Without quotes around it.
    private static func bare(_ word: String) -> String {
        word.filter { $0 != "'" && $0 != "\"" }
    }

    /// What stands before the @ of each URI.
    private static func credentials(_ text: String) -> [Substring] {
        text.split(whereSeparator: { " '\"\n".contains($0) }).compactMap { word in
            guard let scheme = word.firstRange(of: "://") else { return nil }
            let rest = word[scheme.upperBound...]
            let authority = rest.prefix { $0 != "/" && $0 != "?" }
            // A password may have a slash in it where somebody forgot to encode it.
            return (authority.lastIndex(of: "@") ?? rest.lastIndex(of: "@")).map { rest[..<$0] }
        }
    }

    private static func uriPasswords(_ text: String) -> [String] {
        credentials(text).compactMap { pair in
            pair.firstIndex(of: ":").map { String(pair[pair.index(after: $0)...]) }
        }.filter { !$0.isEmpty && $0 != mask }
    }
}
