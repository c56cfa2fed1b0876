// `counters --pid P` and `counters -- COMMAND`: a process that is not under our load. Kernel and
// hardware counters only.
import ArgumentParser
import Counters
import LinuxSystem
import Quantities

extension CountersVerb {
    func runAttached(_ kind: CounterKind) throws {
        guard kind != .simulated else {
            throw ValidationError(
                "--mode simulated needs a --target that Hashmark starts; use software or hardware")
        }
        Interruption.install()
        do {
            if let pid { try watch(pid, kind) } else { try runCommand(kind) }
        } catch let error as CounterError {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        } catch let error as SystemCallError {
            MeasuringOptions.complain("\(error); check the command")
            throw ExitCode.error
        }
    }

    private func watch(_ pid: Int32, _ kind: CounterKind) throws {
        let isAlive = try AttachedCounters.watch(
            pid, kind, every: interval.count, for: duration.count == 0 ? nil : duration.count
        ) { window, nanoseconds in
            show(window, "in \(Nanoseconds(nanoseconds).whole(.milliseconds)) ms")
        }
        if !isAlive {
            MeasuringOptions.complain("process \(pid) ended; what was counted is above")
            throw ExitCode.invalid
        }
    }

    private func runCommand(_ kind: CounterKind) throws {
        let (window, ending) = try AttachedCounters.run(command, kind)
        show(window, "for \(command.joined(separator: " "))")
        guard ending == .exited(0) else {
            MeasuringOptions.complain("'\(command[0])' \(ending.map { "\($0)" } ?? "did not end")")
            throw ExitCode.invalid
        }
    }

    private func show(_ window: CounterWindow, _ scope: String) {
        for line in window.lines(scope) { Output.print(line) }
    }
}
