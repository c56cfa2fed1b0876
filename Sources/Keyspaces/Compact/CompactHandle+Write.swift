// Adding, rewriting and removing records.
//
// A step never frees a body or a record elsewhere before every head and every reference is as it
// is going to be, because what is freed may be filled from elsewhere, by then or a step later. All
// places are invalid after each of these calls.

import Glibc

extension CompactHandle {
    /// Adds an entry whose key is known not to be there.
    func insert(
        _ entry: CompactEntry, hash: UInt64, isSeparate: Bool, _ memory: inout CompactMemory
    ) {
        table.pointee.count &+= 1
        becomeDense(&memory)
        let size = entry.size
        let code = code(for: size, isSeparate: isSeparate)
        let elsewhere = writeElsewhere(entry, size, code, &memory)
        let bucket = table.pointee.bucket(hash)
        let hasTime = entry.time != nil
        if hasTime { table.pointee.expiring &+= 1 }
        let bytes = append(CompactHead.tag(hash), code, hasTime: hasTime, to: bucket, &memory)
        if let elsewhere { elsewhere.write(to: bytes) } else { entry.write(to: bytes) }
        updateDue()
    }

    /// Adds a record that is still to be written; returns where its bytes, or its reference, go.
    func append(
        _ tag: UInt8, _ code: UInt8, hasTime: Bool, to bucket: Int, _ memory: inout CompactMemory
    ) -> UnsafeMutableRawPointer {
        let (head, before) = roomyHead(bucket, &memory)
        let length = CompactCode.length(code)
        let (count, overflow, total) = (head.count, head.overflow, head.total)
        let goesBeyond = count >= CompactHead.places
        if count == 0 {
            let first = CompactBody.start &+ length
            let (body, isDense) = allocateBody(first, &memory)
            body.bucket = bucket
            body.used = CompactBody.start
            head.setBody(body, isDense: isDense)
        } else {
            resizeBody(head, from: total, to: total &+ length &+ (goesBeyond ? 2 : 0), &memory)
        }
        let body = head.body
        let used = body.used
        if goesBeyond {
            body.openOverflow(overflow, by: length, tag, code)
            head.noteOverflow(tag)
        } else {
            head.setPlace(count, tag, code)
        }
        body.used = used &+ length
        head.count = count &+ 1
        if hasTime { head.hasTimes = true }
        table.pointee.inlineBytes &+= length
        table.pointee.longest = max(table.pointee.longest, before &+ count &+ 1)
        return body.address + used
    }

    /// Puts `entry` where the record at `place` is, under the same key.
    /// - Parameter inPlace: `entry`'s bytes are not the record's own.
    func rewrite(
        _ place: Place, _ entry: CompactEntry, isSeparate: Bool, inPlace: Bool,
        _ memory: inout CompactMemory
    ) {
        noteTime(place, hasTime: entry.time != nil)
        let size = entry.size
        let code = code(for: size, isSeparate: isSeparate)
        if inPlace, code == place.code, overwrite(place, entry, size, &memory) { return }
        let old = elsewhere(place)
        let new = writeElsewhere(entry, size, code, &memory)
        let bytes = resize(place, to: code, &memory)
        if let new { new.write(to: bytes) } else { entry.write(to: bytes) }
        if let old { free(old, place.code, &memory) }
        updateDue()
    }

    /// As above, with the record's own key and value, and another expiry.
    func rewrite(_ place: Place, time: Int64?, _ memory: inout CompactMemory) {
        let record = place.record
        if Int(place.code) >= CompactCode.firstLong {
            let isSeparate = place.code == CompactCode.boxed
            let entry = CompactEntry(record, time: time)
            return rewrite(place, entry, isSeparate: isSeparate, inPlace: false, &memory)
        }
        // The body is about to move: its record is copied first.
        withUnsafeTemporaryAllocation(byteCount: record.count, alignment: 8) { copy in
            let address = copy.baseAddress.unsafelyUnwrapped
            memcpy(address, record.address, record.count)
            let own = CompactRecord(address: address, count: record.count)
            let entry = CompactEntry(own, time: time)
            rewrite(place, entry, isSeparate: false, inPlace: false, &memory)
        }
    }

    /// Writes over a record whose code stays; false where its block is too small.
    private func overwrite(
        _ place: Place, _ entry: CompactEntry, _ size: Int, _ memory: inout CompactMemory
    ) -> Bool {
        switch elsewhere(place) {
        case nil: break
        case .long(var reference)?:
            let slot = CompactCode.longSize(CompactCode.longClass(of: place.code))
            memory.mapped.requested &+= size &- (slot &- reference.unused)
            reference.unused = slot &- size
            reference.write(to: place.bytes)
        case .boxed(let box)?:
            let header = CompactCode.boxHeader
            let old = header + place.record.count
            guard memory.slab.resizeInPlace(from: old, to: header + size) else { return false }
            box.storeBytes(of: UInt64(size), as: UInt64.self)
        }
        entry.write(to: place.record.address)
        return true
    }

    /// Gives the record at `place` the length of `code`; returns where its bytes go.
    private func resize(
        _ place: Place, to code: UInt8, _ memory: inout CompactMemory
    ) -> UnsafeMutableRawPointer {
        let head = place.head
        let (old, new) = (CompactCode.length(place.code), CompactCode.length(code))
        let total = head.total
        let (source, target) = (place.offset &+ old, place.offset &+ new)
        let behind = total &- source
        if new > old { resizeBody(head, from: total, to: total &+ new &- old, &memory) }
        if new != old {
            head.body.move(source, to: target, behind)
            memory.work.copiedBytes &+= behind
            head.body.used &+= new &- old
        }
        head.setCode(code, place.index)
        if new < old { resizeBody(head, from: total, to: total &+ new &- old, &memory) }
        table.pointee.inlineBytes &+= new &- old
        return head.body.address + place.offset
    }

