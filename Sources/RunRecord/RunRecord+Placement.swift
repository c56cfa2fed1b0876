// Which NUMA nodes one side of a run was to have, and what came of it.

extension RunRecord {
    public struct Placement: Codable, Equatable, Sendable {
        public enum Outcome: String, Codable, Sendable {
            /// Its own pages are where they were to be.
            case applied
            /// There is one node: nothing to choose.
            case trivial
            /// Some are on other nodes.
            case spilled
            /// The kernel does not let it be asked for.
            case denied
            /// libnuma is not installed.
            case unavailable
        }

        /// The servers of that label; nil: the load generator.
        public var target: String?
        /// `bind`, `interleave`, `preferred` or `local`.
        public var policy: String
        /// That memory is to come from; none for `local`.
        public var nodes: [Int]
        public var outcome: Outcome
        /// Why it was denied, in words and as errno.
        public var reason: String?
        public var errno: Int?
        /// Launches whose pages were looked at.
        public var launches: Int?
        /// The server's own pages by node, at the end of the last of them.
        public var pages: [String: Int]?
        /// Share of its pages on other nodes, the most of all launches.
        public var spilledShare: Double?

        public init(target: String?, policy: String, nodes: [Int], outcome: Outcome) {
            self.target = target
            self.policy = policy
            self.nodes = nodes
            self.outcome = outcome
        }

        private enum CodingKeys: String, CodingKey {
            case target, policy, nodes, outcome, reason, errno, launches, pages
            case spilledShare = "spilled_share"
        }
    }
}
