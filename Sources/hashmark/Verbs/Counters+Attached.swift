// `counters --pid P` and `counters -- COMMAND`: a process that is not under our load. Kernel and
// hardware counters only; an interval or the command's whole run takes the place of an operation.
import ArgumentParser
import Counters
import Foundation
import LinuxSystem
import Quantities
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
        let counters: any CounterBackEnd =
            kind == .hardware
            ? try PerfCounters.hardware(process: pid) : try SoftwareCounters(process: pid)
        var now = Clock.monotonicNanoseconds()
        let end = duration.count == 0 ? UInt64.max : now + duration.count
        while !Interruption.requested && now < end {
            let start = now
            let wakeUp = min(end, start + interval.count)
            let window = try counters.measure {
                Self.sleep(until: wakeUp)
                return 1
            }
            now = Clock.monotonicNanoseconds()
            show(window, "in \(Nanoseconds(now - start).whole(.milliseconds)) ms")
            if kill(pid, 0) != 0 && errno == ESRCH {
                MeasuringOptions.complain("process \(pid) ended; what was counted is above")
                throw ExitCode.invalid
            }
        }
    }

    /// Ctrl-C is seen this soon.
    private static let glanceNanoseconds: UInt64 = 50_000_000

    private static func sleep(until wakeUp: UInt64) {
        while !Interruption.requested {
            let now = Clock.monotonicNanoseconds()
            guard now < wakeUp else { return }
            let left = min(wakeUp - now, glanceNanoseconds)
            Clock.sleep(milliseconds: Nanoseconds(left).milliseconds)
        }
    }

    private func runCommand(_ kind: CounterKind) throws {
        let groups =
            kind == .hardware ? PerfEvents.hardware(.current) : PerfEvents.software
        let counters = try PerfCounters(kind, nextChildOfThisThread: groups)
        var how = ChildProcess.Options()
        how.inheritsOutput = true
        var ending: ChildProcess.Ending?
        let window = try counters.measure {
            let child = try ChildProcess(command, how)
            ending = child.wait()
            return 1
        }
        show(window, "for \(command.joined(separator: " "))")
        guard ending == .exited(0) else {
            MeasuringOptions.complain("'\(command[0])' \(ending.map { "\($0)" } ?? "did not end")")
            throw ExitCode.invalid
        }
    }

    /// One line per counter: the count, or the reason why there is none.
    private func show(_ window: CounterWindow, _ scope: String) {
        for entry in window.entries {
            let name = entry.counter.title
            switch entry.reading {
            case .value(let value, let quality):
                let unit = entry.counter.unit.isEmpty ? "" : ", \(entry.counter.unit)"
                var line =
                    "\(value.fixed(0, width: 16))  \(name)\(unit) \(scope) (\(entry.event))"
                if case .scaled(let running) = quality {
                    line += ", counted \((running * 100).fixed(0)) % of the time"
                }
                Output.print(line)
            case .unavailable(let reason):
                Output.print("             n/a  \(name): \(reason)")
            }
        }
    }
}
