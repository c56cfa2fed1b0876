// How background work looks for expired entries, the same for every table: samples of the entries
// that have an expiry, by a cursor that goes round the whole table before it sees an entry again,
// so that every one has its turn.
//
// Credits: the cycle and its figures are those of Redis' expire.c at effort 1.

enum ActiveExpiry {
    /// Entries removed per visit of one cursor position; more are left to the next visit.
    static let batch = 16

    struct Cycle {
        /// Entries to look at before the cycle asks whether to go on.
        static let sample = 20
        /// Positions per wanted sample: sparse tables must not cost a walk.
        static let positionsMax = 20 * sample
        /// Expired entries tolerated, in percent of a sample.
        static let toleratedPercent = 10

        private var positions = 0
        private var sampled = 0
        private var expired = 0

        mutating func add(sampled: Int, expired: Int) {
            positions += 1
            self.sampled += sampled
            self.expired += expired
        }

        var wantsMore: Bool { sampled < Self.sample && positions < Self.positionsMax }
        var foundMany: Bool { expired * 100 > sampled * Self.toleratedPercent }
    }
}

/// A keyspace whose background work looks at expiries in samples.
protocol SampledExpiry: Keyspace, ~Copyable {
    /// Looks at the expiries of the next position and removes those whose time has come.
    mutating func expireNext(_ cycle: inout ActiveExpiry.Cycle)
}

extension SampledExpiry where Self: ~Copyable {
    /// Looks at expiries from where the last call stopped and removes those whose time has come;
    /// goes on while more than a tenth of a sample had.
    mutating func expireSome(until deadline: Deadline) {
        var cycle: ActiveExpiry.Cycle
        repeat {
            cycle = ActiveExpiry.Cycle()
            while cycle.wantsMore, expiringCount != 0 { expireNext(&cycle) }
        } while cycle.foundMany && !deadline.hasPassed
    }
}
