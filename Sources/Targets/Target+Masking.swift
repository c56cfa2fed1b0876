// A target's spelling as it may be shown. A target keeps its password where it is used, and what
// names the target never holds it.
import LinuxSystem

extension Target {
    static func masked(_ spelling: String, _ kind: Kind) -> String {
        switch kind {
        case .running: return Redaction.masked(uri: spelling)
        case .command(let words):
            let masked = Redaction.masked(words: words)
            // As it was written, where nothing has to be hidden.
            guard masked != words else { return spelling }
            return "exec:" + masked.map(ShellWords.quoted).joined(separator: " ")
        case .cluster(let count, let member): return "cluster:\(count)*\(member.spelling)"
        case .reference, .build: return Redaction.masked(words: [spelling])[0]
        }
    }
}
