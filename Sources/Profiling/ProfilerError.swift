// Why nothing can be sampled, each with its remedy. What only lowers the quality of a profile is a
// remark in it.
import Glibc
import SystemPackage

public enum ProfilerError: Error, Equatable, Sendable, CustomStringConvertible {
    case noProcess(pid_t)
    /// perf_event_open refused: another user's process, paranoia above 2, a container's filter.
    case notAllowed(pid_t)
    /// Off-CPU stacks are taken in the kernel.
    case needsKernel
    /// No such call: a seccomp filter, or a kernel without perf events.
    case noPerfEvents
    case descriptors(threads: Int)
    case noMemory
    case rate(hertz: Int, most: Int)
    case system(Errno)

    public var description: String {
        switch self {
        case .noProcess(let pid): "there is no process \(pid); check --pid"
        case .notAllowed(let pid):
            "process \(pid) may not be sampled; run as its user with kernel.perf_event_paranoid "
                + "at 2 or below, or with CAP_PERFMON (in a container: --cap-add PERFMON and a "
                + "seccomp profile that allows perf_event_open)"
        case .needsKernel:
            "time off the CPU is sampled in the kernel, which may not be done here; set "
                + "kernel.perf_event_paranoid to 1 or below, or run with CAP_PERFMON"
        case .noPerfEvents:
            "this kernel, or the container's seccomp filter, has no perf_event_open; allow it"
        case .descriptors(let threads):
            "no descriptors left: sampling needs one for each of \(threads) threads; raise "
                + "`ulimit -n`"
        case .noMemory:
            "no memory for the sample rings; raise kernel.perf_event_mlock_kb or `ulimit -l`"
        case .rate(let hertz, let most):
            "\(hertz) samples a second are more than kernel.perf_event_max_sample_rate, which is "
                + "\(most); ask for fewer"
        case .system(let errno): "perf_event_open: \(errno)"
        }
    }
}
