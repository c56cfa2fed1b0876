// What is wrong with a file of ours: one line each, with file, line, cause and remedy.

public struct FileProblem: Sendable, Equatable, CustomStringConvertible {
    public let file: String
    /// From 1; nil where the file as a whole is meant.
    public let line: Int?
    public let problem: String
    public let remedy: String

    public init(file: String, line: Int?, problem: String, remedy: String) {
        self.file = file
        self.line = line
        self.problem = problem
        self.remedy = remedy
    }

    public var description: String {
        "\(file)\(line.map { ":\($0)" } ?? ""): \(problem): \(remedy)"
    }
}

/// All problems of a file, in the order of its lines.
public struct FileProblems: Error, Sendable, Equatable, CustomStringConvertible {
    public let problems: [FileProblem]

    public init(_ problems: [FileProblem]) {
        self.problems = problems.sorted { ($0.line ?? 0) < ($1.line ?? 0) }
    }

    public var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
