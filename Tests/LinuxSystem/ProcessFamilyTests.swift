// CPU time of a server with everything that it starts.
import Glibc
import LinuxSystem
import Testing

@Suite struct ProcessFamilyTests {
    /// Burns some hundred ms of CPU time, so that no clock is compared with another.
    private static let burn = "awk 'BEGIN { for (i = 0; i < 12000000; i++) x += i }'"

    private func measured(_ script: String) throws -> (family: UInt64, root: UInt64) {
        let child = try ChildProcess(["sh", "-c", script + "; echo done >&2; sleep 60"])
        defer { child.kill() }
        var family = ProcessFamily(root: child.pid, group: child.pid)
        // The script's own `sleep` is there once the burning is over.
        for _ in 0..<6_000 where !hasChild(child.pid, named: "sleep") {
            Clock.sleep(milliseconds: 10)
            _ = family.cpuNanoseconds()
        }
        let time = family.cpuNanoseconds()
        return (
            try #require(time),
            try #require(ProcessAccounting.cpuNanoseconds(child.pid))
        )
    }

    private func hasChild(_ parent: pid_t, named name: String) -> Bool {
        SmallFile.names(in: "/proc").compactMap { pid_t($0) }.contains { pid in
            SmallFile.read("/proc/\(pid)/stat")?
                .hasPrefix("\(pid) (\(name)) S \(parent) ") == true
        }
    }

    @Test func aHelpersTimeCountsWhileItRunsAndAfterIt() throws {
        let (family, root) = try measured(Self.burn)
        // The shell itself did next to nothing; what it waited for is counted in ticks of 10 ms.
        #expect(family > root + 50_000_000, "\(family) \(root)")
    }

    @Test func aServerThatIsGoneHasNoReading() throws {
        let child = try ChildProcess(["sleep", "60"])
        var family = ProcessFamily(root: child.pid, group: child.pid)
        let before = family.cpuNanoseconds()
        child.kill()
        _ = child.wait()
        let after = family.cpuNanoseconds()
        #expect(before != nil && after == nil)
    }

    @Test func threadsHaveWaits() {
        let waits = ProcessFamily.waits(of: [getpid()])
        #expect(waits[getpid()] != nil)
    }
}
