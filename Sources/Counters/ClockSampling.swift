// Whether stacks can be sampled by the CPU's clock here, which needs no PMU: found by asking.
import CPerf
import SystemPackage

public enum ClockSampling {
    /// Why a thread of ours may not be sampled; nil: it may.
    /// - Parameter inKernel: while it is in the kernel, too.
    public static func denial(inKernel: Bool) -> Errno? {
        let code = hashmark_probe_clock_sampling(inKernel ? 0 : 1)
        return code == 0 ? nil : Errno(rawValue: -code)
    }
}
