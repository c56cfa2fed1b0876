// Passwords never appear in what is printed or kept. A command line says where its passwords are
// (`learn`); from then on they are masked wherever they turn up, also where a server repeats one.
import Glibc
import Synchronization

public enum Redaction {
    public static let mask = "***"

    static let variables = ["REDISCLI_AUTH", "VALKEYCLI_AUTH"]
    /// Shorter passwords are masked where they stand as a word or in quotes, and not inside others.
    private static let shortestFound = 4

    /// In addresses of PostgreSQL a word alone before the @ is a user, and nobody takes it for a
    /// password.
    private static let databases = ["postgresql", "postgres"]

    private static let learned = Mutex<Set<String>>([])

    /// Notes the passwords of a command line and of the environment.
    public static func learn(_ arguments: [String]) {
        var secrets = Set(arguments.flatMap(uriPasswords) + secrets(of: arguments))
        for argument in arguments where argument.contains(" ") {
            let words = argument.split(separator: " ").map { String($0) }
            secrets.formUnion(Self.secrets(of: words))
        }
        for variable in variables {
            if let value = getenv(variable) { secrets.insert(String(cString: value)) }
        }
        let found = secrets.filter { !$0.isEmpty && $0 != mask }
        learned.withLock { $0.formUnion(found) }
    }

    /// A command line with its passwords masked.
    public static func masked(_ arguments: [String]) -> [String] {
        let known = learned.withLock(\.self)
        return masked(words: arguments).map { argument in
            if known.contains(argument) { return mask }
            // A command line in one argument (exec:…) is masked word by word, its blanks kept.
            let parts = argument.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count > 1 else { return masked(argument) }
            return masked(masked(words: parts.map(String.init)).joined(separator: " "))
        }
    }

    /// A text with the passwords of URIs and those learned masked.
    public static func masked(_ text: String) -> String {
        var text = text
        for pair in credentials(text) where !pair.isEmpty {
            // What stands there alone is a user, but some take it for the password.
            let user = pair.firstIndex(of: ":").map { pair[...$0] } ?? ""
            let shown = databases.filter { user.isEmpty && text.contains("\($0)://\(pair)@") }
            text = text.replacing("://\(pair)@", with: "://\(user)\(mask)@")
            for scheme in shown {
                text = text.replacing("\(scheme)://\(mask)@", with: "\(scheme)://\(pair)@")
            }
        }
        let longestFirst = learned.withLock { $0.sorted { $0.utf8.count > $1.utf8.count } }
        for secret in longestFirst {
            if secret.utf8.count >= shortestFound {
                text = text.replacing(secret, with: mask)
            } else {
                for quote in ["'", "\""] {
                    text = text.replacing(quote + secret + quote, with: quote + mask + quote)
                }
            }
        }
        return text
    }

    /// A URI, or what was meant as one: whatever stands before the last @ may be a password, but
    /// for a user's name; so may each `password` in the query.
    public static func masked(uri text: String) -> String {
        var text = text
        if let at = text.lastIndex(of: "@") {
            let start = text.firstRange(of: "://")?.upperBound ?? text.startIndex
            if start <= at {
                let user = text[start..<at].split(
                    separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                if user.count > 1 || !databases.contains(where: { text.hasPrefix("\($0)://") }) {
                    let shown = user.count > 1 ? "\(user[0]):\(mask)" : mask
                    text.replaceSubrange(start..<at, with: shown)
                }
            }
        }
        for range in text.ranges(of: "password=").reversed() {
            let end = text[range.upperBound...].firstIndex(of: "&") ?? text.endIndex
            text.replaceSubrange(range.upperBound..<end, with: mask)
        }
        return text
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
        }
    }
}
