// What this machine can count, and why not the rest: found by doing it for a moment.
import Glibc
import LinuxSystem

public struct CounterCapabilities: Sendable {
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
        system: any PerfSystem = LinuxPerfSystem(), family: CPUFamily = .current
    ) -> CounterCapabilities {
        let entries = [
            (CounterKind.hardware, PerfEvents.hardware(family)), (.software, PerfEvents.software),
        ].flatMap { kind, groups in probe(kind, groups, system) }
        return CounterCapabilities(
            counters: entries, simulation: probeSimulation(), seedPinning: probeCompiler())
    }

    private static func probe(
        _ kind: CounterKind, _ groups: [PerfGroup], _ system: any PerfSystem
    ) -> [CounterWindow.Entry] {
        guard let counters = try? PerfCounters(kind, groups, process: getpid(), system: system),
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
}
