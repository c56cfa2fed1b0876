// A program under callgrind that bounds what is counted itself, run to its end.
//
//     begin              the simulation runs, with empty caches, and counts nothing
//     (warm-up)          fills them
//     mark               what was counted before this is forgotten
//     count { work }     as often as needed: only what is in the braces is counted
//     end                writes the counts: a region, and a profile of the run
//
// A mark is a dump that nobody reads. callgrind's request to zero all counts would be cheaper, but
// leaves some behind: the sum over functions then exceeds the total (valgrind 3.19).
//
// Where a server is driven from outside (SimulatedServer), monitor commands have to do; a program
// of our own can say to the instruction where a region begins and ends.
import CCallgrind
import Glibc
import LinuxSystem

/// The inside: what a program calls that runs under callgrind.
public enum CallgrindRegion {
    /// True under valgrind, in a build that can talk to it.
    public static var canCount: Bool { hashmark_callgrind_present() != 0 }

    /// Starts the model, which counts nothing yet; call ``end()`` after it.
    public static func begin() { hashmark_callgrind_start() }
    /// Writes out what was counted so far and begins anew from 0.
    public static func mark() { hashmark_callgrind_dump("mark") }

    /// Counts what `work` does, and returns what it returns.
    @inline(__always)
    public static func count<R>(_ work: () -> R) -> R {
        hashmark_callgrind_toggle()
        let result = work()
        hashmark_callgrind_toggle()
        return result
    }

    /// Writes out the region, and stops the model.
    public static func end() {
        hashmark_callgrind_dump(label)
        hashmark_callgrind_stop()
    }

    /// What the dump of a region says, as against that of a mark.
    static let label = "region"
}

/// The outside: starts such a program and reads its profiles.
public enum SimulatedProgram {
    /// Runs `arguments` to their end and returns a profile per region, in order.
    ///
    /// The program is run without its debugging information, which valgrind may not be able to
    /// read.
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
                child = try ChildProcess(
                    session.prefix + ["--collect-atstart=no"] + words, options)
            } catch {
                close(pipe.writing)
                throw error
            }
            close(pipe.writing)
            var reader = LineReader(pipe.reading)
            while !reader.atEnd && !isCancelled() {
                let soon = Clock.deadline(milliseconds: 500)
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
        for path in session.dumpFiles() {
            guard let bytes = SmallFile.bytes(path) else { throw .noDump }
            let profile = try CallgrindProfile(parsing: bytes)
            guard profile.trigger?.hasSuffix(CallgrindRegion.label) == true else { continue }
            profiles.append(try profile.verified(program))
        }
        return profiles
    }
}
