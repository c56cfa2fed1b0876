// One bucket more or one less.
//
//     buckets 0 … B − 1, 2^k ≤ B < 2^(k+1)
//     split   bucket B takes from bucket B − 2^k the records whose hash has bit k
//     merge   the last bucket gives everything back
//
// Each record's key is hashed anew, once per split of its bucket; a merge needs no hash.
//
// Credits: Witold Litwin (VLDB 1980).

import Glibc

extension CompactHandle {
    /// Whether something is due after a change of the number or the sizes of records.
    func updateDue() {
        table.pointee.isDue = table.pointee.wantsSplit || table.pointee.wantsMerge
    }

    /// Makes or gives up one bucket, if that is due.
    @inline(never)
    func step(_ memory: inout CompactMemory) {
        if table.pointee.wantsSplit {
            split(&memory)
        } else if table.pointee.wantsMerge {
            merge(&memory)
        }
        updateDue()
    }

    // MARK: Split

    private func split(_ memory: inout CompactMemory) {
        let target = table.pointee.buckets
        growHeads(&memory)
        let half = (table.pointee.mask &+ 1) &>> 1
        let source = target &- half
        let head = head(source)
        guard head.count > 0 else { return }
        if head.isChained { return add(takeRecords(source, &memory), &memory) }
        withUnsafeTemporaryAllocation(of: Bool.self, capacity: head.count) { goes in
            let (stay, go) = shares(head, bit: half, goes, &memory)
            if go.count == 0 { return }
            if stay.count == 0 { return moveAll(head, to: target) }
            part(head, (source, stay), (target, go), goes, &memory)
        }
    }

    /// Which records of `head` have `bit` in their hash, and what that makes of both parts.
    private func shares(
        _ head: CompactHead, bit: Int, _ goes: UnsafeMutableBufferPointer<Bool>,
        _ memory: inout CompactMemory
    ) -> (stay: CompactShare, go: CompactShare) {
        var (stay, go) = (CompactShare(), CompactShare())
        prefetchElsewhere(head)
        var offset = head.start
        for index in 0..<head.count {
            let code = head.code(index)
            let length = CompactCode.length(code)
            let record = record(at: head.body.address + offset, code)
            let hash = traits.hasher.hash(record.key)
            let isGoing = Int(truncatingIfNeeded: hash) & bit != 0
            goes[index] = isGoing
            if isGoing {
                go.add(length, hasTime: record.hasTime)
            } else {
                stay.add(length, hasTime: record.hasTime)
            }
            offset &+= length
        }
        memory.work.hashedKeys &+= head.count
        return (stay, go)
    }

    /// Asks for all records that are not in the body, so that they are waited for together.
    private func prefetchElsewhere(_ head: CompactHead) {
        var offset = head.start
        for index in 0..<head.count {
            let code = head.code(index)
            if Int(code) >= CompactCode.firstLong {
                let bytes = head.body.address + offset
                if CompactCode.isLong(code) {
                    prefetch(record(at: bytes, code).address)
                } else {
                    prefetch(CompactCode.box(at: bytes))
                }
            }
            offset &+= CompactCode.length(code)
        }
    }

    /// An empty bucket takes another's bodies.
    private func moveAll(_ head: CompactHead, to bucket: Int) {
        var target = self.head(bucket)
        target.copy(head)
        head.clear()
        while true {
            target.body.bucket = bucket
            guard target.isChained else { return }
            target = target.next
        }
    }

    /// Makes two bodies of one.
    private func part(
        _ head: CompactHead, _ stay: (bucket: Int, share: CompactShare),
        _ go: (bucket: Int, share: CompactShare), _ goes: UnsafeMutableBufferPointer<Bool>,
        _ memory: inout CompactMemory
    ) {
        withCopy(of: head) { old in
            let total = old.total
            let (rest, restIsDense) = allocateBody(stay.share.total, &memory)
            let (new, newIsDense) = allocateBody(go.share.total, &memory)
            var staying = CompactBuilder(
                head, rest, isDense: restIsDense, stay.share, of: stay.bucket)
            var going = CompactBuilder(
                self.head(go.bucket), new, isDense: newIsDense, go.share, of: go.bucket)
            forEach(old) { index, bytes, code in
                let length = CompactCode.length(code)
                if goes[index] {
                    going.add(old.tag(index), code, bytes, length)
                } else {
                    staying.add(old.tag(index), code, bytes, length)
                }
            }
            memory.work.copiedBytes &+= stay.share.bytes &+ go.share.bytes
            freeBody(old.body, isDense: old.isDense, total, &memory)
        }
    }

