// What decides where memory comes from, and what it costs.
import LinuxSystem
import Quantities

enum MemoryChecks {
    private static let pages = "/sys/kernel/mm/transparent_hugepage/enabled"

    static let all: [any Check] = [
        HugePages(), FreeMemory(), Swap(),
        FileCheck(
            "NUMA balancing", "pages move, and are unmapped to see who uses them",
            "/proc/sys/kernel/numa_balancing"
        ) { text in
            switch Int(text) {
            case nil: nil
            case 0?: .ok("off")
            default: .warn("on", "sudo sysctl -w kernel.numa_balancing=0")
            }
        },
        FileCheck(
            "overcommit", "a large server's fork may fail, and with it its snapshots",
            "/proc/sys/vm/overcommit_memory"
        ) { text in
            switch text {
            case "0": .warn("0, heuristic", "sudo sysctl -w vm.overcommit_memory=1")
            case "1": .ok("1, always")
            case "2": .warn("2, never", "sudo sysctl -w vm.overcommit_memory=1")
            default: nil
            }
        },
        FileCheck(
            "reserved huge pages", "memory is set apart that servers do not take",
            "/proc/sys/vm/nr_hugepages"
        ) { text in
            switch Int(text) {
            case nil: nil
            case 0?: .ok("none")
            case let count?: .warn("\(count)", "sudo sysctl -w vm.nr_hugepages=0")
            }
        },
        FileCheck(
            "address randomization", "every launch has the same layout, and its luck",
            "/proc/sys/kernel/randomize_va_space"
        ) { text in
            switch text {
            case "2": .ok("on")
            case "0", "1":
                .warn(
                    text == "0" ? "off" : "in part",
                    "sudo sysctl -w kernel.randomize_va_space=2")
            default: nil
            }
        },
    ]

    private struct HugePages: Check {
        let name = "transparent huge pages"
        let effect = "memory per entry and pauses hang on who gets one"

        func look(at machine: Machine) -> Observation {
            guard let choice = machine.choice(MemoryChecks.pages) else { return .unknown() }
            return choice == "always"
                ? .warn(choice, "echo madvise | sudo tee \(MemoryChecks.pages)") : .ok(choice)
        }
    }

    private struct Swap: Check {
        let name = "swap"
        let effect = "a server's pages may come from a disk"

        func look(at machine: Machine) -> Observation {
            let root = machine.root
            guard let all = HostAccounting.memoryBytes("SwapTotal", root: root),
                let free = HostAccounting.memoryBytes("SwapFree", root: root)
            else { return .unknown() }
            if all == 0 { return .ok("none") }
            return free >= all
                ? .ok("unused") : .warn("\(ByteCount.text(all - free)) used", "sudo swapoff -a")
        }
    }

    /// Two servers are filled at a time.
    private struct FreeMemory: Check {
        let name = "free memory"
        let effect = "data sets must be small"

        /// What a million entries of a few hundred bytes take on two servers, and as much again.
        private static let least = 1 << 30
        /// Below it not even small ones fit beside the programs.
        private static let none = 1 << 27

        func look(at machine: Machine) -> Observation {
            guard let bytes = HostAccounting.availableBytes(root: machine.root) else {
                return .unknown()
            }
            let value = ByteCount.text(bytes)
            if bytes < Self.none { return .block(value, "ps -eo pid,rss,comm --sort=-rss | head") }
            return bytes < Self.least
                ? .warn(value, "hashmark compare --entries 100k  # beside its targets") : .ok(value)
        }
    }
}
