// What the checker and its worker share: a folder of four files.
//
//     job        what to do, written by the checker
//     sequence   the operations, where the job is one sequence and no check of a name
//     progress   a page that both map: the number of the trial, of the operation, and a count of
//                operations that only goes up. It is there after a crash
//     report     lines that the worker writes: what it found, and `end`, without which it crashed
//     log        what the table, its libraries and the sanitizer print
import Glibc
import LinuxSystem

struct CheckFolder {
    let path: String

    var job: String { path + "/job" }
    var sequence: String { path + "/sequence" }
    var progress: String { path + "/progress" }
    var report: String { path + "/report" }
    var log: String { path + "/log" }

    /// Best effort: what could not be written is missing when it is read.
    static func write(_ text: String, to path: String, flags: CInt = O_TRUNC) {
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        _ = Array(text.utf8).withUnsafeBytes { writeAll($0, to: file) }
    }
}

/// A worker's task.
struct CheckJob {
    var library: String
    /// What stands behind the `?`.
    var options: String
    /// Nil: the file `sequence`.
    var check: CheckName?
    var plan: CheckPlan
    /// The address sanitizer watches.
    var isSanitized: Bool

    /// A value a line: paths may hold anything else.
    var text: String {
        [
            library, options, check?.rawValue ?? "sequence", "\(plan.seed)",
            "\(plan.operations)", "\(plan.depth)", isSanitized ? "sanitized" : "plain",
        ].joined(separator: "\n")
    }

    init(
        library: String, options: String, check: CheckName?, plan: CheckPlan, isSanitized: Bool
    ) {
        self.library = library
        self.options = options
        self.check = check
        self.plan = plan
        self.isSanitized = isSanitized
    }

    init?(text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 7, let seed = UInt64(lines[3]), let operations = Int(lines[4]),
            let depth = Int(lines[5])
        else { return nil }
        library = String(lines[0])
        options = String(lines[1])
        check = CheckName(rawValue: String(lines[2]))
        guard check != nil || lines[2] == "sequence" else { return nil }
        plan = CheckPlan()
        plan.seed = seed
        plan.operations = operations
        plan.depth = depth
        isSanitized = lines[6] == "sanitized"
    }
}

/// The page of progress. One side writes and the other reads now and then; a number that is read a
/// moment late does no harm.
final class ProgressPage {
    private static let size = 4_096
    private let words: UnsafeMutablePointer<UInt64>

    /// Nil where the file cannot be mapped.
    init?(_ path: String) {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return nil }
        defer { close(file) }
        guard ftruncate(file, off_t(Self.size)) == 0 else { return nil }
        let memory = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
        guard let memory, memory != MAP_FAILED else { return nil }
        words = memory.bindMemory(to: UInt64.self, capacity: Self.size / 8)
    }

    deinit { munmap(words, Self.size) }

    func clear() { for index in 0..<3 { words[index] = 0 } }

    func note(trial: Int, operation: Int) {
        words[0] = UInt64(trial)
        words[1] = UInt64(operation)
        words[2] &+= 1
    }

    var trial: Int { Int(clamping: words[0]) }
    var operation: Int { Int(clamping: words[1]) }
    var beats: UInt64 { words[2] }
}

/// A line of a report: a word and what follows it.
enum ReportLine: Equatable {
    case title(String)
    case missing(String)
    case warning(String)
    /// With the trial, and the operation of it.
    case finding(TableFinding, trial: Int, operation: Int)
    /// Nothing comes behind it.
    case end

    var text: String {
        switch self {
        case .title(let words): "title\t\(words)"
        case .missing(let words): "missing\t\(words)"
        case .warning(let words): "warning\t\(words)"
        case .finding(let finding, let trial, let operation):
            "finding\t\(finding.name)\t\(trial)\t\(operation)\t\(finding.text)"
        case .end: "end"
        }
    }

    init?(_ line: Substring) {
        let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map {
            String($0)
        }
        switch (parts[0], parts.count) {
        case ("title", 2): self = .title(parts[1])
        case ("missing", 2): self = .missing(parts[1])
        case ("warning", 2): self = .warning(parts[1])
        case ("end", 1): self = .end
        case ("finding", 5):
            guard let trial = Int(parts[2]), let operation = Int(parts[3]) else { return nil }
            self = .finding(TableFinding(parts[1], parts[4]), trial: trial, operation: operation)
        default: return nil
        }
    }
}
