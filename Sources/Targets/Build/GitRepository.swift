// What is asked of a git repository: which commit a name means, and a tree of its files. The
// repository itself is left as it was, but for the list of its worktrees.
import Glibc
import LinuxSystem

public struct GitRepository: Sendable {
    /// A folder of it.
    public let folder: String

    public init(_ folder: String) { self.folder = folder }

    /// The whole hash of the commit that `ref` means.
    public func commit(_ ref: String) throws(TargetError) -> String {
        if let hash = try lines(["rev-parse", "--verify", "--quiet", "\(ref)^{commit}"])?.first {
            return hash
        }
        guard try lines(["rev-parse", "--git-dir"]) != nil else {
            throw TargetError(
                "\(shown) is in no git repository",
                remedy: "run it in one, or name one, as repo=DIR or --repo DIR")
        }
        throw TargetError(
            "the repository has no commit '\(ref)'",
            remedy: "fetch it (a shallow clone has few commits), or correct the name")
    }

    /// What a git command prints, by line; nil where it fails.
    public func lines(_ arguments: [String]) throws(TargetError) -> [String]? {
        do throws(SystemCallError) {
            let output = try Tool.run(
                ["git", "-C", folder] + arguments, milliseconds: Self.milliseconds)
            guard output.succeeded else { return nil }
            return output.text.split(separator: "\n").map(String.init)
        } catch {
            throw TargetError("cannot start git: \(error.errno)", remedy: "install git")
        }
    }

    /// The command that makes a tree of a commit's files.
    func checkOut(_ commit: String, to path: String) -> [String] {
        // Forced: the list of worktrees may name one that is gone.
        ["git", "-C", folder, "worktree", "add", "--force", "--detach", path, commit]
    }

    private var shown: String { folder == "." ? "this folder" : folder }

    /// A question about a large history takes some seconds.
    private static let milliseconds = 60_000
}
