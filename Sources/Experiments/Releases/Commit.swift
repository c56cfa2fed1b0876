// The commits of a history, as a bisection goes through them and a sweep picks from them.
//
//     A ── o ── o ── M ── o ── B        the first parents of B, down to A: what was on the branch
//           \       /                   after each change, so that a merge counts as one
//            o ── o
import Targets

public struct Commit: Equatable, Sendable {
    /// All of it.
    public let hash: String
    /// The first line of its message.
    public let subject: String

    /// Enough to tell it from all others.
    public var short: String { String(hash.prefix(12)) }
    /// For people: `3f2a1b4c5d6e (shrink the bucket)`.
    public var title: String { subject.isEmpty ? short : "\(short) (\(subject))" }

    /// A line of `git log --format=%H%x09%s`.
    init(_ line: String) {
        let parts = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
        hash = String(parts[0])
        // Messages are other people's: none moves the cursor of a terminal.
        let text = parts.count > 1 ? parts[1] : ""
        subject = String(text.filter { !$0.isNewline && $0.unicodeScalars.first!.value >= 0x20 })
    }
}

extension GitRepository {
    private static let format = "--format=%H%x09%s"

    /// What `ref` means.
    public func read(_ ref: String) throws(TargetError) -> Commit {
        let hash = try commit(ref)
        return Commit(try lines(["log", "-1", Self.format, hash])?.first ?? hash)
    }

    /// The commits after `good`, up to `bad`, oldest first.
    /// - Throws: where `bad` does not come from `good`.
    public func commits(after good: Commit, to bad: Commit) throws(TargetError) -> [Commit] {
        guard try lines(["merge-base", "--is-ancestor", good.hash, bad.hash]) != nil else {
            throw TargetError(
                "\(bad.short) does not come from \(good.short)",
                remedy: "give as --good a commit that --bad was built upon, such as their "
                    + "merge base")
        }
        let range = "\(good.hash)..\(bad.hash)"
        let found = try lines(["log", "--first-parent", "--reverse", Self.format, range]) ?? []
        guard !found.isEmpty else {
            throw TargetError(
                "--good and --bad are one commit, \(good.short)",
                remedy: "give two between which something changed")
        }
        return found.map(Commit.init)
    }

    /// Every `step`-th of the first parents of `ref`, itself among them, oldest first.
    func every(_ step: Int, upTo ref: String) throws(TargetError) -> [Commit] {
        let all = try lines(["log", "--first-parent", Self.format, try commit(ref)]) ?? []
        return stride(from: 0, to: all.count, by: step).map { Commit(all[$0]) }.reversed()
    }

    /// Tags that a pattern of git's matches, oldest version first.
    func tags(_ pattern: String) throws(TargetError) -> [String] {
        let found = try lines(["tag", "--list", pattern]) ?? []
        guard !found.isEmpty else {
            throw TargetError(
                "the repository has no tag like '\(pattern)'",
                remedy: "see `git tag`, and quote the pattern for the shell")
        }
        return found.sorted { Version($0) < Version($1) }
    }
}

/// The order of versions in names: `8.0.1` before `8.1`, `8.1.9` before `8.1.10`, and what is
/// before a release (`8.1-rc1`) before it.
struct Version: Comparable {
    private enum Part: Equatable {
        case number(Int)
        case word(String)
    }

    private let parts: [Part]
    private let name: String

    init(_ name: String) {
        self.name = name
        var parts: [Part] = []
        var rest = name[...]
        while let first = rest.first {
            if first.isASCII && first.isNumber {
                let digits = rest.prefix { $0.isASCII && $0.isNumber }
                parts.append(.number(Int(digits) ?? .max))
                rest = rest.dropFirst(digits.count)
            } else {
                let letters = rest.prefix { !($0.isASCII && $0.isNumber) }
                // Punctuation separates: `8.0` and `8_0` are alike.
                let word = letters.filter(\.isLetter)
                if !word.isEmpty { parts.append(.word(word.lowercased())) }
                rest = rest.dropFirst(letters.count)
            }
        }
        self.parts = parts
    }

    static func < (first: Version, second: Version) -> Bool {
        for (one, other) in zip(first.parts, second.parts) where one != other {
            switch (one, other) {
            case (.number(let one), .number(let other)): return one < other
            case (.word(let one), .word(let other)): return one < other
            // A word stands for what comes before a number: rc, beta.
            case (.word, .number): return true
            case (.number, .word): return false
            }
        }
        let (mine, theirs) = (first.parts.count, second.parts.count)
        guard mine != theirs else { return first.name < second.name }
        let more = mine < theirs ? second.parts[mine] : first.parts[theirs]
        // `8.1-rc1` is before `8.1`, which is before `8.1.1`.
        if case .word = more { return mine > theirs }
        return mine < theirs
    }
}
