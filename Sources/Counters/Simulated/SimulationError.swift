// What can go wrong with a simulated run. Each is one line: the cause and what to do about it.
import LinuxSystem

public enum SimulationError: Error, Equatable, Sendable {
    case noValgrind
    case noTool(String)
    case noCompiler
    case compilerFailed(String)
    case geometry(String)
    case folder(String)
    case noProgram(String)
    case notReady(program: String, seconds: Int, lastWords: String?)
    /// valgrind met an instruction that it does not know; its first bytes where the log has them.
    case unknownInstruction(program: String, bytes: String?)
    /// Its debugging information is newer than valgrind.
    case unreadableDebugInformation(program: String)
    case died(program: String, String, lastWords: String?)
    case valgrindFailed(String)
    /// vgdb could not pass a command on.
    case control(command: String, String)
    case noDump
    case unreadableDump(line: Int, String)
    /// The file's own sum and the sum of its functions differ: counts were reset in the window.
    case inconsistentDump(summary: UInt64, functions: UInt64)
    case nothingCounted(program: String)
}

extension SimulationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noValgrind:
            "valgrind is not installed; run `apt-get install valgrind`, or use --mode hardware or "
                + "software"
        case .noTool(let name):
            "\(name) is not installed, though valgrind is; reinstall the package valgrind"
        case .noCompiler:
            "there is no C compiler to build the seed-pinning library with; run `apt-get install "
                + "gcc`, or measure without a pinned seed"
        case .compilerFailed(let line):
            "the seed-pinning library does not compile (\(line)); install libc6-dev, or measure "
                + "without a pinned seed"
        case .geometry(let text):
            "'\(text)' is no cache that valgrind can model; write BYTES,WAYS,LINE with a power of "
                + "two of sets and of bytes per line, such as 49152,12,64"
        case .folder(let path):
            "no temporary folder in \(path); set TMPDIR to one that can be written"
        case .noProgram(let program):
            "there is no program '\(program)'; install it or give its full path"
        case .notReady(let program, let seconds, let lastWords):
            "\(program) did not become ready under valgrind within \(seconds) s"
                + Self.quote(lastWords)
                + "; check that it listens where it is asked, or allow it more time"
        case .unknownInstruction(let program, let bytes):
            "\(program) uses an instruction that valgrind does not know"
                + (bytes.map { " (\($0))" } ?? "")
                + "; build it without AVX-512 (x86-64-v3 or lower), or use --mode hardware or "
                + "software"
        case .unreadableDebugInformation(let program):
            "valgrind cannot read the debugging information of \(program); measure a copy made by "
                + "`strip --strip-debug`, whose code is the same"
        case .died(let program, let ending, let lastWords):
            "\(program) \(ending) under valgrind" + Self.quote(lastWords)
                + "; check that it runs without valgrind"
        case .valgrindFailed(let line): "valgrind did not start: \(line); check its installation"
        case .control(let command, let answer):
            "valgrind did not take the command '\(command)'\(Self.quote(answer)); allow ptrace "
                + "(--cap-add SYS_PTRACE in a container), which vgdb needs"
        case .noDump: "callgrind wrote no counts; check that the temporary folder is not full"
        case .unreadableDump(let line, let cause):
            "line \(line) of callgrind's file: \(cause); check valgrind's version"
        case .inconsistentDump(let summary, let functions):
            "callgrind's total (\(summary)) is not the sum over its functions (\(functions)); "
                + "leave its counters alone while it measures"
        case .nothingCounted(let program):
            "callgrind counted no instruction of \(program); if it is a script, give the program "
                + "that the script starts"
        }
    }

    private static func quote(_ words: String?) -> String {
        guard let words, !words.isEmpty else { return "" }
        return " (its last words: \(words.prefix(300)))"
    }
}
