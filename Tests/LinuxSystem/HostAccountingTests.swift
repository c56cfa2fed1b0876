// What the kernel says of the machine: here of a CPU quota, which takes a cgroup of the test's own.
import Foundation
import LinuxSystem
import Testing

/// Version 1's folder for CPU quotas.
private let quotas = "/sys/fs/cgroup/cpu"

/// Whether this process may make groups there. A group of its own tells: the root has no quota.
private var canMakeGroups: Bool {
    let probe = "\(quotas)/hashmark-probe-\(getpid())"
    guard mkdir(probe, 0o755) == 0 else { return false }
    defer { rmdir(probe) }
    return access("\(probe)/cpu.cfs_quota_us", W_OK) == 0
}

@Suite struct HostAccountingTests {
    /// A process that may run for 10 of every 100 ms and wants all of them is told so.
    @Test(.enabled(if: canMakeGroups, "needs to make a cgroup of version 1"))
    func aQuotaThatHoldsBackIsRead() async throws {
        await #expect(processExitsWith: .success) {
            let group = "\(quotas)/hashmark-test-\(getpid())"
            try #require(mkdir(group, 0o755) == 0)
            for (file, text) in [
                ("cpu.cfs_period_us", "100000"), ("cpu.cfs_quota_us", "10000"),
                ("cgroup.procs", "\(getpid())"),
            ] {
                try text.write(toFile: "\(group)/\(file)", atomically: false, encoding: .utf8)
            }
            let before = try #require(HostAccounting.throttledNanoseconds())
            // Half a second of wanting shows it, on a machine that has a CPU to spare.
            let end = Clock.monotonicNanoseconds() + 60_000_000_000
            var held: UInt64 = 0
            while held < 100_000_000 && Clock.monotonicNanoseconds() < end {
                held = try #require(HostAccounting.throttledNanoseconds()) - before
            }
            #expect(held >= 100_000_000, "\(held)")
            try "\(getpid())".write(
                toFile: "\(quotas)/cgroup.procs", atomically: false, encoding: .utf8)
            #expect(rmdir(group) == 0)
        }
    }
}
