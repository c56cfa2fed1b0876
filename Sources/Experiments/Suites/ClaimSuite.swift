// A suite of published claims as its file states it: what is measured, and which figures of it
// somebody published.
//
//     schema: hashmark.claims/1
//     name: claims
//     sources: {olson-2025: {cite: …}}
//     targets:
//       - {label: cluster-7.2, target: "ref:valkey-7.2?cluster=1"}
//       - {label: cluster-8.1, target: "ref:valkey-8.1?cluster=1"}
//     experiments:
//       - name: small-pairs
//         targets: [cluster-7.2, cluster-8.1]
//         memory: {key_size: 8, value_size: 8, entries: 1_000_000}
//     claims:
//       - id: small-pairs-40
//         says: Small pairs take 40 % less memory in 8.1 than in 7.2.
//         source: olson-2025
//         experiment: small-pairs
//         metric: memory_bytes_per_entry/reported
//         change: {from: cluster-7.2, to: cluster-8.1, min: -0.43, max: -0.37}
//
// The results of an experiment are recorded under its name, so that a claim's figures are found
// whatever else the run measured.
import LoadGenerator
import RunRecord
import Workloads

public struct ClaimSuite: Sendable, Equatable {
    /// The schema that this version reads.
    public static let schema = "hashmark.claims/1"

    public struct TargetEntry: Sendable, Equatable {
        public var label: String
        public var spelling: String
        /// Left out, and its claims not measurable, where its program is not installed.
        public var optional: Bool
        /// A client listens by MONITOR while it is under load in rounds.
        public var monitored = false
    }

    /// One measurement of several targets in the same conditions.
    public struct Experiment: Sendable, Equatable {
        public var name: String
        /// Labels.
        public var targets: [String]
        public var measure: Measure
        /// CPUs without which it says nothing: those of a server's threads and of the load's.
        public var cpus = 1
    }

    public enum Measure: Sendable, Equatable {
        /// Bytes and allocations per entry of settled servers.
        case memory(keySize: Int, valueSize: Int, entries: UInt64, ttlSeconds: Int)
        /// Bytes per element and per key of settled servers that hold collections.
        case collection(CollectionShape, containers: UInt64, members: UInt64)
        /// CPU time per look-up of tables that are used directly, `batch` of them at a time.
        case tables(keySize: Int, valueSize: Int, entries: Int, rounds: Int)
        /// Simulated cache misses and instructions per request.
        case counters(LoadSettings, requests: UInt64)
        /// CPU time and throughput in interleaved rounds; bytes per entry too where asked for.
        case rounds(LoadSettings, rounds: Int, readsMemory: Bool)

        /// The load that it puts servers under, if any.
        public var load: LoadSettings? {
            switch self {
            case .counters(let load, _), .rounds(let load, _, _): load
            case .memory, .collection, .tables: nil
            }
        }
    }

    public struct LoadSettings: Sendable, Equatable {
        /// The name of a file in Workloads/, or a path.
        public var workload: String
        /// Keys, instead of the workload's own number.
        public var entries: UInt64?
        /// Requests in flight per connection, instead of the workload's.
        public var pipeline: Int?
        public var connections: Int?
        /// One of the workload's operations alone, by its name, on the keys that it is for.
        public var operation: String?
        /// Members of each key, instead of the workload's own number.
        public var members: Int?
        /// Bytes of a member.
        public var memberSize: Int?

        public init(workload: String, entries: UInt64? = nil, pipeline: Int? = nil) {
            self.workload = workload
            self.entries = entries
            self.pipeline = pipeline
        }

        /// A workload as these settings have it, but for its number of keys.
        public func narrowed(_ workload: Workload) -> Workload {
            workload.narrowed(to: operation, members: members, memberSize: memberSize)
        }
    }

    public var name: String
    public var title: String
    public var targets: [TargetEntry]
    public var experiments: [Experiment]
    public var claims: [RunRecord.Claim]

    /// Six rounds are the fewest that give an interval of 95 %.
    public static let defaultRounds = 6
    /// Of tables alone, as `tables` has it.
    public static let defaultTableRounds = 11
    /// Requests that a simulated window has unless told otherwise.
    public static let defaultRequests: UInt64 = 20_000
}
