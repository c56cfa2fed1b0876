// What came of a counter: a value and how far to trust it, or the reason why there is none.
//
// An absent count is never 0. A count that was extrapolated says from which share of the time, a
// simulated one says from which caches.
import Quantities
import SystemPackage

/// A count, or what was derived from one.
public enum Reading: Sendable, Equatable {
    case value(Double, Quality)
    case unavailable(Unavailability)

    public enum Quality: Sendable, Equatable {
        /// Counted all the time.
        case exact
        /// The PMU had fewer counters than were asked for and took turns: counted during `running`
        /// of the time (0 … 1) and scaled up.
        case scaled(running: Double)
        /// Counted by a model of these caches. No kernel, TLB, prefetcher or speculation in it.
        case simulated(CacheGeometry)

        /// Of two values that were combined, what the result is.
        func combined(with other: Quality) -> Quality {
            switch (self, other) {
            case (.scaled(let a), .scaled(let b)): .scaled(running: min(a, b))
            case (.scaled, _): self
            case (_, .scaled): other
            default: self
            }
        }
    }

    public var value: Double? {
        if case .value(let value, _) = self { value } else { nil }
    }

    public var reason: Unavailability? {
        if case .unavailable(let reason) = self { reason } else { nil }
    }

    /// Of a count that took turns with others: during which share of the time it was counted.
    public var runningShare: Double? {
        if case .value(_, .scaled(let running)) = self { running } else { nil }
    }

    /// The same reading in another unit.
    func map(_ transform: (Double) -> Double) -> Reading {
        switch self {
        case .value(let value, let quality): .value(transform(value), quality)
        case .unavailable: self
        }
    }
}

/// Why there is no count: cause and remedy in one line.
public enum Unavailability: Error, Sendable, Hashable {
    /// perf_event_open(2) refused the event.
    case refused(event: String, Errno)
    /// The group was open but never got onto the PMU.
    case neverScheduled(event: String)
    /// Reading the group gave nothing at all: its events do not fit the PMU together.
    case doesNotFit(event: String)
    /// Reading it failed for a thread, so the sum would be short.
    case readFailed(event: String, Errno)
    /// No thread of the process ran while it was counted.
    case idle
    /// It happens inside the kernel, which may not be counted here.
    case kernelExcluded(event: String)
    /// This CPU family has no such event that is known to mean it.
    case unknownOnThisCPU(Counter, cpu: String)
    /// It has one, under a name that only libpfm4 knows, which is missing.
    case noEventNames(event: String)
    /// This libpfm4 does not have the name.
    case unknownName(event: String, cpu: String)
    /// It counted all the time and found nothing: neither the processor nor a hypervisor in front
    /// of it says that it lacks an event.
    case unimplemented(event: String)
    /// What it is a share of came to nothing.
    case nothingToShare(Counter)
    /// The file in /proc cannot be read.
    case noFile(String)
    /// The window did not count this.
    case notCounted(Counter)
    /// The server confirmed no operation.
    case noOperations
    /// A ratio of counts that ran too little of the time, or at different times.
    case runningTooLittle(Double, least: Double = Unavailability.leastRunning)
    case differentGroups(Counter, Counter)
    case zeroDenominator(Counter)
}

extension Unavailability {
    /// The same reason of whichever event: many are missing for one.
    var ofAnyEvent: Unavailability {
        let any = "the event"
        return switch self {
        case .refused(_, let errno): .refused(event: any, errno)
        case .neverScheduled: .neverScheduled(event: any)
        case .doesNotFit: .doesNotFit(event: any)
        case .readFailed(_, let errno): .readFailed(event: any, errno)
        case .kernelExcluded: .kernelExcluded(event: any)
        case .noEventNames: .noEventNames(event: any)
        case .unknownName(_, let cpu): .unknownName(event: any, cpu: cpu)
        case .unimplemented: .unimplemented(event: any)
        default: self
        }
    }
}

extension Unavailability {
    /// Whether libpfm4 would help.
    var isOfMissingNames: Bool {
        if case .noEventNames = self { true } else { false }
    }
}

