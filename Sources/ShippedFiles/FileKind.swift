// The kinds of file that have names: where each lies, and what its name leaves out.

public enum FileKind: Sendable {
    case workload
    case suite
    case policy
    case sweep
    case trace

    /// The folder of such files, from the root of a project as from that of Hashmark's checkout.
    public var folder: String {
        switch self {
        case .workload: "Workloads"
        case .suite: "Workloads/suites"
        case .policy: "Workloads/policies"
        case .sweep: "Workloads/sweeps"
        case .trace: "Workloads/traces"
        }
    }

    /// What messages call one.
    public var noun: String {
        switch self {
        case .workload: "workload"
        case .suite: "suite"
        case .policy: "policy"
        case .sweep: "sweep"
        case .trace: "trace"
        }
    }

    /// The end of a file's name that is no part of what it is called. That of a trace says what
    /// format it has, so it stays.
    var ending: String { self == .trace ? "" : ".yaml" }

    /// The file of that name, from a root.
    func path(of name: String) -> String { "\(folder)/\(name)\(ending)" }

    /// The names of files, by their paths from a root; others than this kind's are left out.
    func names(among paths: [String]) -> [String] {
        let start = folder + "/"
        return paths.compactMap { path in
            guard path.hasPrefix(start), path.hasSuffix(ending) else { return nil }
            let name = path.dropFirst(start.count).dropLast(ending.count)
            return name.isEmpty || name.contains("/") || name == "README.md" ? nil : String(name)
        }
    }
}
