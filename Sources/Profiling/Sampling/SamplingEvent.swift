// What makes the kernel take a sample, and what it puts into one: found by opening it on the first
// thread, and then the same on all others.
//
//   cycles          where there is a PMU that can interrupt: precise where it can be
//   cpu-clock       a timer of the thread's CPU time: everywhere else
//   context switch  for time off the CPU: not each, for a busy server has 20,000 a second and more,
//                   but as many a second as of the others; each stands for its period
import CPerf
import Counters
import Glibc
import SystemPackage

struct SamplingEvent: Equatable, Sendable {
    enum Source: Equatable, Sendable {
        /// - precise: how near the instruction must be: 2 is "no skid", 0 any.
        case cycles(precise: UInt64)
        case cpuClock
        case contextSwitch
    }

    let source: Source
    let hertz: Int
    /// The kernel's part may not be sampled.
    let excludesKernel: Bool
    /// Samples bring the kernel's frames.
    let hasChain: Bool
    /// Of a sample's copy of the stack.
    var stackBytes = Self.smallStack

    /// Enough for servers in C, and for those with deeper frames.
    static let smallStack = 16 << 10
    static let largeStack = 32 << 10

    /// Finds the event that opens on `thread`; nil where that is gone.
    static func find(
        on thread: pid_t, of process: pid_t, _ options: Profiler.Options
    ) throws(ProfilerError) -> SamplingEvent? {
        let sources: [Source] =
            options.offCPU
            ? [.contextSwitch] : [.cycles(precise: 2), .cycles(precise: 0), .cpuClock]
        var last: CInt = 0
        for excludesKernel in [false, true] {
            if excludesKernel && options.offCPU { throw ProfilerError.needsKernel }
            sources: for source in sources {
                let event = SamplingEvent(
                    source: source, hertz: options.hertz, excludesKernel: excludesKernel,
                    hasChain: options.kernel && !excludesKernel)
                switch event.open(on: thread) {
                case .success(let descriptor):
                    close(descriptor)
                    return event
                case .failure(let errno): last = errno.rawValue
                }
                switch last {
                case ESRCH: return nil
                case ENOSYS: throw ProfilerError.noPerfEvents
                case EMFILE, ENFILE: throw ProfilerError.descriptors(threads: 1)
                // Before "no PMU", the kernel says "not allowed": without its own part it may be.
                case EACCES, EPERM: break sources
                default: break
                }
            }
            if last != EACCES && last != EPERM { throw ProfilerError.system(Errno(rawValue: last)) }
        }
        throw ProfilerError.notAllowed(process)
    }

    /// Opens it on a thread, disabled.
    func open(on thread: pid_t) -> Result<CInt, Errno> {
        var attributes = attributes
        // cpu -1: wherever the thread runs.
        var fd = hashmark_perf_event_open(&attributes, thread, -1, -1)
        if fd == -EMFILE, LinuxPerfSystem().raiseDescriptorLimit() {
            fd = hashmark_perf_event_open(&attributes, thread, -1, -1)
        }
        return fd >= 0 ? .success(fd) : .failure(Errno(rawValue: -fd))
    }

    private var attributes: perf_event_attr {
        var attributes = perf_event_attr()
        attributes.size = UInt32(MemoryLayout<perf_event_attr>.size)
        switch source {
        case .cycles(let precise):
            attributes.type = PERF_TYPE_HARDWARE.rawValue
            attributes.config = UInt64(PERF_COUNT_HW_CPU_CYCLES.rawValue)
            attributes.precise_ip = precise
        case .cpuClock:
            attributes.type = PERF_TYPE_SOFTWARE.rawValue
            attributes.config = UInt64(PERF_COUNT_SW_CPU_CLOCK.rawValue)
        case .contextSwitch:
            attributes.type = PERF_TYPE_SOFTWARE.rawValue
            attributes.config = UInt64(PERF_COUNT_SW_CONTEXT_SWITCHES.rawValue)
            attributes.context_switch = 1
            // Its end may be told by our own clock.
            attributes.use_clockid = 1
            attributes.clockid = CLOCK_MONOTONIC
        }
        attributes.freq = 1
        attributes.sample_freq = UInt64(hertz)
        attributes.sample_type = sampleType
        attributes.disabled = 1
        attributes.exclude_kernel = excludesKernel ? 1 : 0
        attributes.exclude_hv = excludesKernel ? 1 : 0
        // User frames come from the copy of the stack.
        attributes.exclude_callchain_user = 1
        attributes.sample_regs_user = Architecture.current.dumpedRegisters
        attributes.sample_stack_user = UInt32(stackBytes)
        attributes.mmap = 1
        attributes.mmap2 = 1
        attributes.comm = 1
        attributes.comm_exec = 1
        attributes.task = 1
        attributes.sample_id_all = 1
        return attributes
    }

    /// The fields of a sample, which come in the order of perf_event_open(2), not of this list.
    private var sampleType: UInt64 {
        let fields = [
            PERF_SAMPLE_IP, PERF_SAMPLE_TID, PERF_SAMPLE_TIME, PERF_SAMPLE_PERIOD,
            PERF_SAMPLE_REGS_USER, PERF_SAMPLE_STACK_USER,
        ]
        let bits = fields.reduce(0) { $0 | UInt64($1.rawValue) }
        return hasChain ? bits | UInt64(PERF_SAMPLE_CALLCHAIN.rawValue) : bits
    }
}