extension Unavailability: CustomStringConvertible {
    public var description: String {
        switch self {
        case .refused(let event, let errno): Self.explain(event, errno)
        case .neverScheduled(let event):
            "\(event) never got onto the PMU (running time 0); end other users of it, such as "
                + "perf or the NMI watchdog"
        case .doesNotFit(let event):
            "\(event) does not fit the PMU with its group; count fewer events at once"
        case .readFailed(let event, let errno):
            "\(event) could not be read (\(errno)); measure again"
        case .idle: "no thread of the process ran while counting; drive load at it"
        case .kernelExcluded(let event):
            "\(event) happens in the kernel, which may not be counted here; lower "
                + "/proc/sys/kernel/perf_event_paranoid to 1 or grant CAP_PERFMON"
        case .unknownOnThisCPU(let counter, let cpu):
            "no event of \(cpu) is known to count \(counter.title); use --mode simulated"
        case .noEventNames(let event):
            "the code of \(event) is in libpfm4, which is missing: only generic events are "
                + "counted; apt-get install libpfm4"
        case .unknownName(let event, let cpu):
            "this libpfm4 does not know \(event) of \(cpu); install a newer one"
        case .unimplemented(let event):
            "\(event) counted nothing at all, which is how an event looks that the processor or "
                + "the hypervisor does not implement; use a machine that has it"
        case .nothingToShare(let counter):
            "\(counter.title) is a share of what was counted as 0; measure longer"
        case .noFile(let path): "\(path) cannot be read; run as the server's user"
        case .notCounted(let counter): "\(counter.rawValue) was not counted; ask for its kind"
        case .noOperations: "the server confirmed no operation; check the workload"
        case .runningTooLittle(let share, let least):
            "counted only \(share.percent()) of the time, a ratio needs "
                + "\(least.percent(0)); count fewer events at once or force it"
        case .differentGroups(let a, let b):
            "\(a.rawValue) and \(b.rawValue) were counted at different times; count them in one "
                + "group or force it"
        case .zeroDenominator(let counter): "\(counter.rawValue) is 0; measure longer"
        }
    }

    /// Below this share of the time a scaled count says more about when it was counted than about
    /// the program (the threshold is a convention of this project).
    public static let leastRunning = 0.25

    /// The same for a share whose events were all counted at the same times, so that nothing is
    /// extrapolated. It is a sample of the window: with six groups of events each has its turn in a
    /// sixth of it.
    static let leastSampled = 0.1

    /// The meanings of perf_event_open(2)'s errno values, from its manual page.
    private static func explain(_ event: String, _ errno: Errno) -> String {
        switch errno {
        case .noSuchFileOrDirectory:
            "no PMU here serves \(event) (ENOENT; usual in virtual machines); use --mode simulated "
                + "or a machine with a PMU"
        case .permissionDenied:
            "\(event) is not allowed (EACCES); lower /proc/sys/kernel/perf_event_paranoid or grant "
                + "CAP_PERFMON"
        case .notPermitted:
            "\(event) is blocked (EPERM; a container's seccomp filter or missing capability); "
                + "start the container with --cap-add PERFMON"
        case .notSupportedOnSocket:
            "this PMU does not support \(event) (EOPNOTSUPP); use --mode simulated"
        case .invalidArgument:
            "this kernel or PMU does not know \(event) (EINVAL); use --mode simulated"
        case .noSuchProcess: "the thread was gone before \(event) was opened (ESRCH); measure again"
        case .tooManyOpenFiles:
            "no descriptors left for \(event) (EMFILE); raise `ulimit -n`"
        case .resourceBusy:
            "another user holds the PMU exclusively for \(event) (EBUSY); end it"
        case .noFunction:
            "this kernel was built without perf events (ENOSYS); use --mode simulated"
        case .noSuchAddressOrDevice, .operationNotSupportedByDevice:
            "the processor does not have \(event) (\(errno)); use --mode simulated"
        default: "\(event): \(errno); see perf_event_open(2)"
        }
    }
}

extension Reading: CustomStringConvertible {
    public var description: String {
        switch self {
        case .value(let value, .scaled(let running)):
            "\(value) (counted \(running.percent(0)) of the time)"
        case .value(let value, _): "\(value)"
        case .unavailable(let reason): "unavailable: \(reason)"
        }
    }
}
