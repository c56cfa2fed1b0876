// What is printed: the one writer of descriptors 1 and 2, for every verb.
//
// Results go to descriptor 1 as it was handed over: a file stays open where it stands, so that `>>`
// appends. The first write that fails is remembered and ends the run as Ctrl-C would, for whoever
// wanted the result is gone; `Output.exitStatus` then says how the process must end. Messages go to
// descriptor 2, and one that cannot be written is nobody's loss; the line of progress that stands
// there makes room for them. Nothing here traps or throws, so that it can be called from a run's
// middle.
import Glibc
import Synchronization
import SystemPackage

public enum Output {
    /// Why a result did not reach stdout.
    public enum Failure: Equatable, Sendable {
        /// The reader has gone (`| head -1`): no reason for a word.
        case closedPipe
        case other(Errno)
    }

    private static let state = Mutex<Failure?>(nil)
    /// The line of progress on stderr.
    static let status = StatusLine()

    /// What went wrong on stdout first, or nil.
    public static var failure: Failure? { state.withLock { $0 } }

    /// As a shell says of a program that SIGPIPE ended.
    public static let closedPipeStatus: CInt = 128 + SIGPIPE

    /// The status to exit with whatever else happened; nil while all that was printed has arrived.
    public static var exitStatus: CInt? {
        failure.map { $0 == .closedPipe ? closedPipeStatus : EXIT_FAILURE }
    }

    /// A result, on stdout.
    public static func print(_ text: String, terminator: String = "\n") {
        write(Array((PlainText.shown(text, on: STDOUT_FILENO) + terminator).utf8))
    }

    /// Bytes of a result, on stdout.
    public static func write(_ bytes: [UInt8]) {
        guard failure == nil else { return }
        eraseStatus()
        guard let errno = writeAll(bytes, to: STDOUT_FILENO) else { return }
        let failure: Failure = errno == .brokenPipe ? .closedPipe : .other(errno)
        state.withLock { $0 = failure }
        if case .other(let errno) = failure {
            note("hashmark: cannot write to standard output: \(errno); give it room, or a file")
        }
        Interruption.request()
    }

    /// A warning, an error or another message, on stderr, with passwords masked. Silent once the
    /// reader of the results has gone.
    public static func note(_ text: String, terminator: String = "\n") {
        guard failure != .closedPipe else { return }
        let lines = Paragraph.text(Redaction.masked(text), columns: statusColumns)
        let shown = PlainText.shown(lines, on: STDERR_FILENO)
        let message = status.erasure() + shown + terminator
        _ = writeAll(Array(message.utf8), to: STDERR_FILENO)
    }

    /// Draws a line of progress on stderr, a terminal, in place of the one before it, with
    /// passwords masked. It is gone as soon as anything else is written.
    /// - Parameter text: less than the terminal is wide.
    public static func show(status text: String) {
        guard failure != .closedPipe else { return }
        let shown = PlainText.shown(Redaction.masked(text), on: STDERR_FILENO)
        _ = writeAll(Array(status.drawing(shown).utf8), to: STDERR_FILENO)
    }

    /// Takes the line of progress away, where one stands.
    public static func eraseStatus() {
        let erasure = status.erasure()
        if !erasure.isEmpty { _ = writeAll(Array(erasure.utf8), to: STDERR_FILENO) }
    }

    /// How many columns the terminal on stderr has now; nil where that is no terminal whose lines
    /// can be drawn over.
    public static var statusColumns: Int? {
        guard isatty(STDERR_FILENO) == 1, getenv("TERM").map({ String(cString: $0) }) != "dumb"
        else { return nil }
        // One that does not tell, such as a serial console, is taken to be as wide as they were.
        return Terminal.columns(of: STDERR_FILENO) ?? 80
    }

    /// Prepares the standard descriptors; call it first in a process. One that was handed over
    /// closed is occupied, or the next file opened would become stdout; SIGPIPE and SIGXFSZ become
    /// errors.
    public static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
        where fcntl(descriptor, F_GETFD) < 0 {
            // Read-only, so that a result still has nowhere to go.
            _ = open("/dev/null", O_RDONLY)
        }
    }

    static func writeAll(_ bytes: [UInt8], to descriptor: CInt) -> Errno? {
        bytes.withUnsafeBytes { LinuxSystem.writeAll($0, to: descriptor) }
    }
}
