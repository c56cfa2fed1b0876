// When or how often an entry was used: the 24 bits that every object has for it.
//
//     LRU   [seconds of Unix time, 24 bits]          wraps after 194 days
//     LFU   [minute of the last decay, 16][count 8]  logarithmic, probabilistic
//
// A look-up brings the field up to date. It is stored only when it changes: its line is in the
// cache for the look-up anyway, but writing it back would cost memory traffic once per look-up
// instead of once per second.
//
// Credits: evict.c of Redis (Salvatore Sanfilippo); the counter is Morris' (1978) with decay.
import Distributions

/// What OBJECT IDLETIME and OBJECT FREQ tell of an entry.
public struct Usage: Equatable, Sendable {
    /// Milliseconds since the last use, in steps of a second; nil under an LFU policy.
    public var idleMilliseconds: Int?
    /// The logarithmic counter, decayed up to now; nil under an LRU policy.
    public var frequency: Int?

    public init(idleMilliseconds: Int? = nil, frequency: Int? = nil) {
        self.idleMilliseconds = idleMilliseconds
        self.frequency = frequency
    }
}

struct UsageClock {
    /// Counters start here, so that a new entry is not the first to go (evict.c, LFU_INIT_VAL).
    static let initialCount: UInt32 = 5
    /// About 100,000 uses saturate the counter (redis.conf, lfu-log-factor).
    static let logFactor = 10
    private static let fieldMask: UInt32 = 0xff_ffff

    let countsFrequency: Bool
    /// Whether a use changes the field.
    var isRecording = true
    private var seconds: UInt32 = 0
    private var minutes: UInt32 = 0

    init(countsFrequency: Bool) { self.countsFrequency = countsFrequency }

    /// - Parameter now: Unix ms.
    mutating func set(_ now: Int64) {
        let whole = UInt64(bitPattern: now) / 1000
        seconds = UInt32(truncatingIfNeeded: whole) & Self.fieldMask
        minutes = UInt32(truncatingIfNeeded: whole / 60) & 0xffff
    }

    /// The field of a new entry.
    var fresh: UInt32 { countsFrequency ? minutes &<< 8 | Self.initialCount : seconds }

    /// The field of an entry that is used now.
    @inline(__always)
    func touched(_ field: UInt32, _ random: inout KeyspaceRandom) -> UInt32 {
        guard isRecording else { return field }
        guard countsFrequency else { return seconds }
        return counted(field, &random)
    }

    private func counted(_ field: UInt32, _ random: inout KeyspaceRandom) -> UInt32 {
        let count = decayed(field)
        return minutes &<< 8 | incremented(count, &random)
    }

    private func incremented(_ count: UInt32, _ random: inout KeyspaceRandom) -> UInt32 {
        if count == 255 { return count }
        let above = Int(count) - Int(Self.initialCount)
        return random.below(max(above, 0) * Self.logFactor + 1) == 0 ? count + 1 : count
    }

    /// One less for every minute since the last decay (redis.conf, lfu-decay-time 1).
    private func decayed(_ field: UInt32) -> UInt32 {
        let elapsed = (minutes &- field &>> 8) & 0xffff
        let count = field & 0xff
        return count > elapsed ? count - elapsed : 0
    }

    func usage(_ field: UInt32) -> Usage {
        if countsFrequency { return Usage(frequency: Int(decayed(field))) }
        let idle = (seconds &- field) & Self.fieldMask
        return Usage(idleMilliseconds: Int(idle) * 1000)
    }

    /// How much an entry deserves to go: its idle time, or how far its counter is from the top.
    func evictionRank(_ field: UInt32) -> UInt64 {
        let usage = usage(field)
        if let frequency = usage.frequency { return UInt64(255 - frequency) }
        return UInt64(usage.idleMilliseconds ?? 0)
    }
}

/// Random numbers for sampling: one word of state, a few instructions.
struct KeyspaceRandom {
    private var words: SplitMix64

    init(seed: UInt64) { words = SplitMix64(seed: seed) }

    mutating func next() -> UInt64 { words.next() }

    /// 0 to `limit` − 1; the high half of a product (Lemire), biased by less than 2⁻³².
    mutating func below(_ limit: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(limit)).high)
    }
}
