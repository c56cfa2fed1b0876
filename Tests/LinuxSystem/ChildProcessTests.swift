// Processes that are started: how they end, that their group ends with them, what they are given.
import Glibc
import LinuxSystem
import SystemPackage
import Testing

@Suite struct ChildProcessTests {
    @Test func reportsHowItEnded() throws {
        let child = try ChildProcess(["sh", "-c", "exit 7"])
        #expect(child.wait() == .exited(7))
        #expect(child.ending == .exited(7))
    }

    @Test func missingProgramIsAnErrorOfStart() {
        #expect(throws: SystemCallError.self) { try ChildProcess(["/no/such/program"]) }
        do {
            _ = try ChildProcess(["/no/such/program"])
        } catch {
            #expect(error.errno == .noSuchFileOrDirectory)
            #expect(error.description.contains("/no/such/program"))
        }
    }

    @Test func killEndsTheWholeGroup() throws {
        let log = "/tmp/hashmark-test-\(getpid())-group.log"
        defer { unlink(log) }
        var options = ChildProcess.Options()
        options.logFile = log
        let child = try ChildProcess(["sh", "-c", "sleep 300 & echo $!; wait"], options)
        var grandchild: pid_t?
        for _ in 0..<500 where grandchild == nil {
            grandchild = SmallFile.line(log).flatMap { pid_t($0) }
            Clock.sleep(milliseconds: 2)
        }
        let pid = try #require(grandchild)
        #expect(kill(pid, 0) == 0)
        child.kill()
        #expect(child.ending == .killed(signal: SIGKILL))
        for _ in 0..<500 where isRunning(pid) { Clock.sleep(milliseconds: 2) }
        #expect(!isRunning(pid))
    }

    @Test func environmentAndAddressesAsAsked() throws {
        let log = "/tmp/hashmark-test-\(getpid())-env.log"
        defer { unlink(log) }
        var options = ChildProcess.Options()
        options.logFile = log
        options.environment = ["ONLY=this", "PATH=/usr/bin:/bin"]
        options.randomisedAddresses = false
        let script = "echo $ONLY $HOME; grep -m1 stack /proc/self/maps"
        let first = try ChildProcess(["sh", "-c", script], options)
        #expect(first.wait() == .exited(0))
        let one = SmallFile.read(log)
        let second = try ChildProcess(["sh", "-c", script], options)
        _ = second.wait()
        #expect(one == SmallFile.read(log))
        #expect(one?.hasPrefix("this\n") == true)
    }

    /// A zombie (an orphan that init has not reaped yet) does not run.
    private func isRunning(_ pid: pid_t) -> Bool {
        guard let stat = SmallFile.read("/proc/\(pid)/stat") else { return false }
        return stat.split(separator: ")").last?.split(separator: " ").first != "Z"
    }
}
