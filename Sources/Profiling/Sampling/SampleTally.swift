// What became of a sampler's records, in numbers: what the quality of a profile is told from.
import Glibc
import LinuxSystem

struct SampleTally {
    private(set) var samples = 0
    private(set) var complete = 0
    private(set) var cut = 0
    private(set) var withoutRule = 0
    private(set) var byFramePointers = 0
    /// In the present window.
    private(set) var windowSamples = 0
    /// CPU time of all windows, in ns.
    private(set) var cpuNanoseconds = 0.0
    var lost = 0
    var throttled = 0
    var childProcesses = 0
    /// Threads that had ended before they could be opened.
    var unseenThreads = 0
    var hasSmallRings = false
    /// Why threads that came later could not be opened.
    var missedThreads: String?

    private var cpuBefore: UInt64?
    private var timesBefore: (user: UInt64, system: UInt64)?
    /// Of all windows, in ns: ticks of 10 ms, so only sums say much.
    private var userTime: UInt64 = 0
    private var systemTime: UInt64 = 0

    /// More than one in a hundred is cut, and so many that it is no chance.
    var wantsMoreOfStacks: Bool { cut >= 5 && cut * 100 > samples }

    mutating func begin(_ pid: pid_t) {
        windowSamples = 0
        timesBefore = ProcessAccounting.times(pid)
        cpuBefore = ProcessAccounting.cpuNanoseconds(pid)
    }

    /// - Returns: the process's CPU time since `begin`, in ns; 0 where it has ended.
    mutating func end(_ pid: pid_t) -> Double {
        defer { (cpuBefore, timesBefore) = (nil, nil) }
        if let before = timesBefore, let after = ProcessAccounting.times(pid) {
            userTime &+= after.user &- min(before.user, after.user)
            systemTime &+= after.system &- min(before.system, after.system)
        }
        guard let before = cpuBefore, let after = ProcessAccounting.cpuNanoseconds(pid),
            after > before
        else { return 0 }
        cpuNanoseconds += Double(after - before)
        return Double(after - before)
    }

    /// System time for each ns of user time.
    var systemPerUser: Double {
        userTime == 0 ? 0 : Double(systemTime) / Double(userTime)
    }

    /// - Parameter isStackCut: a larger copy of the stack would have more of it.
    mutating func count(_ result: Unwinder.Result, isStackCut: Bool) {
        samples += 1
        windowSamples += 1
        switch result.ending {
        case .complete: complete += 1
        case .cut: if isStackCut { cut += 1 } else { withoutRule += 1 }
        case .noRule, .loop: withoutRule += 1
        }
        if result.usedFramePointers { byFramePointers += 1 }
    }
}
