// What no file tells, found by trying it for a moment: events of the kernel, programs, libraries.
import Counters
import LinuxSystem
import SystemPackage

public struct Probes: Equatable, Sendable {
    // Why something does not work, in a few words; nil: it does.
    public var hardwareCounters: String?
    public var simulation: String?
    public var clockSampling: String?
    public var kernelSampling: String?
    public var memoryPolicy: String?
    public var numaLibrary: String?
    /// Where the names of the processor's events are from, and what of them is to be trusted.
    public var eventNames = ""
    /// Where programs are, by name.
    public var programs: [String: String]

    public init(
        hardwareCounters: String? = nil, simulation: String? = nil, clockSampling: String? = nil,
        kernelSampling: String? = nil, memoryPolicy: String? = nil, numaLibrary: String? = nil,
        programs: [String: String] = [:]
    ) {
        self.hardwareCounters = hardwareCounters
        self.simulation = simulation
        self.clockSampling = clockSampling
        self.kernelSampling = kernelSampling
        self.memoryPolicy = memoryPolicy
        self.numaLibrary = numaLibrary
        self.programs = programs
    }

    /// Of this machine: counts for a moment, and asks valgrind for its version.
    public static func take() -> Probes {
        let counters = CounterCapabilities.current
        var probes = Probes()
        if let cycles = counters.counters.first(where: { $0.counter == .cycles }) {
            probes.hardwareCounters = cycles.reading.reason.map { short($0) }
        } else {
            probes.hardwareCounters = "they could not be opened"
        }
        probes.eventNames = counters.hardwareEvents
        if case .failure(let error) = counters.simulation {
            probes.simulation = String("\(error)".prefix { $0 != ";" })
        }
        probes.clockSampling = ClockSampling.denial(inKernel: false).map { "\($0)" }
        probes.kernelSampling = ClockSampling.denial(inKernel: true).map { "\($0)" }
        probes.memoryPolicy = MemoryPolicy.denial.map { "\($0)" }
        probes.numaLibrary = NumaTopology.current == nil ? "libnuma is not installed" : nil
        for tool in ToolCheck.tools {
            probes.programs[tool.program] = Tool.path(of: tool.program)
        }
        if case .success(let compiler) = counters.seedPinning {
            probes.programs[ToolCheck.compiler] = compiler
        }
        return probes
    }

    /// Without the remedy, which stands in a check of its own.
    private static func short(_ reason: Unavailability) -> String {
        guard case .refused(_, let errno) = reason else { return "\(reason)" }
        return errno == .noSuchFileOrDirectory
            ? "no PMU here, as in most guests" : "\(errno)"
    }
}
