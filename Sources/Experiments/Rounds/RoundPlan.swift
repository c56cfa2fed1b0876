// How targets are compared: in rounds, each with freshly launched servers that take turns.
//
//     round 1   launch B, A   fill   settle   warm up   A B B A  A B B A  …  stop
//     round 2   launch A, B   …                         └ slices of 5 to 20 ms ┘
//
// Servers that are alive together and take turns within milliseconds see the same neighbours and
// the same clock; launching anew each round averages over addresses, hash seeds and page colours.
// So the round is the statistical unit, and a slice only a reading within it.
import LoadGenerator
import Quantities

public struct RoundPlan: Sendable {
    public var rounds = 3
    /// Number of the first round: rounds that are run a few at a time go on counting, and with the
    /// numbers their seeds.
    public var firstRound = 0
    /// Blocks of a round: in each, every target has a slice in order and then in reverse order.
    /// 64 of 5 ms are 0.64 s of load on each of two servers. With 48 of them 120 rounds of equal
    /// servers scattered by 1.5 % on a machine with busy neighbours; about 0.9 % is launching anew,
    /// which no number of blocks takes away.
    public var blocks = 64
    /// Load on each server and round, over all cells, instead of `blocks`.
    public var loadNanoseconds: UInt64?
    /// Load per slice. Five milliseconds: long against the start of a burst (some 4,000 pipelined
    /// requests), short against the tens of milliseconds in which a neighbour comes and goes.
    public var sliceNanoseconds = Nanoseconds(5, .milliseconds).count
    /// Load on each server before its first slice, which fills caches and ends lazy work; drawn
    /// between this and half as much again, so that slices meet whatever a server does now and then
    /// at any phase of it.
    public var warmUpNanoseconds = Nanoseconds(500, .milliseconds).count
    /// Seeds everything: launch order, hash seeds, requests.
    public var seed: UInt64 = 0
    /// Same seed in every round, for experiments on the seed itself.
    public var pinsSeed = false
    /// Bytes per entry are read in the first round, before its load.
    public var readsMemory = true
    /// Requests in flight; nil: as the workload says.
    public var connections: Int?
    public var pipeline: Int?
    public var errorPolicy = ErrorPolicy.invalid
    /// Makes the load instead of our own generator.
    public var client: ExternalClient?
    public var placement = Placement()
    /// Stacks are sampled too, in slices of their own behind those that are measured; nil: not.
    public var sampling: StackSampling?
    /// Time for all rounds: no round is begun that would probably end later.
    public var budgetNanoseconds: UInt64?
    /// Rounds are not made longer than this, however slow the servers are: too few rounds decide
    /// nothing.
    public var longestRoundNanoseconds: UInt64?

    public init() {}

    /// Blocks of one of several cells.
    func blocks(of cell: RoundCell, among cells: [RoundCell], stretch: Double) -> Int {
        guard let loadNanoseconds else { return blocks }
        let share = cell.weight / cells.reduce(0) { $0 + $1.weight }
        let time = Double(loadNanoseconds) * share * stretch
        return max(2, Int((time / Double(2 * sliceNanoseconds)).rounded()))
    }

    /// Work that recurs every 200,000 requests (a collection, a rehash, a defragmentation) is met
    /// ten times in so many: fewer would be a matter of luck.
    private static let requestsOfARound = 2_000_000.0
    /// Slow servers are given up to this multiple of the time to answer them.
    private static let longestStretch = 2.5
    /// Rounds that a budget is too short for are cut down to this share at most: in shorter ones
    /// launches would outweigh what is measured.
    private static let shortestStretch = 0.5

    /// By how much the rounds after the first are longer than planned, or shorter.
    /// - Parameters:
    ///   - requests: of the faster of the servers that are compared, in the first round. A server
    ///     that is slow beside it is found out by that, and longer rounds would only be fewer.
    ///   - nanoseconds: that the first round took.
    public func stretch(requests: UInt64, nanoseconds: UInt64) -> Double {
        let wanted = Self.requestsOfARound / Double(max(requests, 1))
        let room =
            longestRoundNanoseconds.map { Double($0) / Double(max(nanoseconds, 1)) } ?? .infinity
        let least = min(1, max(room, Self.shortestStretch))
        return max(least, min(wanted, Self.longestStretch, room))
    }
}
