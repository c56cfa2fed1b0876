// Which CPUs servers and load generator run on, and which NUMA node their memory comes from. Kept
// apart, they do not take each other's time, and slices of two servers on the same CPU see the same
// caches and clock. What was asked for is checked, and the record says what came of it.
import LinuxSystem
import Quantities
import RunRecord
import SystemPackage
import Targets

public struct Placement: Sendable, Equatable {
    /// Empty: wherever the scheduler puts them.
    public var serverCPUs: [Int] = []
    public var clientCPUs: [Int] = []

    /// Where everybody's memory comes from; nil: anywhere.
    private(set) var memory: MemoryPolicy?
    /// What asking for that comes to here.
    public private(set) var binding = Binding.none
    /// Of the CPUs in use, those on other nodes than the memory, in words.
    public private(set) var farCPUs: [String] = []

    public enum Binding: Sendable, Equatable {
        case none
        /// There is one node: nothing to choose.
        case trivial
        /// To that node, checked on every server.
        case bound(Int)
        /// Why the kernel does not let it.
        case denied(String)
        /// libnuma is not installed.
        case unavailable
    }

    public init() {}

    /// Takes memory from `node` alone; false when there is no such node.
    /// - Parameters:
    ///   - topology: of this machine; nil: it cannot be known.
    ///   - denial: why the kernel does not let memory be bound.
    public mutating func bindMemory(
        to node: Int, on topology: NumaTopology? = NumaTopology.current,
        denial: Errno? = MemoryPolicy.denial
    ) -> Bool {
        guard let topology else {
            binding = .unavailable
            return true
        }
        guard topology.hasMemory(on: node) else { return false }
        if topology.nodes.count <= 1 {
            binding = .trivial
        } else if let denial {
            binding = .denied("\(denial)")
        } else {
            memory = MemoryPolicy(node: node)
            binding = memory == nil ? .unavailable : .bound(node)
            farCPUs = topology.far(serverCPUs + clientCPUs, from: node).map { far in
                "CPUs \(CPUList.text(far.cpus)) are on node \(far.node), at distance "
                    + "\(far.distance) from the memory of node \(node)"
            }
        }
        return true
    }

    /// The load generator on the last CPU, servers on all the others; nothing on a single CPU.
    /// - Parameter threads: of the load generator; each has a CPU, up to half of them.
    public static func automatic(cpus: [Int] = allowedCPUs(), threads: Int = 1) -> Placement {
        var placement = Placement()
        guard cpus.count > 1 else { return placement }
        let clients = min(max(threads, 1), cpus.count / 2)
        placement.serverCPUs = Array(cpus.dropLast(clients))
        placement.clientCPUs = Array(cpus.suffix(clients))
        return placement
    }

    /// The load generator on `clientCPUs`, servers on all the others, if there are any.
    public static func beside(
        clientCPUs: [Int], of cpus: [Int] = allowedCPUs()
    ) -> Placement {
        var placement = Placement()
        placement.clientCPUs = clientCPUs
        placement.serverCPUs = cpus.filter { !clientCPUs.contains($0) }
        return placement
    }

