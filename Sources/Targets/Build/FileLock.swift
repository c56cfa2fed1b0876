// flock(2) on a file: the lock goes with the descriptor, and so with the process that has it. The
// file itself stays where it is: who removed it would let two processes lock two files of one name.
import Glibc

struct FileLock: Sendable {
    enum Mode {
        /// Beside others who only read.
        case shared
        /// Alone.
        case exclusive
    }

    private let descriptor: CInt

    /// Nil where the file cannot be made; errno says why.
    init?(_ path: String) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        if descriptor < 0 { return nil }
    }

    /// Takes the lock, or changes the mode of the one that is held.
    /// - Returns: false where another has it, or where a signal ended the wait.
    func take(_ mode: Mode, waits: Bool) -> Bool {
        let how = mode == .shared ? LOCK_SH : LOCK_EX
        return flock(descriptor, waits ? how : how | LOCK_NB) == 0
    }

    /// Once; the lock goes with it.
    func release() { close(descriptor) }
}
