// What the checks say of machines that are made of files: quiet and busy ones, guests, groups with
// a quota, and what cannot be read.
import Doctor
import Foundation
import LinuxSystem
import TestSupport
import Testing

@Suite struct CheckupTests {
    @Test func nothingIsWrongWithAQuietMachine() throws {
        let checkup = try MachineTree().checkup()
        for finding in checkup.findings {
            #expect(finding.level == .ok, "\(finding.name): \(finding.value)")
            #expect(finding.remedy == nil && !finding.value.isEmpty)
        }
        #expect(
            checkup.headline
                == "nothing disturbs; can: CPU time, hardware counters, simulated counts, clock "
                + "sampling, kernel frames")
        #expect(Set(checkup.findings.map(\.name)).count == checkup.findings.count)
    }

    /// A file, what it holds instead, and what is said of it.
    private static let faults: [(path: String, text: String, check: String, level: Level, String)] =
        [
            ("proc/loadavg", "2.5 1 1 1/9 9", "load average", .warn, "ps -eo"),
            ("proc/loadavg", "4.5 1 1 1/9 9", "load average", .block, "ps -eo"),
            ("proc/pressure/cpu", "some avg10=35.88 total=9", "CPU pressure", .block, "ps -eo"),
            ("sys/fs/cgroup/bench/cpu.max", "150000 100000", "CPU quota", .warn, "/bench/cpu.max"),
            ("sys/fs/cgroup/bench/cpu.stat", "nr_throttled 7", "throttling", .warn, "throttled"),
            (cpu0("thermal_throttle/core_throttle_count"), "3", "heat", .warn, "dmesg"),
            (clocksource, "kvm-clock", "clocksource", .warn, "echo tsc"),
            (clocksource, "hpet", "clocksource", .block, "echo tsc"),
            (cpu0("cpufreq/scaling_governor"), "powersave", "governor", .warn, "performance"),
            (
                cpu0("cpufreq/energy_performance_preference"), "balance_power",
                "energy preference", .warn, "echo performance"
            ),
            (cpu("intel_pstate/no_turbo"), "0", "turbo", .warn, "echo 1"),
            (
                "proc/cpuinfo", "cpu MHz\t\t: 3000\ncpu MHz\t\t: 2500", "clock of the CPUs", .warn,
                "cpupower"
            ),
            ("proc/cpuinfo", "microcode\t: 1\nmicrocode\t: 2", "microcode", .warn, "dmesg"),
            (cpu0("topology/thread_siblings_list"), "0,3", "threads of a core", .warn, "1,2/3"),
            (cpu0("cpuidle/state1/latency"), "170", "idle states", .warn, "cpupower"),
            (cpu("isolated"), "2-3", "isolated CPUs", .warn, "--cpus 2/3"),
            ("proc/cmdline", "quiet mitigations=off", "mitigations", .warn, "remove-args"),
            ("proc/irq/24/effective_affinity_list", "1", "interrupts", .warn, "echo 3"),
            ("proc/1/comm", "irqbalance", "irqbalance", .warn, "systemctl stop"),
            ("proc/self/timerslack_ns", "5000000", "timer slack", .warn, "TimerSlackNSec"),
            (sys("kernel/sched_autogroup_enabled"), "1", "autogroup", .warn, "autogroup_enabled=0"),
            (pages, "[always] madvise never", "transparent huge pages", .warn, "echo madvise"),
            ("proc/meminfo", memory(200_000), "free memory", .warn, "--entries"),
            ("proc/meminfo", memory(9_000), "free memory", .block, "rss"),
            ("proc/meminfo", "SwapTotal: 9 kB\nSwapFree: 5 kB", "swap", .warn, "swapoff"),
            (sys("kernel/numa_balancing"), "1", "NUMA balancing", .warn, "numa_balancing=0"),
            (sys("vm/overcommit_memory"), "0", "overcommit", .warn, "overcommit_memory=1"),
            (sys("vm/nr_hugepages"), "512", "reserved huge pages", .warn, "nr_hugepages=0"),
            (sys("kernel/randomize_va_space"), "0", "address randomization", .warn, "space=2"),
            (sys("net/core/somaxconn"), "128", "listen backlog", .warn, "somaxconn=1024"),
            ("proc/self/limits", "Max open files 64 64 files", "open files", .warn, "ulimit -n"),
            (sys("net/ipv4/ip_local_port_range"), "60000 60999", "port range", .warn, "10240"),
            (sys("net/ipv4/tcp_congestion_control"), "bbr", "congestion control", .warn, "cubic"),
            (sys("net/netfilter/nf_conntrack_count"), "40", "packet filter", .warn, "NOTRACK"),
            ("proc/net/ip_tables_names", "filter", "packet filter", .warn, "iptables"),
            (sys("net/core/busy_poll"), "50", "busy polling", .warn, "busy_poll=0"),
            ("proc/kallsyms", "0000000000000000 T _text", "kernel symbols", .warn, "kptr"),
            (sys("kernel/kptr_restrict"), "2", "kptr_restrict", .warn, "kptr_restrict=0"),
            (sys("kernel/perf_event_max_sample_rate"), "50", "sample rate", .warn, "100000"),
            (sys("kernel/nmi_watchdog"), "1", "NMI watchdog", .warn, "nmi_watchdog=0"),
            ("proc/self/status", plainUser, "perf_event_paranoid", .warn, "paranoid=1"),
            ("proc/self/status", plainUser, "perf_event_mlock_kb", .warn, "mlock_kb="),
            ("proc/self/status", plainUser, "capabilities", .warn, "setcap cap_perfmon"),
            ("proc/self/status", plainUser, "seccomp", .warn, "seccomp=unconfined"),
            (
                "sys/kernel/security/lockdown", "none integrity [confidentiality]", "lockdown",
                .warn, "lockdown"
            ),
            ("sys/devices/system/node/online", "0-1", "nodes", .warn, "--server-node 0"),
        ]

    private static func cpu(_ file: String) -> String { "sys/devices/system/cpu/\(file)" }
    private static func cpu0(_ file: String) -> String { cpu("cpu0/\(file)") }
    private static func sys(_ name: String) -> String { "proc/sys/\(name)" }
    private static func memory(_ available: Int) -> String { "MemAvailable: \(available) kB" }
    private static let clocksource =
        "sys/devices/system/clocksource/clocksource0/current_clocksource"
    private static let pages = "sys/kernel/mm/transparent_hugepage/enabled"
    private static let plainUser =
        "CapEff:\t0000000000000000\nSeccomp:\t2\nCpus_allowed_list:\t0-3"

    @Test func everyFaultIsFoundWithItsRemedy() throws {
        let tree = try MachineTree()
        for (path, text, check, level, remedy) in Self.faults {
            let before = try #require(tree.files[path], "\(path)")
            try tree.set(path, text)
            let finding = try tree.finding(check)
            #expect(finding.level == level, "\(check) of '\(text)': \(finding.value)")
            #expect(finding.remedy?.contains(remedy) == true, "\(check): \(finding.remedy ?? "")")
            try tree.set(path, before)
        }
        // Every check of files has been tried; the others are of probes, and of two looks.
        let rest = Set(tree.checkup().findings.filter { $0.group != .tools }.map(\.name))
            .subtracting(Self.faults.map { $0.check })
        #expect(
            rest == [
                "steal", "hardware counters", "clock sampling", "kernel frames", "libnuma",
                "memory policies",
            ])
    }

    @Test func whatMovedBetweenTwoLooksBlocks() throws {
        let tree = try MachineTree()
        try tree.set("sys/fs/cgroup/bench/cpu.stat", "nr_throttled 10")
        try tree.set(Self.cpu0("thermal_throttle/core_throttle_count"), "5")
        var earlier = tree.earlier()
        // A tenth of a second of four CPUs' one.
        earlier.machine?.stealNanoseconds = 0
        try tree.set("proc/stat", "cpu  100 0 50 100000 0 0 0 10 0 0\n")
        earlier.throttled = 3
        earlier.overheated = 4
        #expect(try tree.finding("throttling", earlier).value == "7 times just now")
        #expect(try tree.finding("heat", earlier).value == "1 times just now")
        for check in ["throttling", "heat", "steal"] {
            let finding = try tree.finding(check, earlier)
            #expect(finding.level == .block && finding.remedy != nil, "\(finding.value)")
        }
        #expect(tree.checkup(earlier).headline.contains("3 block: steal 2."))
    }

    @Test func aNoiseIsVoidOnceSomethingMoved() throws {
        let tree = try MachineTree()
        let earlier = tree.earlier()
        func disturbances(hasOwnCPUs: Bool = true) -> [String] {
            MovingCounts(root: tree.root).disturbances(since: earlier, hasOwnCPUs: hasOwnCPUs)
        }
        #expect(disturbances() == [])
        // 0.2 s of a second more.
        try tree.set("proc/pressure/cpu", "some avg10=0.10 total=1200000")
        #expect(disturbances().count == 1 && disturbances()[0].contains("of the time for a CPU"))
        #expect(disturbances(hasOwnCPUs: false) == [])
        try tree.set("sys/fs/cgroup/bench/cpu.stat", "nr_throttled 2")
        #expect(disturbances(hasOwnCPUs: false) == ["a CPU quota held it back 2 times"])
    }

    @Test func aGuestWithoutAPMUSaysWhatItCannot() throws {
        let tree = try MachineTree()
        tree.probes.hardwareCounters = "no PMU here"
        for path in ["intel_pstate", "cpu0/cpuidle"] { tree.remove(Self.cpu(path)) }
        for number in 0..<4 {
            tree.remove(Self.cpu("cpu\(number)/cpufreq"))
            tree.remove(Self.cpu("cpu\(number)/thermal_throttle"))
        }
        let missing = [
            "governor", "energy preference", "turbo", "idle states", "heat", "hardware counters",
        ]
        for check in missing {
            #expect(try tree.finding(check).level == .unknown, "\(check)")
        }
        let headline = tree.checkup().headline
        #expect(headline.hasPrefix("nothing disturbs; can: CPU time, simulated counts"))
        #expect(headline.hasSuffix("; cannot: hardware counters (no PMU here)"), "\(headline)")
        let remedy = try tree.finding("hardware counters").remedy
        #expect(remedy?.contains("--mode simulated") == true)
    }

    /// What a container's filter forbids, no setting of the kernel allows.
    @Test func aFilterIsToldFromASetting() throws {
        let tree = try MachineTree()
        tree.probes.clockSampling = "Operation not permitted"
        tree.probes.kernelSampling = "Operation not permitted"
        let setting = try tree.finding("clock sampling")
        #expect(setting.level == .warn)
        #expect(setting.remedy == "sudo sysctl -w kernel.perf_event_paranoid=2")
        try tree.set("proc/self/status", Self.plainUser)
        for (level, isFilter) in [(1, [true, true]), (2, [true, false]), (3, [false, false])] {
            try tree.set("proc/sys/kernel/perf_event_paranoid", "\(level)\n")
            let found = try ["clock sampling", "kernel frames"].map { try tree.finding($0) }
            for (finding, isOne) in zip(found, isFilter) {
                #expect(finding.value.hasSuffix("by a filter") == isOne, "\(level) \(finding)")
                #expect(finding.remedy?.contains("seccomp=unconfined") == isOne)
            }
        }
    }

    @Test func aGroupOfVersionOneHasAQuota() throws {
        let tree = try MachineTree()
        try tree.set("proc/self/cgroup", "4:cpu,cpuacct:/ci\n3:memory:/ci\n")
        let group = "sys/fs/cgroup/cpu,cpuacct/ci"
        try tree.set("\(group)/cpu.cfs_period_us", "100000")
        try tree.set("\(group)/cpu.cfs_quota_us", "-1")
        try tree.set("\(group)/cpu.stat", "nr_periods 9\nnr_throttled 4\nthrottled_time 17\n")
        #expect(try tree.finding("CPU quota").value == "none")
        try tree.set("\(group)/cpu.cfs_quota_us", "150000")
        let quota = try tree.finding("CPU quota")
        #expect(quota.value == "1.5 of 4 CPUs" && quota.level == .warn)
        #expect(quota.remedy == "echo -1 | sudo tee /\(group)/cpu.cfs_quota_us")
        #expect(try tree.finding("throttling").value == "4 times so far")
        try tree.set("sys/fs/cgroup/memory/ci/memory.limit_in_bytes", "\(300 << 20)")
        try tree.set("sys/fs/cgroup/memory/ci/memory.usage_in_bytes", "\(100 << 20)")
        #expect(try tree.finding("free memory").value == "200 MiB")
    }

    @Test func whereSysIsHiddenProcTellsTheCPUs() throws {
        let tree = try MachineTree()
        tree.remove("sys")
        try tree.set("proc/loadavg", "2.5 1 1 1/9 9")
        let load = try tree.finding("load average")
        #expect(load.value == "2.5 on 1 CPU" && load.level == .block)
    }

    /// Of two that say the same of others, one; of what blocks and what comes and goes, each.
    @Test func runsAreToldWhatMatters() throws {
        let tree = try MachineTree()
        func told() -> [String] { Checkup.told(Machine(root: tree.root)).map(\.name) }
        #expect(told() == [])
        try tree.set("proc/loadavg", "3 1 1 1/9 9")
        #expect(told() == [])
        try tree.set("proc/pressure/cpu", "some avg10=35.88 total=9")
        #expect(told() == ["CPU pressure"])
        try tree.set("proc/loadavg", "9 1 1 1/9 9")
        #expect(told() == ["load average"])
        try tree.set("sys/fs/cgroup/bench/cpu.max", "150000 100000")
        try tree.set(Self.clocksource, "hpet")
        try tree.set(Self.cpu0("cpufreq/scaling_governor"), "powersave")
        #expect(told() == ["load average", "CPU quota", "clocksource", "governor"])
    }

    @Test func whatCannotBeReadIsNeverFine() {
        let empty = TemporaryFolder()
        let checkup = Checkup(Machine(root: empty.path))
        for finding in checkup.findings {
            #expect(finding.level == .unknown, "\(finding.name): \(finding.value)")
        }
        #expect(checkup.abilities.allSatisfy { $0.reason != nil })
        #expect(Checkup.told(Machine(root: empty.path)) == [])
    }

    /// None of it traps, and each check says something.
    @Test func oddContentsAreTaken() throws {
        let tree = try MachineTree()
        let odd = ["", "-1 -1\n", "9223372036854775808 1\u{fffd}\n", "cpu MHz\t: nan\n[0-99999999"]
        for (path, text) in tree.files {
            for contents in odd {
                try tree.set(path, contents)
                for finding in tree.checkup().findings {
                    #expect(!finding.value.isEmpty, "\(finding.name) of \(path): '\(contents)'")
                }
            }
            try tree.set(path, text)
        }
    }
}
