// What a run takes of this machine's memory, estimated before any of it is taken: one that ends in
// the kernel's out-of-memory killer tells nobody anything, and may end another process instead.
import LinuxSystem
import Quantities
import Targets
import Workloads

public enum MemoryNeeds {
    /// Of an entry beside its key and value: less than any table has yet needed.
    static let entryBytes = 16.0
    /// More than any machine has; above it, numbers say nothing.
    private static let mostBytes = 1e15

    /// Refuses workloads whose entries do not fit, where all of these targets hold them at once.
    /// Those that run already have memory of their own, which a flush may give back.
    /// - Parameter placement: where their memory comes from.
    public static func check(
        _ workloads: [CompiledWorkload], on targets: [Target], _ placement: Placement
    ) throws(ExperimentFailure) {
        let sets = Fill.distinctDataSets(workloads)
        let entries = sets.reduce(0.0) { $0 + Double($1.populatedKeys) }
        let bytes = sets.reduce(0.0) { $0 + Double($1.populatedKeys) * $1.meanEntryBytes }
        try check(
            entries: entries, bytes: bytes, servers: targets.count(where: \.isOwned), placement)
    }

    /// - Parameters:
    ///   - bytes: keys and values of all entries on one server.
    ///   - servers: of ours, with as many entries each.
    static func check(
        entries: Double, bytes: Double, servers: Int, _ placement: Placement
    ) throws(ExperimentFailure) {
        let what = servers == 1 ? "a server" : "\(servers) servers"
        do throws(TargetError) {
            try check(
                Double(servers) * (bytes + entries * entryBytes),
                "\(what) with \(entries.plainText) entries", "use fewer or smaller ones", placement)
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
    }

    /// - Parameters:
    ///   - what: takes them, as in "values of 3 bytes".
    ///   - remedy: what to do instead.
    ///   - placement: where a server's memory comes from; nil: it is none of a server.
    static func check(
        _ bytes: Double, _ what: String, _ remedy: String, _ placement: Placement? = nil
    ) throws(TargetError) {
        func text(_ bytes: Double) -> String {
            let most = ByteCount.text(min(bytes, Self.mostBytes))
            return bytes < Self.mostBytes ? most : "far more than \(most)"
        }
        guard let available = HostAccounting.availableBytes(), bytes > Double(available) else {
            guard let shortage = placement?.nodes?.shortage(of: bytes) else { return }
            throw TargetError(
                "\(what) would take \(text(bytes)) of memory, and of that \(shortage)",
                remedy: "\(remedy), or give other nodes")
        }
        throw TargetError(
            "\(what) would take \(text(bytes)) of memory, and \(text(Double(available))) are "
                + "available",
            remedy: remedy)
    }
}

extension CompiledWorkload {
    /// Bytes of key and value, the mean of a sample of the entries that it begins with.
    fileprivate var meanEntryBytes: Double {
        let sample = Int(min(populatedKeys, 256))
        guard sample > 0 else { return 0 }
        var sum = 0.0
        for worker in 0..<sample {
            var entries = PrefillGenerator(self, seed: 0, worker: worker, of: sample)
            guard let entry = entries.next() else { continue }
            sum += Double(entry.keySize) + Double(entry.valueSize)
        }
        return sum / Double(sample)
    }
}

extension Target {
    /// Servers that a client has connections to, as far as its spelling tells.
    var nodeCount: Int {
        switch kind {
        case .cluster(let count, _): count
        case .running(let endpoint): max(endpoint.seeds.count, 1)
        case .reference, .command, .build: 1
        }
    }

    /// On this machine, as far as its spelling tells.
    var isHere: Bool {
        if case .running(let endpoint) = kind { endpoint.address.isLocal } else { true }
    }
}

extension SocketAddress {
    /// Of this machine, as far as its spelling tells.
    var isLocal: Bool {
        switch self {
        case .unix: true
        case .tcp(let host, _): host.hasPrefix("127.") || host == "localhost" || host == "::1"
        }
    }
}
