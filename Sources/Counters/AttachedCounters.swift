// A process that is under no load of ours: an interval, or a command's whole run, takes the place
// of an operation. Kernel and hardware counters only.
import Glibc
import LinuxSystem
import Quantities

public enum AttachedCounters {
    /// Counts a running process, an interval after the other, until it ends, the time is over or
    /// the run is interrupted.
    /// - Parameters:
    ///   - interval: in ns; the last may be shorter.
    ///   - duration: in ns; nil: without end.
    ///   - glance: hears now and then how many ns have gone by.
    ///   - show: takes the counts of an interval, whose operation it is, and its true length in ns.
    /// - Returns: whether the process was still there.
    /// - Throws: `CounterError` where nothing can be counted, such as no process with that id.
    public static func watch(
        _ process: pid_t, _ kind: CounterKind, every interval: UInt64, for duration: UInt64?,
        glance: (UInt64) -> Void, show: (CounterWindow, UInt64) -> Void
    ) throws -> Bool {
        let counters: any CounterBackEnd =
            kind == .hardware
            ? try PerfCounters.hardware(process: process) : try SoftwareCounters(process: process)
        let began = Clock.monotonicNanoseconds()
        var now = began
        let end = duration.map { now + $0 } ?? .max
        while !Interruption.requested && now < end {
            let start = now
            let wakeUp = min(end, start + interval)
            let window = try counters.measure {
                Self.sleep(until: wakeUp) { glance($0 - began) }
                return 1
            }
            now = Clock.monotonicNanoseconds()
            show(window, now - start)
            if kill(process, 0) != 0 && errno == ESRCH { return false }
        }
        return true
    }

    /// Ctrl-C is seen this soon.
    private static let pause = Nanoseconds(50, .milliseconds)

    /// - Parameter glance: hears the time at each glance.
    private static func sleep(until wakeUp: UInt64, _ glance: (UInt64) -> Void) {
        while !Interruption.requested {
            let now = Clock.monotonicNanoseconds()
            glance(now)
            guard now < wakeUp else { return }
            Clock.sleep(milliseconds: min(Nanoseconds(wakeUp - now), pause).milliseconds)
        }
    }

    /// How long a command took, in ns: by the clock, and the CPU time of it and of its children.
    public struct Times: Sendable, Equatable {
        public let elapsed: UInt64
        public let user: UInt64
        public let system: UInt64
    }

    /// Runs a command to its end, its output ours, and counts it.
    /// - Throws: `CounterError`, or `SystemCallError` where the command cannot be started.
    public static func run(
        _ command: [String], _ kind: CounterKind
    ) throws -> (window: CounterWindow, times: Times, ending: ChildProcess.Ending?) {
        let plan = kind == .hardware ? PerfPlan.hardware : .software
        let counters = try PerfCounters(kind, nextChildOfThisThread: plan)
        var how = ChildProcess.Options()
        how.inheritsOutput = true
        var ending: ChildProcess.Ending?
        let start = Clock.monotonicNanoseconds()
        let before = ProcessAccounting.reapedChildrenTimes()
        let window = try counters.measure {
            let child = try ChildProcess(command, how)
            ending = child.wait()
            return 1
        }
        let after = ProcessAccounting.reapedChildrenTimes()
        let times = Times(
            elapsed: Clock.monotonicNanoseconds() - start, user: after.user - before.user,
            system: after.system - before.system)
        return (window, times, ending)
    }
}
