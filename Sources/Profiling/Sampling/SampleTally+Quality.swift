// A tally in words, for people: what a profile cannot show, and why.
import Quantities
import RunRecord

extension SampleTally {
    func quality(_ event: SamplingEvent) -> StackProfile.Quality {
        var quality = StackProfile.Quality()
        quality.samples = samples
        quality.lost = lost
        quality.complete = complete
        let sampled = event.excludesKernel ? cpuNanoseconds / (1 + systemPerUser) : cpuNanoseconds
        if event.source != .contextSwitch, sampled > 0 {
            let seconds = sampled / Nanoseconds.perSecond
            quality.sampledShare = Double(samples) / (seconds * Double(event.hertz))
        }
        return quality
    }

    func remarks(_ event: SamplingEvent) -> [String] {
        var remarks: [String] = []
        func add(_ isSo: Bool, _ text: @autoclosure () -> String) {
            if isSo { remarks.append(text()) }
        }
        func share(_ count: Int) -> String {
            (Double(count) / Double(max(samples, 1))).percent(1)
        }
        add(
            event.excludesKernel,
            "the kernel may not be sampled here (kernel.perf_event_paranoid above 1 and no "
                + "CAP_PERFMON): one frame, [kernel], stands for it, as large as the process's "
                + "system time")
        add(
            event.hasChain && KernelSymbols.current.isEmpty,
            "the kernel's functions have no names: /proc/kallsyms shows no addresses without "
                + "CAP_SYSLOG")
        add(
            event.source == .cpuClock,
            "sampled by a timer, for no cycle counter is here: functions are right, an "
                + "instruction may be the next one's")
        add(
            event.source == .cpuClock && event.hasChain,
            "kernel code that holds interrupts off shows where it lets them on again "
                + "(finish_task_switch, spin unlocks)")
        add(
            event.source == .contextSwitch,
            "threads that waited through a whole window, and the wait that a window began in, "
                + "are not seen")
        add(lost > 0, "the kernel dropped \(lost) records for want of room")
        add(throttled > 0, "the kernel held sampling back \(throttled) times")
        add(cut > 0, "\(share(cut)) of the stacks are deeper than what was copied of them")
        add(
            byFramePointers > 0,
            "\(share(byFramePointers)) of the stacks pass through code without unwinding rules, "
                + "where frame pointers were followed: callers may be missing")
        add(
            withoutRule > 0,
            "\(share(withoutRule)) of the stacks end in code that says nothing of its callers")
        add(
            hasSmallRings,
            "rings are smaller than wanted, because no more memory may be locked "
                + "(kernel.perf_event_mlock_kb, `ulimit -l`)")
        add(childProcesses > 0, "processes that it started (\(childProcesses)) are not sampled")
        add(
            unseenThreads > 0,
            "threads that ended within milliseconds (\(unseenThreads)) were not sampled")
        if let missedThreads {
            remarks.append("threads that began later were not sampled: \(missedThreads)")
        }
        return remarks
    }
}
