// Walks: every record, the records of one cursor position, random ones, and those whose time has
// come.

extension CompactHandle {
    /// The records of one head, in order, each as its bytes or its reference in the body.
    @inline(__always)
    func forEach(
        _ head: CompactHead,
        _ body: (_ index: Int, _ bytes: UnsafeMutableRawPointer, _ code: UInt8) -> Void
    ) {
        var offset = head.start
        for index in 0..<head.count {
            let code = head.code(index)
            body(index, head.body.address + offset, code)
            offset &+= CompactCode.length(code)
        }
    }

    /// The heads of a bucket.
    @inline(__always)
    func forEachHead(_ bucket: Int, _ body: (CompactHead) -> Void) {
        var head = head(bucket)
        while true {
            body(head)
            guard head.isChained else { return }
            head = head.next
        }
    }

    func forEachRecord(in bucket: Int, _ body: (CompactRecord) -> Void) {
        forEachHead(bucket) { head in
            forEach(head) { _, bytes, code in body(record(at: bytes, code)) }
        }
    }

    /// Every record once. On entering a bucket, the next one's body and the head after that are
    /// asked for.
    func forEachRecord(_ body: (CompactRecord) -> Void) {
        let buckets = table.pointee.buckets
        for bucket in 0..<buckets {
            if bucket &+ 2 < buckets { prefetch(head(bucket &+ 2).address) }
            if bucket &+ 1 < buckets {
                let next = head(bucket &+ 1)
                if next.count > 0 { prefetch(next.body.address) }
            }
            forEachRecord(in: bucket, body)
        }
    }

    /// Entries of a bucket.
    func entries(_ bucket: Int) -> Int {
        var sum = 0
        forEachHead(bucket) { sum += $0.count }
        return sum
    }

    // MARK: Cursors

    /// The records at `cursor`, and the cursor after it: 0 at the end. A position is a bucket as it
    /// is when it is visited: what has split since its last bit was decided comes one by one, what
    /// has merged comes again (`ScanCursor`).
    func visit(at cursor: UInt64, _ body: (CompactRecord) -> Void) -> UInt64 {
        let bucket = table.pointee.bucket(cursor)
        forEachRecord(in: bucket, body)
        return next(cursor)
    }

    private func next(_ cursor: UInt64) -> UInt64 {
        let bucket = table.pointee.bucket(cursor)
        return ScanCursor.next(cursor, UInt64(table.pointee.depthMask(bucket)))
    }

    // MARK: Random records

    /// A fairly chosen record, each as likely as another: a bucket with n records is taken with
    /// probability n by the most that any has had. nil in an empty table.
    func random(_ random: inout KeyspaceRandom) -> CompactRecord? {
        guard count > 0 else { return nil }
        while true {
            let bucket = random.below(table.pointee.buckets)
            let rank = random.below(table.pointee.longest)
            if rank < entries(bucket) { return record(rank, in: bucket) }
        }
    }

    private func record(_ rank: Int, in bucket: Int) -> CompactRecord {
        var rest = rank
        var head = head(bucket)
        while rest >= head.count {
            rest &-= head.count
            head = head.next
        }
        let offset = head.offset(of: rest, traits.match)
        return record(at: head.body.address + offset, head.code(rest))
    }

    /// Records that lie together, up to the buffer's count and the same one not twice, from a
    /// random bucket on: those of the bucket with which it fills up are as likely as each other.
    /// - Parameter timed: only those with an expiry.
    func sample(
        _ buffer: UnsafeMutableBufferPointer<CompactRecord>, timed: Bool,
        _ random: inout KeyspaceRandom
    ) -> Int {
        let wanted = min(buffer.count, timed ? table.pointee.expiring : count)
        guard wanted > 0 else { return 0 }
        var seen = 0
        var bucket = random.below(table.pointee.buckets)
        while seen < wanted {
            var draw = random
            forEachHead(bucket) { head in
                if timed, !head.hasTimes { return }
                forEach(head) { _, bytes, code in
                    let record = record(at: bytes, code)
                    if timed, !record.hasTime { return }
                    if seen < wanted {
                        buffer[seen] = record
                    } else {
                        let place = draw.below(seen &+ 1)
                        if place < wanted { buffer[place] = record }
                    }
                    seen &+= 1
                }
            }
            random = draw
            bucket &+= 1
            if bucket == table.pointee.buckets { bucket = 0 }
        }
        return wanted
    }

    // MARK: Expiry

    /// Looks at the records with an expiry at `cursor`.
    /// - Returns: how many those are, how many have ended before `now`, and the cursor after them.
    func expiries(
        at cursor: UInt64, before now: Int64
    ) -> (timed: Int, ended: Int, next: UInt64) {
        var (timed, ended) = (0, 0)
        forEachHead(table.pointee.bucket(cursor)) { head in
            guard head.hasTimes else { return }
            var here = 0
            forEach(head) { _, bytes, code in
                guard let time = record(at: bytes, code).time else { return }
                here += 1
                if time < now { ended += 1 }
            }
            // They are gone since: the next round need not look.
            if here == 0 { head.hasTimes = false }
            timed += here
        }
        return (timed, ended, next(cursor))
    }

    /// A record at `cursor` that has ended before `now`, and its hash.
    func ended(at cursor: UInt64, before now: Int64) -> (place: Place, hash: UInt64)? {
        var head = head(table.pointee.bucket(cursor))
        while true {
            if head.hasTimes {
                var offset = head.start
                for index in 0..<head.count {
                    let code = head.code(index)
                    let place = place(head, index, offset, code)
                    if let time = place.record.time, time < now {
                        return (place, traits.hasher.hash(place.record.key))
                    }
                    offset &+= CompactCode.length(code)
                }
            }
            guard head.isChained else { return nil }
            head = head.next
        }
    }
}
