// Which server answered: what it calls itself, what it allocates with, and the bytes of its binary.
import Glibc
import LinuxSystem
import Transport

public struct ServerIdentity: Sendable, Equatable {
    /// `valkey`, `redis`, `hashmark` or another of `ServerFamily`, or what else INFO says.
    public var name: String?
    public var version: String?
    /// `jemalloc-5.3.0`, `libc`, …
    public var allocator: String?
    /// Jemalloc's size-class step in bytes (8 upstream, 16 in distributions), where it says so.
    public var quantum: Int?
    /// Threads of the process when it was looked at.
    public var threads: Int?
    /// How the connection was encrypted that asked; nil where it was not.
    public var encryption: TLSSummary?
    /// SHA-256 of the executable, in hexadecimal; nil where it runs on another machine.
    public var binaryHash: String?

    /// `valkey 9.0.1`; nil where one of them is not told.
    public var nameAndVersion: String? {
        guard let name, let version else { return nil }
        return "\(name) \(version)"
    }

    /// What the fields of INFO tell; the rest stays nil.
    public init(info: [String: String]) {
        let family = ServerFamily.told(by: info)
        name = family?.name ?? info["server_name"]
        version = family.flatMap { info[$0.versionField] } ?? info["redis_version"]
        allocator = info["mem_allocator"] ?? family?.allocator
        quantum = info["hashmark_quantum"].flatMap { Int($0) }
    }
}

extension RunningServer {
    /// Asks the server and the kernel; what neither tells stays nil.
    public func identify() throws(TargetError) -> ServerIdentity {
        let connection = try connect()
        var identity = ServerIdentity(info: try connection.info())
        identity.quantum =
            identity.quantum
            ?? (try? connection.call(["MEMORY", "MALLOC-STATS"])).flatMap { Self.quantum($0.text) }
        identity.encryption = connection.encryption
        if let pid = pids?.first {
            identity.threads = ProcessAccounting.threadCount(pid)
            identity.binaryHash = Self.hash(ofExecutable: program ?? "/proc/\(pid)/exe")
        }
        return identity
    }

    /// `Quantum size: 8` of jemalloc's statistics.
    private static func quantum(_ statistics: String?) -> Int? {
        statistics?.split(separator: "\n").first { $0.hasPrefix("Quantum size:") }?
            .split(separator: " ").last.flatMap { Int($0) }
    }

    private static func hash(ofExecutable path: String) -> String? {
        guard let output = try? Tool.run(["sha256sum", path]), output.succeeded else { return nil }
        return output.text.split(separator: " ").first.map(String.init)
    }
}
