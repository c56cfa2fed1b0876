// A process that is under no load of ours, or a command's whole run: its stacks, per run and not
// per operation.
//
// A command is sampled from its first instruction on: a shell stops itself, is sampled and goes on
// as the command, which keeps the shell's process.
import Glibc
import LinuxSystem
import Profiling
import Quantities
import RunRecord

public enum AttachedProfile {
    /// Ctrl-C and the end of a process are seen this soon.
    private static let glance = Nanoseconds(20, .milliseconds)
    /// A shell stops itself within a millisecond, on a busy machine later.
    private static let patience = Nanoseconds(10, .seconds)
    private static let shell = ["/bin/sh", "-c", "kill -STOP $$; exec \"$0\" \"$@\""]

    /// Samples a running process until the time is over, it ends, or the run is interrupted.
    /// - Throws: where it cannot be sampled, such as no process with that id.
    public static func watch(
        _ process: pid_t, _ sampling: StackSampling, for duration: Nanoseconds,
        _ recorder: Recorder
    ) throws(ExperimentFailure) {
        let name = SmallFile.line("/proc/\(process)/comm") ?? "\(process)"
        let profiler = try profiler(of: process, sampling)
        recorder.add(RunRecord.Target(label: name, spelling: "pid \(process)"))
        recorder.progress.begin("sampling process \(process)", 0...1)
        defer { recorder.progress.end() }
        let profile = recorder.phase("sample", name) {
            let began = Clock.monotonicNanoseconds()
            profiler.start()
            var passed: UInt64 = 0
            while !Interruption.requested, passed < duration.count, !hasEnded(process) {
                Clock.sleep(
                    milliseconds: min(Nanoseconds(duration.count - passed), glance).milliseconds)
                passed = Clock.monotonicNanoseconds() - began
                recorder.progress.advance(
                    to: min(Double(passed) / Double(max(duration.count, 1)), 1))
            }
            let window = profiler.stop()
            return profiler.profile(target: name, rounds: [window])
        }
        recorder.add(profile)
        if Interruption.requested { throw ExperimentFailure(.interrupted, "interrupted") }
        recorder.doubtProfiles()
        try recorder.requireSamples()
    }

    /// Samples a command from its start to its end; its output is ours.
    /// - Throws: where it cannot be started or sampled, and, with its profile kept, where it ends
    ///   with another status than 0.
    public static func run(
        _ command: [String], _ sampling: StackSampling, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        let program = command[0]
        guard Tool.path(of: program) != nil else {
            throw ExperimentFailure(.setUp, "there is no program '\(program)'; check the command")
        }
        let child = try stopped(command)
        defer { child.kill() }
        let profiler = try profiler(of: child.pid, sampling)
        let name = program.split(separator: "/").last.map { String($0) } ?? program
        recorder.add(
            RunRecord.Target(
                label: name, spelling: Redaction.masked(command).joined(separator: " ")))
        let profile = recorder.phase("sample", name) {
            profiler.start()
            child.signal(SIGCONT)
            // A process that has ended has its accounts until it is waited for.
            while !Interruption.requested, !hasEnded(child.pid) {
                Clock.sleep(milliseconds: glance.milliseconds)
            }
            let window = profiler.stop()
            return profiler.profile(target: name, rounds: [window])
        }
        recorder.add(profile)
        if Interruption.requested { throw ExperimentFailure(.interrupted, "interrupted") }
        let ending = child.wait()
        recorder.doubtProfiles()
        guard ending == .exited(0) else {
            throw ExperimentFailure(.invalid, "'\(program)' \(ending)", isAfterAll: true)
        }
        try recorder.requireSamples()
    }

    private static func profiler(
        of process: pid_t, _ sampling: StackSampling
    ) throws(ExperimentFailure) -> Profiler {
        do throws(ProfilerError) {
            return try Profiler(pid: process, sampling.options, binaries: sampling.binaries)
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
    }

    /// The shell that will be the command, stopped.
    private static func stopped(_ command: [String]) throws(ExperimentFailure) -> ChildProcess {
        var how = ChildProcess.Options()
        how.inheritsOutput = true
        let child: ChildProcess
        do throws(SystemCallError) {
            child = try ChildProcess(shell + command, how)
        } catch {
            throw ExperimentFailure(.setUp, "\(error); check the command")
        }
        let deadline = Clock.monotonicNanoseconds() + patience.count
        while state(of: child.pid) != "T" {
            guard Clock.monotonicNanoseconds() < deadline, !hasEnded(child.pid) else {
                child.kill()
                throw ExperimentFailure(
                    .setUp, "/bin/sh does not stop itself; sample the command by --pid")
            }
            Clock.sleep(milliseconds: 1)
        }
        return child
    }

    private static func hasEnded(_ process: pid_t) -> Bool {
        guard let state = state(of: process) else { return true }
        // Its first thread alone may have ended.
        return "ZX".contains(state) && SmallFile.names(in: "/proc/\(process)/task").count < 2
    }

    /// `R`, `S`, `T`, `Z` …; nil when there is no such process.
    private static func state(of process: pid_t) -> Character? {
        // pid (comm) state …: the name may hold anything.
        guard let text = SmallFile.read("/proc/\(process)/stat"), let end = text.lastIndex(of: ")")
        else { return nil }
        return text[end...].dropFirst(2).first
    }
}
