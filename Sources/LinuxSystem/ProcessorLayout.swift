// Which CPUs share a core and which a cache, as the kernel lists it for each CPU:
//
//     cpu3/topology/thread_siblings_list     1,3
//     cpu3/cache/index2/{level,type,size,shared_cpu_list,…}
//
// A guest may be told nothing, or less than there is.
import Quantities

public struct ProcessorLayout: Equatable, Sendable {
    /// Caches that are alike.
    public struct Cache: Equatable, Sendable {
        public let level: Int
        /// `data`, `instruction` or `unified`.
        public let type: String
        public let bytes: Int
        public let lineBytes: Int?
        public let ways: Int?
        /// The CPUs of each.
        public var cpus: [[Int]]
    }

    /// The CPUs of each core, by the first of them.
    public let cores: [[Int]]
    /// By level; of one level in the order in which the kernel lists them.
    public let caches: [Cache]

    /// Reads the machine's.
    /// - Parameter folder: of all CPUs.
    public init(in folder: String = "/sys/devices/system/cpu") {
        let cpus = SmallFile.names(in: folder).filter { $0.hasPrefix("cpu") }
            .compactMap { Int($0.dropFirst(3)) }.sorted()
        var cores: [[Int]] = []
        var caches: [Cache] = []
        for cpu in cpus {
            if let core = Self.list("\(folder)/cpu\(cpu)/topology/thread_siblings_list"),
                !cores.contains(core)
            {
                cores.append(core)
            }
            let own = "\(folder)/cpu\(cpu)/cache"
            for index in SmallFile.names(in: own).filter({ $0.hasPrefix("index") }).sorted() {
                Self.add("\(own)/\(index)", to: &caches)
            }
        }
        self.cores = cores
        self.caches = caches.sorted { ($0.level, $0.type) < ($1.level, $1.type) }
    }

    private static func add(_ folder: String, to caches: inout [Cache]) {
        func number(_ name: String) -> Int? {
            SmallFile.line("\(folder)/\(name)").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        }
        guard let cpus = list("\(folder)/shared_cpu_list"), let level = number("level"),
            let type = SmallFile.line("\(folder)/type")?.lowercased(),
            ["data", "instruction", "unified"].contains(type),
            let bytes = SmallFile.line("\(folder)/size").flatMap(CacheSizes.bytes)
        else { return }
        let found = Cache(
            level: level, type: type, bytes: bytes, lineBytes: number("coherency_line_size"),
            ways: number("ways_of_associativity"), cpus: [cpus])
        let alike = caches.firstIndex { cache in
            var same = cache
            same.cpus = found.cpus
            return same == found
        }
        guard let alike else { return caches.append(found) }
        if !caches[alike].cpus.contains(cpus) { caches[alike].cpus.append(cpus) }
    }

    private static func list(_ path: String) -> [Int]? {
        SmallFile.line(path).flatMap { try? CPUList.parse($0) }
    }
}
