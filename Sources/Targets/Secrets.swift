// Passwords in spellings of targets: what may be shown instead of them. A target keeps its password
// where it is used, and what names the target never holds it.

enum Secrets {
    static let mask = "***"

    /// Options of servers whose value is a password.
    static let options: Set<String> = [
        "--requirepass", "--masterauth", "--primaryauth", "--tls-key-file-pass", "--pass", "-a",
    ]

    /// A URI, or what was meant as one: whatever stands before the last @ may be a password, but
    /// for a user's name; so may a `password` in the query.
    static func masked(uri text: String) -> String {
        var text = text
        if let at = text.lastIndex(of: "@") {
            let start = text.firstRange(of: "://")?.upperBound ?? text.startIndex
            if start <= at {
                let user = text[start..<at].split(
                    separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                let shown = user.count > 1 ? "\(user[0]):\(mask)" : mask
                text.replaceSubrange(start..<at, with: shown)
            }
        }
        guard let range = text.firstRange(of: "password=") else { return text }
        let end = text[range.upperBound...].firstIndex(of: "&") ?? text.endIndex
        return text.replacingCharacters(range.upperBound..<end, with: mask)
    }

    /// The words of a command line; nil where it has no password.
    static func masked(words: [String]) -> [String]? {
        var masked = words
        for (index, word) in words.enumerated() {
            if index > 0 && options.contains(words[index - 1]) {
                masked[index] = mask
            } else if let equals = word.firstIndex(of: "="),
                options.contains(String(word[..<equals]))
            {
                masked[index] = word[...equals] + mask
            }
        }
        return masked == words ? nil : masked
    }

    /// The password that a command line gives its server.
    static func password(in words: [String]) -> String? {
        for (index, word) in words.enumerated() {
            if word == "--requirepass", index + 1 < words.count { return words[index + 1] }
            if word.hasPrefix("--requirepass=") { return String(word.dropFirst(14)) }
        }
        return nil
    }
}

extension String {
    fileprivate func replacingCharacters(_ range: Range<Index>, with text: String) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }
}

extension Target {
    /// A spelling as it may be shown.
    static func masked(_ spelling: String, _ kind: Kind) -> String {
        switch kind {
        case .running: return Secrets.masked(uri: spelling)
        case .command(let words):
            guard let masked = Secrets.masked(words: words) else { return spelling }
            return "exec:" + masked.map(ShellWords.quoted).joined(separator: " ")
        case .reference(let table, let options):
            guard options.contains(where: { $0.key == "requirepass" }) else { return spelling }
            let query = options.map {
                "\($0.key)=\($0.key == "requirepass" ? Secrets.mask : $0.value)"
            }
            return "ref:\(table)?" + query.joined(separator: "&")
        }
    }
}
