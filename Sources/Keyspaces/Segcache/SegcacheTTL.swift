// Times to live in buckets: entries of one bucket end at about the same time after they were
// written, and share segments.
//
//     numbers      0 … 255    272 … 511    528 … 767    784 … 1023    256
//     width        8 s        128 s        2,048 s      32,768 s      –
//     times to     2,048 s    9 h          6 d          97 d          none
//     live below
//
// Each range has 256 buckets, of which the first sixteen are the range's before it: no time to live
// is in them. Entries that do not expire are in one of those, 256. What lives for more than 97 days
// is in the last bucket, whatever its time.
//
// Credits: the ranges are Segcache's (Yang, Yue, Vinayak; NSDI 2021), which has entries without a
// time to live in the last bucket.

enum SegcacheTTL {
    static let count = 1024
    /// The bucket of entries that do not expire.
    static let never = 256
    /// The bucket without an upper end.
    static let last = count - 1

    private static let ranges = 4
    private static let bucketsPerRange = 256
    /// 2³ s are the width of the first range, and each is sixteen times as wide as the one before.
    private static let firstShift = 3
    private static let shiftPerRange = 4
    static let millisecondsPerSecond: Int64 = 1000

    /// The bucket of an entry that is written at `now` and expires at `time`, both Unix ms.
    static func bucket(of time: Int64?, now: Int64) -> Int {
        guard let time else { return never }
        let (left, overflow) = time.subtractingReportingOverflow(now)
        // Beyond what 64 bits hold, the sign says on which side.
        let milliseconds: Int64 = overflow ? (time > now ? Int64.max : 0) : max(left, 0)
        let seconds = Int(milliseconds / millisecondsPerSecond)
        for range in 0..<ranges {
            let place = seconds &>> (firstShift &+ shiftPerRange &* range)
            if place < bucketsPerRange { return range &* bucketsPerRange &+ place }
        }
        return last
    }

    /// In ms; of `never` there is none.
    static func width(of bucket: Int) -> Int64 {
        let shift = firstShift &+ shiftPerRange &* (bucket / bucketsPerRange)
        return millisecondsPerSecond &<< Int64(shift)
    }
}
