// What this machine can count, and why not the rest: found by doing it for a moment.
import Glibc
import LinuxSystem

public struct CounterCapabilities: Sendable {
    public let cpu: String
    /// Where the names of its events are from: `libpfm4 (skl)`, or `generic`.
    public let events: String
    /// Hardware and software counters: a reading of a few busy milliseconds, or the reason.
    public let counters: [CounterWindow.Entry]
    /// `valgrind-3.19.0`, or why nothing can be simulated.
    public let simulation: Result<String, SimulationError>
    /// The compiler that builds the seed-pinning library, or why seeds cannot be pinned.
    public let seedPinning: Result<String, SimulationError>

    /// This machine's, found out once a process.
    public static let current = probe()

    /// Takes a few milliseconds.
    public static func probe(
        system: any PerfSystem = LinuxPerfSystem(), hardware: PerfPlan = .hardware
    ) -> CounterCapabilities {
        let entries = [(CounterKind.hardware, hardware), (.software, PerfPlan.software)]
            .flatMap { kind, plan in probe(kind, plan, system) }
        return CounterCapabilities(
            cpu: hardware.cpu, events: hardware.source ?? "generic",
            counters: entries, simulation: probeSimulation(), seedPinning: probeCompiler())
    }

    private static func probe(
        _ kind: CounterKind, _ plan: PerfPlan, _ system: any PerfSystem
    ) -> [CounterWindow.Entry] {
        guard let counters = try? PerfCounters(kind, plan, process: getpid(), system: system),
            let window = try? counters.measure({
                // Long enough for every group to get its turn (the kernel rotates them each tick).
                let end = Clock.deadline(milliseconds: 20)
                while Clock.monotonicNanoseconds() < end {}
                return 1
            })
        else { return [] }
        return window.entries
    }

    private static func probeSimulation() -> Result<String, SimulationError> {
        guard Tool.path(of: "valgrind") != nil else { return .failure(.noValgrind) }
        guard Tool.path(of: "vgdb") != nil else { return .failure(.noTool("vgdb")) }
        guard let output = try? Tool.run(["valgrind", "--version"]), output.succeeded else {
            return .failure(.valgrindFailed("valgrind --version failed"))
        }
        return .success(output.text.split(separator: "\n").first.map(String.init) ?? "valgrind")
    }

    private static func probeCompiler() -> Result<String, SimulationError> {
        CallgrindSession.compiler.map { .success($0) } ?? .failure(.noCompiler)
    }

    /// Whether at least one counter of that kind counts here.
    public func canCount(_ kind: CounterKind) -> Bool {
        if kind == .simulated { return (try? simulation.get()) != nil }
        return counters.contains { $0.counter.kind == kind && $0.reading.value != nil }
    }

    /// What `--mode auto` takes: hardware where there is a PMU, else simulated where the server is
    /// ours to start, else software, which always works through /proc.
    public func best(startsServer: Bool) -> CounterKind {
        if canCount(.hardware) { return .hardware }
        return startsServer && canCount(.simulated) ? .simulated : .software
    }

    /// For people: where the processor's events are from, what is missing for more, and how far
    /// what is made of them can be trusted.
    public var hardwareEvents: String {
        var text = events
        if counters.contains(where: { $0.reading.reason?.isOfMissingNames == true }) {
            text += "; apt-get install libpfm4 for those that \(cpu) has besides"
        }
        if counters.contains(where: { $0.counter.isTopDown && $0.group != nil }) {
            text += "; top-down shares are \(Self.unverified)"
        }
        return text
    }

    /// Beside each top-down share.
    public static let unverified =
        "by the vendor's formulas, not verified on hardware: hold them against perf stat --topdown"
}
