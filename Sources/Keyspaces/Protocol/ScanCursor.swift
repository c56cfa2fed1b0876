// Cursors that survive resizes: a bucket number counted from its top bit down.
//
// Incrementing the reversed bits visits, for a table of 2^k buckets, all buckets that share their
// low bits together; when the table doubles or halves between two calls, the buckets already
// visited are exactly those that the visited ones split or merge into. During a resize one position
// covers a bucket of the smaller table and every bucket of the larger one that it expands to.
//
// Guarantee: an entry that is there from the first call to the last is visited at least once.
//
// Credits: Pieter Noordhuis' dictScan in Redis.

enum ScanCursor {
    /// The position after `cursor` in a table with `mask`; 0 at the end.
    static func next(_ cursor: UInt64, _ mask: UInt64) -> UInt64 {
        reversed(reversed(cursor | ~mask) &+ 1)
    }

    /// Calls `body` with every bucket at `cursor`, `isNew` telling which table, and returns the
    /// next position.
    /// - Parameter masks: of the old table and, during a resize, of the new one.
    static func visit(
        _ cursor: UInt64, _ masks: (old: Int, new: Int?), _ body: (_ isNew: Bool, Int) -> Void
    ) -> UInt64 {
        let old = UInt64(masks.old)
        guard let new = masks.new.map({ UInt64($0) }) else {
            body(false, Int(cursor & old))
            return next(cursor, old)
        }
        let (small, large) = old <= new ? (old, new) : (new, old)
        let smallIsNew = new < old
        body(smallIsNew, Int(cursor & small))
        var position = cursor
        repeat {
            body(!smallIsNew, Int(position & large))
            position = next(position, large)
        } while position & (small ^ large) != 0
        return position
    }

    private static func reversed(_ bits: UInt64) -> UInt64 {
        var v = bits
        v = v &>> 1 & 0x5555_5555_5555_5555 | (v & 0x5555_5555_5555_5555) &<< 1
        v = v &>> 2 & 0x3333_3333_3333_3333 | (v & 0x3333_3333_3333_3333) &<< 2
        v = v &>> 4 & 0x0f0f_0f0f_0f0f_0f0f | (v & 0x0f0f_0f0f_0f0f_0f0f) &<< 4
        return v.byteSwapped
    }
}
