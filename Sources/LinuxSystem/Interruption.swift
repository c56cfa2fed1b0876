// Ctrl-C, SIGTERM and SIGHUP as a flag that long operations look at, so that what was measured is
// written before the exit. A second Ctrl-C ends at once, children included; but not one that comes
// with the first: timeout(1) signals its child and then its group, a shell its job and a supervisor
// its tree.
import Glibc
import Synchronization

public enum Interruption {
    /// The first signal; 0 before one comes.
    private static let first = Atomic<CInt>(0)
    /// When it came, in ns.
    private static let firstAt = Atomic<UInt64>(0)
    /// Faster than anybody presses Ctrl-C again because the first did nothing.
    private static let graceNanoseconds: UInt64 = 500_000_000

    /// Takes SIGINT, SIGTERM and SIGHUP over for this process. Call once, from a measuring verb. A
    /// SIGHUP that is ignored (nohup) stays so.
    public static func install() {
        // Globals are initialised when they are first used, which must not be in the handler.
        firstAt.store(0, ordering: .relaxed)
        _ = requested
        _ = Output.status
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            Interruption.take(number)
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
    public static func request() { take(SIGINT) }

    /// What a program that a signal ended leaves as its exit code, in the words of a shell: 130
    /// after Ctrl-C, 143 after SIGTERM.
    public static var exitCode: CInt {
        let number = first.load(ordering: .relaxed)
        return 128 + (number > 0 ? number : SIGINT)
    }

    /// True once the user asked to stop.
    @inline(__always)
    public static var requested: Bool { first.load(ordering: .relaxed) > 0 }

    /// In a signal handler: only what is safe there.
    private static func take(_ number: CInt) {
        let now = Clock.monotonicNanoseconds()
        let (isFirst, _) = first.compareExchange(
            expected: 0, desired: number, ordering: .relaxed)
        if isFirst { return firstAt.store(now, ordering: .relaxed) }
        // 0: the first is being taken at this very moment.
        let since = firstAt.load(ordering: .relaxed)
        if since > 0 && now > since + graceNanoseconds { endNow(number) }
    }

    private static func endNow(_ number: CInt) {
        Output.status.eraseInHandler()
        // Children die with their parent's thread (PR_SET_PDEATHSIG), so leaving is enough.
        _exit(128 + number)
    }
}
