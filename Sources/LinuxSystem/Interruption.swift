// Ctrl-C, SIGTERM and SIGHUP as a flag that long operations look at, so that what was measured is written
// before the exit. A second Ctrl-C ends at once, children included.
import Glibc
import Synchronization

public enum Interruption {
    private static let signals = Atomic<Int>(0)

    /// Takes SIGINT, SIGTERM and SIGHUP over for this process. Call once, from a measuring verb. A
    /// SIGHUP that is ignored (nohup) stays so.
    public static func install() {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            let before = Interruption.signals.add(1, ordering: .relaxed).oldValue
            if before > 0 { Interruption.endNow(number) }
        }
        action.sa_flags = 0  // no SA_RESTART: waits return and see the flag
        sigaction(SIGINT, &action, nil)
        sigaction(SIGTERM, &action, nil)
        var hangUp = sigaction()
        sigaction(SIGHUP, nil, &hangUp)
        let isIgnored = unsafeBitCast(hangUp.__sigaction_handler.sa_handler, to: Int.self) == 1
        if !isIgnored { sigaction(SIGHUP, &action, nil) }
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)  // past `ulimit -f` a write fails, with a message and no half file
    }

    /// Asks the run to stop as a first signal would.
    public static func request() { signals.add(1, ordering: .relaxed) }

    /// True once the user asked to stop.
    @inline(__always)
    public static var requested: Bool { signals.load(ordering: .relaxed) > 0 }

    private static func endNow(_ number: CInt) {
        // Children die with their parent's thread (PR_SET_PDEATHSIG), so leaving is enough.
        _exit(128 + number)
    }
}