    /// Removes the record at `place`.
    func remove(_ place: Place, hash: UInt64, _ memory: inout CompactMemory) {
        let (head, index) = (place.head, place.index)
        let length = CompactCode.length(place.code)
        noteTime(place, hasTime: false)
        table.pointee.count &-= 1
        table.pointee.inlineBytes &-= length
        let old = elsewhere(place)
        if head.count == 1 {
            removeHead(head, of: table.pointee.bucket(hash), &memory)
        } else {
            let total = head.total
            let behind = total &- place.offset &- length
            head.body.move(place.offset &+ length, to: place.offset, behind)
            memory.work.copiedBytes &+= behind
            head.body.used &-= length
            close(head, index)
            resizeBody(head, from: total, to: head.total, &memory)
        }
        if let old { free(old, place.code, &memory) }
        if table.pointee.count == 0 {
            table.pointee.longest = 0
            dropDense(&memory)
        }
        updateDue()
    }

    /// Takes tag and code `index` out.
    private func close(_ head: CompactHead, _ index: Int) {
        let overflow = head.overflow
        let places = CompactHead.places
        if overflow > 0 {
            let body = head.body
            if index < places {
                let (tag, code) = (body.byte(body.used), body.byte(body.used &+ overflow))
                head.closePlace(index)
                head.setPlace(places &- 1, tag, code)
            }
            body.closeOverflow(max(index &- places, 0), overflow)
        } else {
            head.closePlace(index)
        }
        head.count &-= 1
        if overflow > 0 { head.renewFilter() }
    }

    /// An entry gets or loses its expiry.
    private func noteTime(_ place: Place, hasTime: Bool) {
        let hadTime = place.record.hasTime
        if hadTime, !hasTime { table.pointee.expiring &-= 1 }
        if hasTime, !hadTime { table.pointee.expiring &+= 1 }
        if hasTime { place.head.hasTimes = true }
    }

    /// Appends to a value in the slab, where its class has room; nil, and nothing changed,
    /// elsewhere. - Returns: the value's new length.
    func extend(_ place: Place, _ suffix: Bytes, _ memory: inout CompactMemory) -> Int? {
        guard place.code == CompactCode.boxed, !place.record.isInteger else { return nil }
        let box = CompactCode.box(at: place.bytes)
        let size = place.record.count + suffix.count
        let old = CompactCode.boxHeader + place.record.count
        let new = CompactCode.boxHeader + size
        guard memory.slab.resizeInPlace(from: old, to: new) else { return nil }
        box.storeBytes(of: UInt64(size), as: UInt64.self)
        if let base = suffix.baseAddress { memcpy(box + old, base, suffix.count) }
        return place.record.value.count + suffix.count
    }

    // MARK: Chains

    /// The first head of a bucket that takes one more record, and how many are before it.
    private func roomyHead(
        _ bucket: Int, _ memory: inout CompactMemory
    ) -> (CompactHead, before: Int) {
        var head = head(bucket)
        var before = 0
        while head.count == CompactHead.most {
            if !head.isChained { chain(head, &memory) }
            before &+= head.count
            head = head.next
        }
        return (head, before)
    }

    /// Links an empty head behind a full one.
    private func chain(_ head: CompactHead, _ memory: inout CompactMemory) {
        let more = memory.slab.allocateZeroed(CompactHead.size)
        let (total, link) = (head.total, CompactBody.linkSize)
        resizeBody(head, from: total, to: total &+ link, &memory)
        let body = head.body
        body.move(CompactBody.start, to: CompactBody.chainedStart, total &- CompactBody.start)
        body.used &+= link
        body.next = more
        head.isChained = true
    }

    /// Removes a head with its last record's body: the next one takes its place in the bucket's
    /// line, or it goes from its chain.
    func removeHead(_ head: CompactHead, of bucket: Int, _ memory: inout CompactMemory) {
        let (body, isDense, total) = (head.body, head.isDense, head.total)
        let home = self.head(bucket)
        guard head.address == home.address else {
            return removeLink(head, home, &memory)
        }
        if home.isChained {
            let next = home.next
            home.copy(next)
            memory.slab.free(next.address, CompactHead.size)
        } else {
            home.clear()
        }
        freeBody(body, isDense: isDense, total, &memory)
    }

    /// Takes a head that is not its bucket's first out of the chain, with its body.
    private func removeLink(
        _ head: CompactHead, _ home: CompactHead, _ memory: inout CompactMemory
    ) {
        let (body, isDense, total) = (head.body, head.isDense, head.total)
        var previous = home
        while previous.next.address != head.address { previous = previous.next }
        let old = previous.total
        if head.isChained {
            previous.body.next = head.next.address
        } else {
            let rest = old &- CompactBody.chainedStart
            previous.body.move(CompactBody.chainedStart, to: CompactBody.start, rest)
            previous.body.used &-= CompactBody.linkSize
            previous.isChained = false
        }
        memory.slab.free(head.address, CompactHead.size)
        // Nobody has this body any more: it goes before the next is freed, which may move others.
        freeBody(body, isDense: isDense, total, &memory)
        let new = previous.total
        if new != old { resizeBody(previous, from: old, to: new, &memory) }
    }
}
