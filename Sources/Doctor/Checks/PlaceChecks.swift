// Programs that are used where they are installed, and the nodes of memory.
import Quantities

/// A program in PATH.
struct ToolCheck: Check {
    let program: String
    /// What is left out without it.
    let effect: String
    /// Of Debian.
    let package: String

    var name: String { program }

    private init(_ program: String, _ effect: String, _ package: String) {
        self.program = program
        self.effect = effect
        self.package = package
    }

    /// Whichever is there: `CC`, cc, clang or gcc.
    static let compiler = "cc"

    static let tools = [
        ToolCheck("valgrind", "no simulated counts", "valgrind"),
        ToolCheck("vgdb", "no simulated counts", "valgrind"),
        ToolCheck(compiler, "hash seeds of simulated servers are not pinned", "gcc"),
        ToolCheck("llvm-symbolizer", "functions in stacks have no lines", "llvm"),
        ToolCheck("xz", "functions of Fedora's and Red Hat's programs have no names", "xz-utils"),
        ToolCheck("git", "releases cannot be built from their history", "git"),
        ToolCheck("redis-server", "suites leave it out", "redis-server"),
        ToolCheck("valkey-server", "suites leave it out", "valkey-server"),
        ToolCheck("redis-benchmark", "no --client redis-benchmark", "redis-tools"),
    ]

    static var all: [any Check] { tools }

    func look(at machine: Machine) -> Observation {
        guard let probes = machine.probes else { return .unknown("not tried") }
        if let path = probes.programs[program] { return .ok(path) }
        return .unknown("not installed", "sudo apt-get install \(package)")
    }
}

enum NumaChecks {
    static let all: [any Check] = [Nodes(), Library(), Policy()]

    private struct Nodes: Check {
        let name = "nodes"
        let effect = "memory of another node is farther away"

        func look(at machine: Machine) -> Observation {
            guard let nodes = machine.cpus("/sys/devices/system/node/online") else {
                return .unknown("not told")
            }
            return nodes.count == 1
                ? .ok("one")
                : .warn(
                    CPUList.text(nodes), "hashmark compare --server-node 0  # beside its targets")
        }
    }

    private struct Library: Check {
        let name = "libnuma"
        let effect = "memory cannot be bound to a node"

        func look(at machine: Machine) -> Observation {
            guard let probes = machine.probes else { return .unknown("not tried") }
            guard let reason = probes.numaLibrary else { return .ok("installed") }
            return .unknown(reason, "sudo apt-get install libnuma1")
        }
    }

    private struct Policy: Check {
        let name = "memory policies"
        let effect = "memory cannot be bound to a node"

        func look(at machine: Machine) -> Observation {
            guard let probes = machine.probes else { return .unknown("not tried") }
            guard let reason = probes.memoryPolicy else { return .ok("allowed") }
            return .warn(reason, "docker run --cap-add SYS_NICE  # or podman")
        }
    }
}
