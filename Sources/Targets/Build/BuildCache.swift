// Builds, each made once and kept:
//
//     FOLDER/builds/COMMIT-LINE/          a worktree of the commit, and in it what was built
//     FOLDER/builds/COMMIT-LINE.log       what the build printed, also where it failed
//     FOLDER/builds/COMMIT-LINE.built     there once it has succeeded; as old as its last use
//     FOLDER/builds/COMMIT-LINE.lock      held alone by who builds, together by who uses it
//
// LINE is a hash of the build line and its variables. A process that dies while it builds leaves no
// .built: the next one begins anew. Two that want the same build wait for the first. At most
// ``mostBuilds`` are kept; what goes is what was used longest ago and is in nobody's use.
import Foundation
import Glibc
import LinuxSystem
import Quantities
import StrictYAML

public struct BuildCache: Sendable {
    private let builds: String
    /// How many builds are kept: some 5 GB of servers like Valkey.
    private let mostBuilds: Int

    /// - Parameter folder: `$XDG_CACHE_HOME/hashmark`, else `~/.cache/hashmark`, if left out.
    public init(_ folder: String? = nil, mostBuilds: Int = 24) {
        let root = WorkingFolder.absolute(folder ?? Self.usualFolder)
        builds = "\(root)/builds"
        self.mostBuilds = mostBuilds
    }

    private static var usualFolder: String {
        let environment = ProcessInfo.processInfo.environment
        // The standard has paths that are not absolute ignored.
        if let caches = environment["XDG_CACHE_HOME"], caches.hasPrefix("/") {
            return "\(caches)/hashmark"
        }
        return (environment["HOME"] ?? "/tmp") + "/.cache/hashmark"
    }

    /// The tree of a request: built now, or found as it was built before. It stays until it is
    /// released, or to the end of the process.
    /// - Parameter told: what goes on, for people: a build takes minutes.
    public func tree(
        _ request: BuildRequest, told: (String) -> Void
    ) throws(TargetError) -> BuiltTree {
        let identity = try self.identity(request)
        var line = StreamDigest()
        for text in [identity, request.make] + request.variables {
            line.add(Array(text.utf8) + [0])
        }
        let stem = "\(builds)/\(identity.prefix(12))-\(line)"
        guard makeFolder(), let lock = FileLock("\(stem).lock") else {
            throw TargetError(
                "no place for builds in \(builds): \(String(cString: strerror(errno)))",
                remedy: "give another folder with --cache")
        }
        let tree = BuiltTree(folder: stem, log: "\(stem).log", identity: identity, lock: lock)
        do throws(TargetError) {
            try provide(tree, request, told)
        } catch {
            tree.release()
            throw error
        }
        dropOldBuilds()
        return tree
    }

    private func makeFolder() -> Bool {
        do {
            try FileManager.default.createDirectory(
                atPath: builds, withIntermediateDirectories: true)
            return true
        } catch {
            if errno == 0 { errno = EACCES }
            return false
        }
    }

    /// Holds the tree's lock together with others at its end.
    private func provide(
        _ tree: BuiltTree, _ request: BuildRequest, _ told: (String) -> Void
    ) throws(TargetError) {
        if tree.lock.take(.shared, waits: false), tree.isBuilt { return tree.noteUse() }
        if !tree.lock.take(.exclusive, waits: false) {
            told("waiting for another run, which builds \(request.name)")
            while !tree.lock.take(.exclusive, waits: true) {
                if Interruption.requested { throw Self.interrupted }
            }
        }
        if !tree.isBuilt {
            let hash = tree.identity.prefix(12)
            let name = request.name == tree.identity ? "\(hash)" : "\(request.name) (\(hash))"
            told("building \(name) with `\(request.line)`; log: \(tree.log)")
            do throws(TargetError) {
                try build(tree, request)
            } catch {
                removeTree(tree.folder)
                throw error
            }
        }
        tree.noteUse()
        _ = tree.lock.take(.shared, waits: true)
    }

    private func build(_ tree: BuiltTree, _ request: BuildRequest) throws(TargetError) {
        removeTree(tree.folder)
        let getSources =
            switch request.source {
            case .ref:
                GitRepository(request.repository).checkOut(tree.identity, to: tree.folder)
            case .folder(let path): ["cp", "-a", path, tree.folder]
            }
        var options = ChildProcess.Options()
        options.logFile = tree.log
        try run(getSources, options, "getting the sources of \(request.name)", tree)
        options.folder = tree.folder
        let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
        options.environment = environment + request.variables
        try run(
            ["/bin/sh", "-c", request.line], options,
            "the build of \(request.name) (`\(request.line)`)", tree)
    }