    /// `body` with a copy of a head's line, which may be written over meanwhile.
    private func withCopy(of head: CompactHead, _ body: (CompactHead) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: CompactHead.size, alignment: CompactHead.size) {
            let copy = CompactHead(address: $0.baseAddress.unsafelyUnwrapped)
            copy.copy(head)
            body(copy)
        }
    }

    // MARK: Merge

    private func merge(_ memory: inout CompactMemory) {
        let source = table.pointee.buckets &- 1
        let half = (table.pointee.mask &+ 1) &>> 1
        let target = source &- half
        let from = head(source)
        var loose: [Loose] = []
        if from.count > 0 {
            let to = head(target)
            if to.count == 0 {
                moveAll(from, to: target)
            } else if from.isChained || to.isChained || from.count + to.count > CompactHead.most {
                loose = takeRecords(source, &memory)
            } else {
                unite(from, to, target, &memory)
            }
        }
        shrinkHeads(&memory)
        add(loose, &memory)
        table.pointee.longest = max(table.pointee.longest, entries(target))
    }

    private func unite(
        _ from: CompactHead, _ to: CompactHead, _ target: Int, _ memory: inout CompactMemory
    ) {
        withCopy(of: to) { old in
            let (one, other) = (old.total, from.total)
            let share = CompactShare(
                count: old.count &+ from.count,
                bytes: old.body.used &+ from.body.used &- 2 &* CompactBody.start,
                hasTimes: old.hasTimes || from.hasTimes)
            let (body, isDense) = allocateBody(share.total, &memory)
            var united = CompactBuilder(to, body, isDense: isDense, share, of: target)
            forEach(old) { index, bytes, code in
                united.add(old.tag(index), code, bytes, CompactCode.length(code))
            }
            forEach(from) { index, bytes, code in
                united.add(from.tag(index), code, bytes, CompactCode.length(code))
            }
            memory.work.copiedBytes &+= share.bytes
            freeBody(old.body, isDense: old.isDense, one, &memory)
            // The first may have made this one move.
            let (last, lastIsDense) = (from.body, from.isDense)
            from.clear()
            freeBody(last, isDense: lastIsDense, other, &memory)
        }
    }

    // MARK: Chained buckets

    /// A record taken out of its bucket: its bytes or its reference.
    private struct Loose {
        let tag: UInt8
        let code: UInt8
        let bytes: [UInt8]
    }

    /// Takes all records out of a bucket; `add` is to follow.
    private func takeRecords(_ bucket: Int, _ memory: inout CompactMemory) -> [Loose] {
        var records: [Loose] = []
        let home = head(bucket)
        while home.count > 0 {
            forEach(home) { index, bytes, code in
                let length = CompactCode.length(code)
                let copy = [UInt8](UnsafeRawBufferPointer(start: bytes, count: length))
                records.append(Loose(tag: home.tag(index), code: code, bytes: copy))
                table.pointee.inlineBytes &-= length
            }
            removeHead(home, of: bucket, &memory)
        }
        return records
    }

    /// Puts each record where it belongs by now.
    private func add(_ records: [Loose], _ memory: inout CompactMemory) {
        for loose in records {
            var bytes = loose.bytes
            bytes.withUnsafeMutableBytes { bytes in
                let source = bytes.baseAddress.unsafelyUnwrapped
                let record = record(at: source, loose.code)
                let bucket = table.pointee.bucket(traits.hasher.hash(record.key))
                let target = append(
                    loose.tag, loose.code, hasTime: record.hasTime, to: bucket, &memory)
                memcpy(target, source, bytes.count)
            }
        }
        memory.work.hashedKeys &+= records.count
    }
}