    /// `SERVERS/CLIENT`, each a list of CPUs as in `0,2-3`; `auto`; or `none`.
    public init(parsing text: String) throws(QuantityError) {
        self.init()
        switch text {
        case "auto": self = .automatic()
        case "none": break
        default:
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw QuantityError(
                    "'\(text)' does not say whose CPUs they are",
                    remedy: "write SERVERS/CLIENT as in 0/1 or 0-2/3, auto or none")
            }
            serverCPUs = try CPUList.parse(parts[0])
            clientCPUs = try CPUList.parse(parts[1])
        }
    }

    /// CPUs that this process may use.
    public static func allowedCPUs() -> [Int] { allowedCPUs(ofProcess: "self") ?? [] }

    /// What the kernel says of a process or thread.
    static func allowedCPUs(ofProcess process: String) -> [Int]? {
        SmallFile.read("/proc/\(process)/status")?.split(separator: "\n")
            .first { $0.hasPrefix("Cpus_allowed_list:") }
            .flatMap { line in
                try? CPUList.parse(
                    line.drop { $0 != ":" }.dropFirst().drop { $0.isWhitespace })
            }
    }

    /// Pins the calling thread, which drives the load, and says in the record what came of it.
    public func apply(_ recorder: Recorder) throws(ExperimentFailure) {
        try applyMemory(recorder)
        guard !clientCPUs.isEmpty else { return }
        do throws(SystemCallError) {
            try Worker.pinCurrentThread(to: clientCPUs)
        } catch {
            throw ExperimentFailure(
                .setUp, "\(error); use CPUs of \(CPUList.text(Self.allowedCPUs())), or --cpus none")
        }
        let got = Self.allowedCPUs(ofProcess: "thread-self") ?? []
        if got != clientCPUs {
            recorder.warn(
                "the load generator runs on CPUs \(CPUList.text(got)) instead of "
                    + "\(CPUList.text(clientCPUs))",
                remedy: "give CPUs that its cgroup allows")
        }
    }

    private func applyMemory(_ recorder: Recorder) throws(ExperimentFailure) {
        switch binding {
        case .none, .trivial, .bound: break
        case .denied(let reason):
            recorder.warn(
                "memory could not be bound to a node (\(reason))",
                remedy: "allow set_mempolicy in this container, or leave --numa-node out")
        case .unavailable:
            recorder.warn(
                "memory could not be bound to a node (libnuma is not installed)",
                remedy: "install libnuma1, or leave --numa-node out")
        }
        guard let memory else { return }
        do throws(SystemCallError) {
            try memory.apply()
        } catch {
            throw ExperimentFailure(.setUp, "\(error); leave --numa-node out")
        }
        let got = MemoryPolicy.allowedNodes()
        if got != [memory.node] {
            recorder.warn(
                "the load generator takes memory from nodes \(CPUList.text(got)) instead of "
                    + "\(memory.node)",
                remedy: "give a node that its cgroup allows")
        }
        for far in farCPUs {
            recorder.warn(far, remedy: "give --cpus of the node that --numa-node names")
        }
    }

    /// Checks that a server is where it was put; servers that ran already are left where they are.
    func verify(_ server: RunningServer, _ recorder: Recorder) {
        if let node = memory?.node, server.target.isOwned, let pid = server.pid,
            let pages = MemoryPolicy.anonymousPages(of: pid)
        {
            let elsewhere = pages.filter { $0.key != node }.values.reduce(0, +)
            if elsewhere > 0 {
                recorder.warn(
                    "\(elsewhere) of its pages are not on node \(node)",
                    remedy: "free memory on that node", target: server.target.label)
            }
        }
        guard server.target.isOwned, !serverCPUs.isEmpty, let pid = server.pid,
            let got = Self.allowedCPUs(ofProcess: "\(pid)"), got != serverCPUs
        else { return }
        recorder.warn(
            "it runs on CPUs \(CPUList.text(got)) instead of \(CPUList.text(serverCPUs))",
            remedy: "take the pinning out of its command line, or give CPUs that are allowed",
            target: server.target.label)
    }

    /// For the conditions of results.
    public var conditions: Conditions {
        func text(_ cpus: [Int]) -> ConditionValue {
            .string(cpus.isEmpty ? "any" : CPUList.text(cpus))
        }
        var conditions: Conditions = [
            "server_cpus": text(serverCPUs), "client_cpus": text(clientCPUs),
        ]
        switch binding {
        case .none: break
        case .trivial: conditions["numa"] = "trivial (one node)"
        case .bound(let node): conditions["numa"] = .string("node \(node), verified")
        case .denied(let reason): conditions["numa"] = .string("denied (\(reason))")
        case .unavailable: conditions["numa"] = "unavailable (no libnuma)"
        }
        return conditions
    }
}
