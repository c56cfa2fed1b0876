// A program under callgrind that bounds what is counted itself, run to its end.
//
//     begin              empties the simulated caches
//     (warm-up)          fills them
//     dump … work … dump a region: exactly what lies in between is in the second dump
//     end
//
// The first dump only sets callgrind's mark. Its request to zero all counts would do so more cheaply,
// but leaves some behind: the sum over functions then exceeds the total (valgrind 3.19).
//
// Where a server is driven from outside (SimulatedServer), monitor commands have to do; a program of
// our own can say to the instruction where a region begins and ends.
import CCallgrind
import Glibc
import LinuxSystem

/// The inside: what a program calls that runs under callgrind.
public enum CallgrindRegion {
    /// True under valgrind, in a build that can talk to it.
    public static var canCount: Bool { hashmark_callgrind_present() != 0 }

    /// Switches the simulation on, with empty caches.
    public static func begin() { hashmark_callgrind_start() }
    /// Switches it off, for whatever need not be simulated.
    public static func end() { hashmark_callgrind_stop() }

    /// Counts `work` alone, as the next profile of the run.
    @inline(__always)
    public static func count<R>(_ work: () -> R) -> R {
        hashmark_callgrind_dump()
        let result = work()
        hashmark_callgrind_dump()
        return result
    }
}

/// The outside: starts such a program and reads its profiles.
public enum SimulatedProgram {
    /// Runs `arguments` to their end and returns a profile per region, in order.
    ///
    /// The program is run without its debugging information, which valgrind may not be able to read.
    /// - Parameters:
    ///   - line: called with each line of its output as it comes.
    ///   - isCancelled: asked twice a second; true ends the program.
    /// - Throws: `.died` when it failed or was cancelled, with its last words; unreadable counts.
    public static func run(
        _ arguments: [String], _ session: CallgrindSession,
        isCancelled: () -> Bool = { false }, line: (String) -> Void
    ) throws(SimulationError) -> [CallgrindProfile] {
        let program = arguments[0]
        guard Tool.path(of: program) != nil else { throw .noProgram(program) }
        var words = arguments
        words[0] = session.withoutDebugInformation(program)
        var options = ChildProcess.Options()
        options.environment = session.environment
        options.logFile = session.folder + "/program.log"
        options.randomisedAddresses = false
        let ending: ChildProcess.Ending
        do throws(SystemCallError) {
            let pipe = try Pipe()
            defer { close(pipe.reading) }
            options.stdout = pipe.writing
            let child: ChildProcess
            do throws(SystemCallError) {
                child = try ChildProcess(session.prefix + words, options)
            } catch {
                close(pipe.writing)
                throw error
            }
            close(pipe.writing)
            var reader = LineReader(pipe.reading)
            while !reader.atEnd && !isCancelled() {
                let soon = Clock.monotonicNanoseconds() + 500_000_000
                while let text = reader.line(until: soon) { line(text) }
            }
            if !reader.atEnd { child.kill() }
            ending = child.wait()
        } catch {
            throw .valgrindFailed("\(error)")
        }
        guard ending == .exited(0) else {
            throw session.diagnose(program, ending: ending, seconds: 0, log: options.logFile)
        }
        var profiles: [CallgrindProfile] = []
        for (index, path) in session.dumpFiles().enumerated() where index % 2 == 1 {
            guard let bytes = SmallFile.bytes(path) else { throw .noDump }
            profiles.append(try CallgrindProfile(parsing: bytes).verified(program))
        }
        return profiles
    }
}
