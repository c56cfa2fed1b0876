// A folder with a /proc and a /sys of its own: by itself a quiet machine of four cores on bare
// metal, of which each test changes what it is about.
import Doctor
import Foundation
import LinuxSystem
import TestSupport
import Testing

final class MachineTree {
    private let folder = TemporaryFolder()
    /// By path.
    private(set) var files = MachineTree.quiet
    /// Everything works, and is installed.
    var probes = Probes(
        programs: Dictionary(
            uniqueKeysWithValues: [
                "valgrind", "vgdb", "cc", "llvm-symbolizer", "xz", "git", "redis-server",
                "valkey-server", "redis-benchmark",
            ].map { ($0, "/usr/bin/\($0)") }))

    init() throws {
        for (path, text) in files { try set(path, text) }
    }

    var root: String { folder.path }

    func set(_ path: String, _ text: String) throws {
        files[path] = text
        let file = URL(filePath: folder.file(path))
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    /// Takes a file or a folder away, where there is one.
    func remove(_ path: String) { try? FileManager.default.removeItem(atPath: folder.file(path)) }

    /// A look a second before now, at which everything that only grows stood where it stands.
    func earlier() -> MovingCounts {
        var counts = MovingCounts(root: root)
        counts.time -= 1_000_000_000
        return counts
    }

    func checkup(_ earlier: MovingCounts? = nil) -> Checkup {
        Checkup(Machine(root: root, probes: probes, earlier: earlier ?? self.earlier()))
    }

    func finding(_ name: String, _ earlier: MovingCounts? = nil) throws -> MachineFinding {
        try #require(checkup(earlier).findings.first { $0.name == name }, "no check '\(name)'")
    }

    private static let cpu = "sys/devices/system/cpu"

    private static let quiet: [String: String] = {
        var files: [String: String] = [
            "proc/loadavg": "0.12 0.10 0.05 1/200 999\n",
            "proc/pressure/cpu": """
            some avg10=0.10 avg60=0.08 avg300=0.05 total=1000000
            full avg10=0.00 avg60=0.00 avg300=0.00 total=0

            """,
            "proc/stat": "cpu  100 0 50 100000 0 0 0 0 0 0\ncpu0 25 0 12 25000 0 0 0 0 0 0\n",
            "proc/meminfo": """
            MemTotal:       65000000 kB
            MemAvailable:   60000000 kB
            SwapTotal:             0 kB
            SwapFree:              0 kB

            """,
            "proc/cmdline": "root=/dev/sda1 quiet\n",
            "proc/cpuinfo": String(
                repeating: "processor\t: 0\nmicrocode\t: 0x2b\ncpu MHz\t\t: 3000.000\n\n",
                count: 4),
            "proc/kallsyms": "ffffffff81000000 T _text\n",
            "proc/1/comm": "systemd\n",
            "proc/irq/24/effective_affinity_list": "3\n",
            "proc/irq/24/smp_affinity_list": "0-3\n",
            "proc/net/ip_tables_names": "",
            "proc/self/cgroup": "0::/bench\n",
            "proc/self/limits": """
            Limit                     Soft Limit           Hard Limit           Units
            Max open files            1048576              1048576              files

            """,
            "proc/self/schedstat": "1 2 3\n",
            "proc/self/status": """
            Name:\thashmark
            CapEff:\t000001ffffffffff
            Seccomp:\t0
            Cpus_allowed_list:\t0-3

            """,
            "proc/self/timerslack_ns": "50000\n",
            "sys/fs/cgroup/bench/cpu.max": "max 100000\n",
            "sys/fs/cgroup/bench/cpu.stat": "usage_usec 9\nnr_throttled 0\nthrottled_usec 0\n",
            "sys/fs/cgroup/bench/memory.max": "max\n",
            "sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\n",
            "sys/devices/system/node/online": "0\n",
            "sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never\n",
            "sys/kernel/security/lockdown": "[none] integrity confidentiality\n",
            "\(cpu)/online": "0-3\n", "\(cpu)/isolated": "\n",
            "\(cpu)/intel_pstate/no_turbo": "1\n",
            "\(cpu)/vulnerabilities/spectre_v2": "Mitigation: Retpolines\n",
            "\(cpu)/cpu0/cpuidle/state0/latency": "0\n",
            "\(cpu)/cpu0/cpuidle/state1/latency": "2\n",
        ]
        for (name, value) in settings { files["proc/sys/\(name)"] = "\(value)\n" }
        for number in 0..<4 {
            let own = "\(cpu)/cpu\(number)"
            files["\(own)/cpufreq/scaling_governor"] = "performance\n"
            files["\(own)/cpufreq/energy_performance_preference"] = "performance\n"
            files["\(own)/topology/thread_siblings_list"] = "\(number)\n"
            files["\(own)/topology/physical_package_id"] = "0\n"
            files["\(own)/thermal_throttle/core_throttle_count"] = "0\n"
            files["\(own)/thermal_throttle/package_throttle_count"] = "0\n"
        }
        return files
    }()

    private static let settings = [
        "kernel/sched_autogroup_enabled": "0", "kernel/numa_balancing": "0",
        "kernel/randomize_va_space": "2", "kernel/perf_event_paranoid": "2",
        "kernel/kptr_restrict": "0", "kernel/perf_event_max_sample_rate": "100000",
        "kernel/perf_event_mlock_kb": "516", "kernel/nmi_watchdog": "0",
        "vm/overcommit_memory": "1", "vm/nr_hugepages": "0", "net/core/somaxconn": "4096",
        "net/core/busy_poll": "0", "net/ipv4/ip_local_port_range": "32768\t60999",
        "net/ipv4/tcp_congestion_control": "cubic", "net/netfilter/nf_conntrack_count": "0",
    ]
}
