// What the server tells whoever runs it: one line each on stderr, where a supervisor collects them.
import Glibc
import Quantities

enum ServerLog {
    static func warn(_ text: String) {
        let line = "hashmark serve: \(text)\n"
        _ = Array(line.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress!, $0.count) }
    }
}

/// Lets a warning through that a client can provoke at will.
struct WarningLimit {
    /// As real servers have it: a minute.
    private static var pause: Nanoseconds { Nanoseconds(1, .minutes) }
    private var lastNanoseconds: UInt64?

    mutating func isDue(_ nowNanoseconds: UInt64) -> Bool {
        if let last = lastNanoseconds, nowNanoseconds &- last < Self.pause.count {
            return false
        }
        lastNanoseconds = nowNanoseconds
        return true
    }
}
