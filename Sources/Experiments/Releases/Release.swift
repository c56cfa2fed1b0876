// What a sweep goes through: releases by name, each a commit or a folder of sources, and the ways
// in which each is built.
//
//     --refs 7.2.7,8.0=../valkey-8.0,HEAD    as given
//     --tags '8.*'                           in the order of versions
//     --every 20                             every 20th change of the branch, by hash
//     --matrix 'CFLAGS=-O2|-O3'              each release in all combinations of these variables
import Foundation
import Targets

public struct Release: Equatable, Sendable {
    /// What the history calls it.
    public let label: String
    public let source: BuildRequest.Source

    public init(label: String, source: BuildRequest.Source) {
        self.label = label
        self.source = source
    }

    /// `REF`, `LABEL=REF` or `LABEL=FOLDER`.
    public init(parsing text: String) throws(TargetError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            .map(String.init)
        guard parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix("-") }) else {
            throw TargetError(
                "'\(text)' is no release", remedy: "write a git ref, LABEL=REF or LABEL=FOLDER")
        }
        label = parts[0]
        guard parts.count > 1 else {
            source = .ref(text)
            return
        }
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: parts[1], isDirectory: &isFolder)
        source = exists && isFolder.boolValue ? .folder(parts[1]) : .ref(parts[1])
    }
}

/// Which releases of a repository.
public enum ReleaseChoice: Equatable, Sendable {
    case refs([String])
    case tags(String)
    case every(Int)

    /// The releases that it names, in its order.
    /// - Throws: where git fails, or a name cannot be parsed.
    public func releases(of repository: GitRepository) throws(TargetError) -> [Release] {
        var releases: [Release] = []
        switch self {
        case .refs(let texts):
            for text in texts { releases.append(try Release(parsing: text)) }
        case .tags(let pattern):
            releases = try repository.tags(pattern).map { Release(label: $0, source: .ref($0)) }
        case .every(let step):
            releases = try repository.every(step, upTo: "HEAD").map {
                Release(label: $0.short, source: .ref($0.hash))
            }
        }
        for (index, release) in releases.enumerated()
        where releases[..<index].contains(where: { $0.label == release.label }) {
            throw TargetError(
                "two releases are called '\(release.label)'", remedy: "name one, as LABEL=REF")
        }
        return releases
    }
}

/// A variable of the build with the values that it takes: `CFLAGS=-O2|-O3`.
public struct BuildVariable: Equatable, Sendable {
    public let name: String
    public let values: [String]

    public init(name: String, values: [String]) {
        self.name = name
        self.values = values
    }

    /// Nil of what is no `NAME=VALUE|VALUE`.
    public init?(_ text: String) {
        guard let equals = text.firstIndex(of: "=") else { return nil }
        name = String(text[..<equals])
        values = text[text.index(after: equals)...]
            .split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        guard Self.isName(name), Set(values).count == values.count else { return nil }
    }

    /// Whether `make` takes it as a variable's name: letters, digits and `_`, no digit first.
    public static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.first?.isNumber == false
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }

    /// Every combination, each as `NAME=VALUE` lines; one that is empty without variables.
    static func combinations(_ variables: [BuildVariable]) -> [[String]] {
        variables.reduce([[]]) { lines, variable in
            lines.flatMap { line in variable.values.map { line + ["\(variable.name)=\($0)"] } }
        }
    }
}
