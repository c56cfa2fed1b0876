// `counters --pid P` and `counters -- COMMAND`: a process that is not under our load. Kernel and
// hardware counters only.
import ArgumentParser
import Counters
import LinuxSystem
import Progress
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
        let isEndless = duration.count == 0
        let hasOne = !isEndless && duration <= interval
        let progress = ProgressBar(quiet: options.quiet)
        defer { progress.finish() }
        progress.start("counters", seconds: isEndless ? nil : duration.seconds)
        progress.begin("counting process \(pid)", isEndless ? nil : 0...1)
        var rows: CounterRows?
        var elapsed: UInt64 = 0
        func tell(_ window: CounterWindow, _ nanoseconds: UInt64) {
            let lines = window.lines(elapsed: nanoseconds)
            elapsed += nanoseconds
            if hasOne || !lines.contains(where: { $0.value != nil }) {
                return show(lines, "in \(Nanoseconds(nanoseconds).whole(.milliseconds)) ms")
            }
            let table = rows ?? CounterRows(lines, options.tables.style)
            if rows == nil { Output.print(table.heading, terminator: "") }
            rows = table
            Output.print(table.row(lines, at: elapsed, lasting: nanoseconds))
        }
        let isAlive = try AttachedCounters.watch(
            pid, kind, every: interval.count, for: isEndless ? nil : duration.count,
            glance: { if !isEndless { progress.advance(to: Double($0) / Double(duration.count)) } },
            show: tell)
        if !isAlive {
            MeasuringOptions.complain("process \(pid) ended; what was counted is above")
            throw ExitCode.invalid
        }
    }

    private func runCommand(_ kind: CounterKind) throws {
        let (window, times, ending) = try AttachedCounters.run(command, kind)
        show(window.lines(elapsed: times.elapsed), command.joined(separator: " "))
        let parts = [times.elapsed, times.user, times.system].map { Double($0) }
        // One unit for all three, that of the first.
        let scale = Scale(.nanoseconds, values: parts, with: [parts[0]])
        Output.print(
            "\nelapsed \(scale.text(parts[0])), user \(scale.text(parts[1])), "
                + "system \(scale.text(parts[2]))")
        guard ending == .exited(0) else {
            MeasuringOptions.complain("'\(command[0])' \(ending.map { "\($0)" } ?? "did not end")")
            throw ExitCode.invalid
        }
    }

    /// A table as of perf stat: the count, and what it comes to.
    private func show(_ lines: [CounterWindow.Line], _ scope: String) {
        let style = options.tables.style
        var notes = FootnoteList()
        var table = TextTable([
            .init(["counter"], .left), .init(["count"]), .init(["which is"], .left),
        ])
        for line in lines {
            var count = line.value.map(line.counter.text) ?? "n/a"
            if let reason = line.reason {
                count += notes.mark(reason)
            } else if line.counter.isTopDown {
                count += notes.mark(CounterCapabilities.unverified)
            }
            table.append([line.counter.heading, count, line.ratio])
        }
        Output.print(
            style.wrapped("counted: \(scope)", indent: 2) + table.text(style) + notes.text(style),
            terminator: "")
    }
}
