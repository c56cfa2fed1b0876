// `build:REF[?make=…&server=…&repo=…]`: a server that is a commit of a git repository, as a branch
// and its merge base are where nobody has two binaries.
//
//     make     what /bin/sh builds it with, in the root of its sources; {cpus} is their number
//     server   as the command line of exec:, its paths from that root; else the first that is there
//              of what such repositories build
//     repo     a folder of the repository; the current one if left out
//
// In a value, & is written %26 and % is written %25.
import Foundation
import Spelling

public struct BuildRequest: Equatable, Sendable {
    public enum Source: Equatable, Sendable {
        /// What git calls a revision: a branch, a tag, a commit, `HEAD~3`.
        case ref(String)
        /// A folder of sources, for releases that are in no repository.
        case folder(String)
    }

    public var source: Source
    /// The build line, `{cpus}` not replaced yet.
    public var make: String
    /// The server's command line; nil: one of ``usualServers``.
    public var server: String?
    /// A folder of the repository.
    public var repository: String
    /// `NAME=VALUE` lines that the build finds in its environment.
    public var variables: [String]

    /// GNU make's own, with as many jobs as there are CPUs.
    public static let usualMake = "make -j{cpus}"
    /// Where the servers that we know are built, from the root of their sources.
    static let usualServers = [
        "src/valkey-server", "src/redis-server", "src/keydb-server", "build/bin/valkey-server",
        "valkey-server", "redis-server",
    ]
    static let keys = ["make", "server", "repo"]

    public init(
        _ source: Source, make: String? = nil, server: String? = nil, repository: String = ".",
        variables: [String] = []
    ) {
        self.source = source
        self.make = make ?? Self.usualMake
        self.server = server
        self.repository = repository
        self.variables = variables
    }

    /// What stands behind `build:`.
    init(parsing text: Substring) throws(TargetError) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let ref = String(parts[0])
        guard !ref.isEmpty, !ref.hasPrefix("-") else {
            throw TargetError(
                "'build:\(ref)' names no commit", remedy: "write build:HEAD, or another git ref")
        }
        self.init(.ref(ref))
        var seen: Set<String> = []
        let query = parts.count > 1 ? parts[1] : ""
        for text in query.split(separator: "&") {
            guard let item = QueryItem(text) else {
                throw TargetError(
                    "'\(text.prefix { $0 != "=" })' in the query of 'build:\(ref)' is no key=value",
                    remedy: "write build:\(ref)?make=make -j4&server=src/valkey-server")
            }
            guard seen.insert(item.key).inserted else {
                throw TargetError("'build:\(ref)' has '\(item.key)' twice", remedy: "keep one")
            }
            let value = item.value.removingPercentEncoding ?? item.value
            switch item.key {
            case "make": make = value
            case "server": server = value
            case "repo": repository = value
            default:
                throw TargetError(
                    "'build:\(ref)': there is no option '\(item.key)'",
                    remedy: Spelling.remedy(for: item.key, among: Self.keys))
            }
        }
        if let server { _ = try Self.words(server) }
    }

    /// What it is called: the ref, or the folder's name.
    public var name: String {
        switch source {
        case .ref(let ref): ref
        case .folder(let path): String(path.split(separator: "/").last ?? "sources")
        }
    }

    /// As a target that means the same for ever: with the commit that the ref has now. A folder is
    /// no target, and is only named.
    /// - Parameter identity: of the tree that was built from it.
    func spelling(_ identity: String) -> String {
        func escaped(_ text: String) -> String {
            text.replacing("%", with: "%25").replacing("&", with: "%26")
        }
        var items: [String] = []
        if make != Self.usualMake { items.append("make=\(escaped(make))") }
        if let server { items.append("server=\(escaped(server))") }
        if repository != "." { items.append("repo=\(escaped(repository))") }
        let query = items.isEmpty ? "" : "?" + items.joined(separator: "&")
        switch source {
        case .ref: return "build:\(identity)" + query
        case .folder(let path): return "folder \(path) (\(identity.prefix(12)))" + query
        }
    }

    /// The server's command line in a tree that was built.
    func command(in tree: String) throws(TargetError) -> [String] {
        var words: [String] = []
        if let server {
            words = try Self.words(server)
        } else {
            words = Self.usualServers.filter { access("\(tree)/\($0)", X_OK) == 0 }.prefix(1)
                .map(\.self)
        }
        guard let program = words.first else {
            throw TargetError(
                "\(name) was built, and none of \(Self.usualServers.joined(separator: ", ")) is "
                    + "there",
                remedy: "name the server, as server=bin/server or --server bin/server")
        }
        // A program without a slash is one of the tree before it is one of PATH.
        if !program.contains("/"), access("\(tree)/\(program)", X_OK) == 0 {
            words[0] = "./\(program)"
        }
        let command = WorkingFolder.resolve(words, in: tree)
        if command[0].contains("/"), access(command[0], X_OK) != 0 {
            throw TargetError(
                "\(name) was built, and there is no program \(program) in it",
                remedy: "correct the server's path, or the line that builds it")
        }
        return command
    }

    private static func words(_ server: String) throws(TargetError) -> [String] {
        switch ShellWords.split(server) {
        case .success(let words) where !words.isEmpty: return words
        case .success:
            throw TargetError("the server of a build: target is empty", remedy: "name a program")
        case .failure(let error):
            throw TargetError("the server of a build: target: \(error)", remedy: "close it")
        }
    }
}
