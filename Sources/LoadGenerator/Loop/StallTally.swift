// Times in which replies were awaited and none came.

struct StallTally {
    /// All of them together, and the longest, in ns.
    private(set) var sum: UInt64 = 0
    private(set) var longest: UInt64 = 0

    /// A silence that has ended.
    @inline(never)
    mutating func note(_ silence: UInt64) {
        sum &+= silence
        notePart(silence)
    }

    /// The silence of a part of the servers, while others answered.
    mutating func notePart(_ silence: UInt64) { longest = max(longest, silence) }
}
