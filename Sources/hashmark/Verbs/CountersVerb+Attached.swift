// `counters --pid P` and `counters -- COMMAND`: a process that is not under our load. Kernel and
// hardware counters only.
import ArgumentParser
import Counters
import LinuxSystem
import Quantities
import Reporting
import RunRecord

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
            show(
                window, "in \(Nanoseconds(nanoseconds).whole(.milliseconds)) ms",
                elapsed: nanoseconds)
        }
        if !isAlive {
            MeasuringOptions.complain("process \(pid) ended; what was counted is above")
            throw ExitCode.invalid
        }
    }

    private func runCommand(_ kind: CounterKind) throws {
        let (window, times, ending) = try AttachedCounters.run(command, kind)
        show(window, command.joined(separator: " "), elapsed: times.elapsed)
        Output.print(
            "\nelapsed \(Self.time(Double(times.elapsed))), user \(Self.time(Double(times.user))), "
                + "system \(Self.time(Double(times.system)))")
        guard ending == .exited(0) else {
            MeasuringOptions.complain("'\(command[0])' \(ending.map { "\($0)" } ?? "did not end")")
            throw ExitCode.invalid
        }
    }

    /// A table as of perf stat: the count, and what it comes to.
    private func show(_ window: CounterWindow, _ scope: String, elapsed: UInt64) {
        let style = options.tables.style
        let lines = window.lines(elapsed: elapsed)
        var notes = FootnoteList()
        var table = TextTable([
            .init(["counter"], .left), .init(["count"]), .init(["which is"], .left),
        ])
        for line in lines {
            var count = line.value.map { Self.count($0, of: line.counter) } ?? "n/a"
            if let reason = line.reason { count += notes.mark(reason) }
            table.append([line.counter.title, count, line.ratio])
        }
        Output.print(
            style.wrapped("counted: \(scope)", indent: 2) + table.text(style) + notes.text(style),
            terminator: "")
    }

    private static func count(_ value: Double, of counter: Counter) -> String {
        counter.unit.isEmpty ? Scale(.count, values: [value.rounded()]).number(value) : time(value)
    }

    private static func time(_ nanoseconds: Double) -> String {
        Scale(.nanoseconds, values: [nanoseconds]).text(nanoseconds)
    }
}
