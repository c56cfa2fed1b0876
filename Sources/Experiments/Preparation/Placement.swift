// Which CPUs servers and load generator run on, and which NUMA nodes their memory comes from. Kept
// apart, they do not take each other's time, and slices of two servers on the same CPU see the same
// caches and clock. What was asked for is checked, and the record says what came of it.
import LinuxSystem
import Quantities
import RunRecord
import Targets

public struct Placement: Sendable, Equatable {
    /// Empty: wherever the scheduler puts them.
    public var serverCPUs: [Int] = []
    public var clientCPUs: [Int] = []
    /// Which nodes memory comes from, and what asking for that comes to here; nil: nobody asked.
    public internal(set) var nodes: NodePlacement?

    public init() {}

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
    public static func allowedCPUs() -> [Int] {
        ProcessAccounting.allowedCPUs(ofProcess: "self") ?? []
    }

    /// Puts the calling thread, which drives the load, and from here on every server where they
    /// belong, and says in the record what came of it.
    public func apply(_ recorder: Recorder) throws(ExperimentFailure) {
        try applyNodes(recorder)
        guard !clientCPUs.isEmpty else { return }
        do throws(SystemCallError) {
            try Worker.pinCurrentThread(to: clientCPUs)
        } catch {
            throw ExperimentFailure(
                .setUp, "\(error); use CPUs of \(CPUList.text(Self.allowedCPUs())), or --cpus none")
        }
        let got = ProcessAccounting.allowedCPUs(ofProcess: "thread-self") ?? []
        if got != clientCPUs {
            recorder.warn(
                "the load generator runs on CPUs \(CPUList.text(got)) instead of "
                    + "\(CPUList.text(clientCPUs))",
                remedy: "give CPUs that its cgroup allows")
        }
    }

    /// The same where the load generator's threads are pinned one by one.
    public func applyNodes(_ recorder: Recorder) throws(ExperimentFailure) {
        recorder.place(self)
        guard let nodes else { return }
        try nodes.apply(recorder)
        for far in nodes.farCPUs(self) {
            recorder.warn(far.cause, remedy: far.remedy)
        }
    }

    /// Where a server is started that nobody has put elsewhere.
    func put(_ launch: inout LaunchOptions) {
        if launch.cpus.isEmpty { launch.cpus = serverCPUs }
        if launch.memory == nil { launch.memory = nodes?.serverMemory }
    }

    /// Checks that a server is where it was put; servers that ran already are left where they are.
    func verify(_ server: RunningServer, _ recorder: Recorder) {
        guard server.target.isOwned, !serverCPUs.isEmpty,
            let got = (server.pids ?? []).compactMap({
                ProcessAccounting.allowedCPUs(ofProcess: "\($0)")
            }).first(where: { $0 != serverCPUs })
        else { return }
        recorder.warn(
            "it runs on CPUs \(CPUList.text(got)) instead of \(CPUList.text(serverCPUs))",
            remedy: "take the pinning out of its command line, or give CPUs that are allowed",
            target: server.target.label)
    }

    /// CPUs, for the conditions of results; those of the nodes are the recorder's to add.
    public var conditions: Conditions {
        func text(_ cpus: [Int]) -> ConditionValue {
            .string(cpus.isEmpty ? "any" : CPUList.text(cpus))
        }
        return ["server_cpus": text(serverCPUs), "client_cpus": text(clientCPUs)]
    }
}
