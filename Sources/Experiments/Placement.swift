// Which CPUs servers and load generator run on. Kept apart, they do not take each other's time, and
// slices of two servers on the same CPU see the same caches and clock.
import LinuxSystem
import RunRecord
import Targets

public struct Placement: Sendable, Equatable {
    /// Empty: wherever the scheduler puts them.
    public var serverCPUs: [Int] = []
    public var clientCPUs: [Int] = []

    public init() {}

    /// The load generator on the last CPU, servers on all the others; nothing on a single CPU.
    public static func automatic(cpus: [Int] = allowedCPUs()) -> Placement {
        var placement = Placement()
        guard cpus.count > 1 else { return placement }
        placement.serverCPUs = Array(cpus.dropLast())
        placement.clientCPUs = [cpus[cpus.count - 1]]
        return placement
    }

    /// `SERVERS/CLIENT`, each a list of CPUs as in `0,2-3`; `auto`; or `none`.
    public init?(parsing text: String) {
        self.init()
        switch text {
        case "auto": self = .automatic()
        case "none": break
        default:
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, let servers = Self.list(parts[0]),
                let client = Self.list(parts[1])
            else { return nil }
            serverCPUs = servers
            clientCPUs = client
        }
    }

    /// CPUs that this process may use.
    public static func allowedCPUs() -> [Int] { allowedCPUs(ofProcess: "self") ?? [] }

    /// What the kernel says of a process or thread.
    static func allowedCPUs(ofProcess process: String) -> [Int]? {
        SmallFile.read("/proc/\(process)/status")?.split(separator: "\n")
            .first { $0.hasPrefix("Cpus_allowed_list:") }
            .flatMap { list($0.drop { $0 != ":" }.dropFirst().drop { $0.isWhitespace }) }
    }

    private static func list(_ text: Substring) -> [Int]? {
        var cpus: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
                first >= 0, first <= last, last < 64
            else { return nil }
            cpus += Array(first...last)
        }
        return cpus
    }

    /// Pins the calling thread, which drives the load, and says in the record what came of it.
    public func apply(_ recorder: Recorder) throws(ExperimentFailure) {
        guard !clientCPUs.isEmpty else { return }
        do throws(SystemCallError) {
            try Worker.pinCurrentThread(to: clientCPUs)
        } catch {
            throw ExperimentFailure(
                .setUp, "\(error); use CPUs of \(Self.allowedCPUs()), or --cpus none")
        }
        let got = Self.allowedCPUs(ofProcess: "thread-self") ?? []
        if got != clientCPUs {
            recorder.warn(
                "the load generator runs on CPUs \(got) instead of \(clientCPUs)",
                remedy: "give CPUs that its cgroup allows")
        }
    }

    /// Checks that a server is where it was put; servers that ran already are left where they are.
    func verify(_ server: RunningServer, _ recorder: Recorder) {
        guard server.target.isOwned, !serverCPUs.isEmpty, let pid = server.pid,
            let got = Self.allowedCPUs(ofProcess: "\(pid)"), got != serverCPUs
        else { return }
        recorder.warn(
            "it runs on CPUs \(got) instead of \(serverCPUs)",
            remedy: "take the pinning out of its command line, or give CPUs that are allowed",
            target: server.target.label)
    }

    /// For the conditions of results.
    public var conditions: Conditions {
        func text(_ cpus: [Int]) -> ConditionValue {
            .string(cpus.isEmpty ? "any" : cpus.map(String.init).joined(separator: ","))
        }
        return ["server_cpus": text(serverCPUs), "client_cpus": text(clientCPUs)]
    }
}
