// One line of a terminal that is drawn over itself: a bar of progress. Whatever else is written to
// that terminal takes it away first, so that no message is torn and none is left half hidden.
//
// The cursor waits at its beginning: the `^C` that a terminal echoes is drawn over then, where at
// the end of a full line it would break it.
import Glibc
import Synchronization

public final class StatusLine: Sendable {
    private let shown = Atomic<Bool>(false)
    /// To the beginning of the line, and what stands there away.
    private let eraser: StaticString = "\r\u{1b}[K"

    public init() {}

    /// What draws `text` in place of the line that was there; it must fit the terminal's width.
    public func drawing(_ text: String) -> String {
        shown.store(true, ordering: .relaxed)
        return "\r\(text)\u{1b}[K\r"
    }

    /// What has to be written before anything else is; empty where no line stands there.
    public func erasure() -> String {
        shown.exchange(false, ordering: .relaxed) ? eraser.description : ""
    }

    /// Takes it away from stderr: safe in a handler of signals, as nothing is allocated.
    func eraseInHandler() {
        guard shown.exchange(false, ordering: .relaxed) else { return }
        _ = write(STDERR_FILENO, eraser.utf8Start, eraser.utf8CodeUnitCount)
    }
}
