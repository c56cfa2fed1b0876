// Which CPUs share what, as the kernel lists it:
//
//     cpu0/topology/thread_siblings_list     0,64     threads of one core
//     cpu0/cache/index3/shared_cpu_list      0-15     behind one cache of the third level
//     cpu0/topology/physical_package_id      0        in one socket
//
// A guest is told what its host made up for it, or nothing.
import Quantities

public struct CPUTopology: Equatable, Sendable {
    /// Online CPUs by the core that they are threads of, in order; none where nothing tells.
    public let cores: [[Int]]
    /// Online CPUs by the cache of the third level that they share, in order.
    public let thirdLevelCaches: [[Int]]
    /// How many sockets there are; nil where nothing tells.
    public let sockets: Int?

    /// - Parameter root: the folder that /sys is in; empty: the machine's.
    public init(root: String = "") {
        let folder = "\(root)/sys/devices/system/cpu"
        var cores: Set<[Int]> = []
        var caches: Set<[Int]> = []
        var packages: Set<String> = []
        for cpu in SmallFile.names(in: folder) where Self.isCPU(cpu) {
            let own = "\(folder)/\(cpu)"
            if let core = Self.list("\(own)/topology/thread_siblings_list") { cores.insert(core) }
            if let package = SmallFile.line("\(own)/topology/physical_package_id") {
                packages.insert(package)
            }
            for cache in SmallFile.names(in: "\(own)/cache")
            where SmallFile.line("\(own)/cache/\(cache)/level") == "3" {
                if let sharing = Self.list("\(own)/cache/\(cache)/shared_cpu_list") {
                    caches.insert(sharing)
                }
            }
        }
        self.cores = Self.sorted(cores)
        thirdLevelCaches = Self.sorted(caches)
        sockets = packages.isEmpty ? nil : packages.count
    }

    /// Threads of the core that `cpu` is one of, itself included; none where nothing tells.
    public func siblings(of cpu: Int) -> [Int] { cores.first { $0.contains(cpu) } ?? [] }

    /// `cpu0`, and not `cpufreq`.
    private static func isCPU(_ name: String) -> Bool {
        name.hasPrefix("cpu") && name.count > 3
            && name.dropFirst(3).allSatisfy { $0.isASCII && $0.isNumber }
    }

    private static func list(_ path: String) -> [Int]? {
        SmallFile.line(path).flatMap { try? CPUList.parse($0) }
    }

    private static func sorted(_ groups: Set<[Int]>) -> [[Int]] {
        groups.sorted { ($0.first ?? 0) < ($1.first ?? 0) }
    }
}
