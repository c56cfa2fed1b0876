// A command line and what comes out of it: the form of every row in this folder.
//
// A row's script runs in bash, in an empty folder that goes away with it. In it are
//   hashmark …        the executable built with these tests
//   serve [FLAGS]     starts `hashmark serve` (valkey-9.1 without --table) on a free port, waits
//                     for it and sets PORT and PID
//   redis [FLAGS]     the same with redis-server
//   $FAULTY           the server with faults to order, as a target: "exec:$FAULTY --nil 0.1"
// and what these start is killed when the script ends. The exit code is that of the last command.
import Foundation
import LinuxSystem
import TestSupport
import Testing

struct Case: Sendable, CustomTestStringConvertible {
    /// What must hold, as a sentence; with the number of the report that it came from.
    let name: String
    let script: String
    let exit: Int32
    /// Texts that stdout, and stderr, must hold.
    let out: [String]
    let err: [String]
    /// Texts that neither may hold.
    let lacks: [String]
    let seconds: Double

    init(
        _ name: String, _ script: String, exit: Int32 = 0, out: [String] = [], err: [String] = [],
        lacks: [String] = [], seconds: Double = 60
    ) {
        self.name = name
        self.script = script
        self.exit = exit
        self.out = out
        self.err = err
        self.lacks = lacks
        self.seconds = seconds
    }

    var testDescription: String { name }

    /// Never printed, whatever the case: a trap's report, or a backtrace.
    private static let never = ["Fatal error", "Crash:", "runtime failure", "Backtrace"]

    func check() throws {
        let folder = TemporaryFolder()
        let output = try RunningProgram([
            "bash", "-c", "cd '\(folder.path)'\n\(Self.prelude)\n\(script)",
        ]).finish(seconds: seconds)
        let shown = "\(script)\nstdout:\n\(output.stdout)\nstderr:\n\(output.stderr)"
        #expect(output.ending == .exited(exit), "\(shown)")
        for text in out { #expect(output.stdout.contains(text), "\(text) is not in \(shown)") }
        for text in err { #expect(output.stderr.contains(text), "\(text) is not in \(shown)") }
        for text in lacks + Self.never {
            #expect(
                !output.stdout.contains(text) && !output.stderr.contains(text),
                "\(text) is in \(shown)")
        }
    }

    private static let prelude = """
        HASHMARK='\(Hashmark.executable)'
        hashmark() { '\(Hashmark.executable)' "$@"; }
        FAULTY='\(Hashmark.faultyServer)'
        started=()
        trap '[ ${#started[@]} -eq 0 ] || kill -9 "${started[@]}" 2>/dev/null' EXIT
        serve() {
          [[ " $* " == *" --table "* ]] || set -- --table valkey-9.1 "$@"
          : >ready  # the line of a server before this one would do as well
          '\(Hashmark.executable)' serve --port 0 "$@" >ready 2>serve.err & PID=$!; started+=($PID)
          until grep -q ready ready; do kill -0 $PID || { cat serve.err >&2; exit 99; }; sleep 0.02; done
          PORT=$(sed 's/.*:\\([0-9]*\\) pid.*/\\1/' ready)
        }
        redis() {
          local try
          for try in 1 2 3 4 5; do
            PORT=$((10000 + RANDOM % 20000))
            : >redis.out
            redis-server --port $PORT --save '' "$@" >redis.out 2>&1 & PID=$!
            # Its own words: what answers may be somebody else's, whose port it is.
            until grep -q 'Ready to accept connections' redis.out; do
              kill -0 $PID 2>/dev/null || continue 2; sleep 0.02
            done
            started+=($PID); return
          done
          exit 99
        }
        """
}