    /// Runs a command to its end, which has to be a good one.
    private func run(
        _ command: [String], _ options: ChildProcess.Options, _ what: String, _ tree: BuiltTree
    ) throws(TargetError) {
        let child: ChildProcess
        do throws(SystemCallError) {
            child = try ChildProcess(command, options)
        } catch {
            throw TargetError(
                "\(what): cannot start '\(command[0])': \(error.errno)", remedy: "install it")
        }
        while true {
            if let ending = child.ending(within: 100) {
                guard ending != .exited(0) else { return }
                throw TargetError(
                    "\(what) \(ending)\(Self.lastWords(tree.log))",
                    remedy: "all that it printed is in \(tree.log)")
            }
            if Interruption.requested {
                child.kill()
                throw Self.interrupted
            }
        }
    }

    private static let interrupted = TargetError("interrupted", remedy: "run it again")

    /// The line of a log that says what is wrong, or the last one, as the end of a sentence.
    private static func lastWords(_ log: String) -> String {
        let data = FileManager.default.contents(atPath: log) ?? Data()
        let lines = String(decoding: data.suffix(16_384), as: UTF8.self).split(separator: "\n")
        let wrong = lines.last { $0.contains("error:") || $0.hasPrefix("fatal:") }
        return (wrong ?? lines.last).map { " (its last words: \($0.prefix(300)))" } ?? ""
    }

    private func removeTree(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    /// The commit that the request's ref has now, or a hash of its folder's files.
    public func identity(_ request: BuildRequest) throws(TargetError) -> String {
        switch request.source {
        case .ref(let ref): return try GitRepository(request.repository).commit(ref)
        case .folder(let path):
            let line =
                "cd \"$1\" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum"
                + " | sha256sum"
            let output = try? Tool.run(
                ["/bin/sh", "-c", line, "sh", path], milliseconds: 600_000)
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, let output,
                output.succeeded, let hash = output.text.split(separator: " ").first
            else {
                throw TargetError(
                    "there are no sources in '\(path)'", remedy: "name a folder of sources")
            }
            return String(hash)
        }
    }

    private func dropOldBuilds() {
        let stems = SmallFile.names(in: builds).filter { $0.hasSuffix(".built") }
            .map { "\(builds)/\($0.dropLast(".built".count))" }
        guard stems.count > mostBuilds else { return }
        func lastUse(_ stem: String) -> Double {
            var status = stat()
            guard stat("\(stem).built", &status) == 0 else { return 0 }
            return Double(status.st_mtim.tv_sec)
                + Double(status.st_mtim.tv_nsec) / Nanoseconds.perSecond
        }
        var excess = stems.count - mostBuilds
        for stem in stems.sorted(by: { lastUse($0) < lastUse($1) }) where excess > 0 {
            guard let lock = FileLock("\(stem).lock") else { continue }
            defer { lock.release() }
            guard lock.take(.exclusive, waits: false) else { continue }
            unlink("\(stem).built")
            unlink("\(stem).log")
            removeTree(stem)
            excess -= 1
        }
    }
}

extension BuildRequest {
    /// The build line as it is run.
    fileprivate var line: String {
        make.replacing("{cpus}", with: "\(ProcessInfo.processInfo.activeProcessorCount)")
    }
}

/// A build that is there, and stays as long as its lock is held.
public struct BuiltTree: Sendable {
    let folder: String
    let log: String
    /// The commit's hash; of a folder of sources, its files'.
    public let identity: String
    fileprivate let lock: FileLock

    fileprivate var isBuilt: Bool { access("\(folder).built", F_OK) == 0 }

    fileprivate func noteUse() {
        _ = FileManager.default.createFile(
            atPath: "\(folder).built", contents: Data("\(identity)\n".utf8))
    }

    /// Once; from then on the build may be removed to make room.
    public func release() { lock.release() }
}

extension Target {
    /// The build that the target is of; nil of all others.
    public var build: BuildRequest? {
        if case .build(let request) = kind { request } else { nil }
    }

    /// A server of a tree that was built.
    /// - Parameter label: what it is called; the request's name if left out.
    public init(
        _ request: BuildRequest, _ tree: BuiltTree, label: String? = nil
    ) throws(TargetError) {
        let words = try request.command(in: tree.folder)
        self.init(
            label: label ?? request.name,
            spelling: Redaction.masked(words: [request.spelling(tree.identity)])[0],
            kind: .command(words))
    }
}
