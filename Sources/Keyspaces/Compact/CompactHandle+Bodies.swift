// Where bodies come from, how they change their size, and what happens to those that move.

import Glibc

extension CompactHandle {
    /// Memory for a body of `total` bytes.
    func allocateBody(_ total: Int, _ memory: inout CompactMemory) -> (CompactBody, isDense: Bool) {
        guard let dense = table.pointee.dense else {
            return (CompactBody(address: memory.slab.allocate(total)), false)
        }
        let vector = dense.existing(CompactDense.bodyClass(total), &memory.slab)
        memory.mapped.allocations &+= 1
        memory.mapped.requested &+= total
        let index = vector.allocate(&memory.mapped)
        return (CompactBody(address: vector.slot(index)), true)
    }

    /// Gives up a body of `total` bytes. All others must be their heads' by now: one may move.
    func freeBody(
        _ body: CompactBody, isDense: Bool, _ total: Int, _ memory: inout CompactMemory
    ) {
        guard isDense, let dense = table.pointee.dense else {
            return memory.slab.free(body.address, total)
        }
        let vector = dense.existing(CompactDense.bodyClass(total), &memory.slab)
        memory.mapped.allocations &-= 1
        memory.mapped.requested &-= total
        let index = vector.index(of: body.address)
        guard let move = vector.release(index, &memory.mapped) else { return }
        memory.work.copiedBytes &+= vector.size
        adopt(move)
    }

    /// Tells the head of a body that has moved.
    private func adopt(_ move: DenseVector.Move) {
        let body = CompactBody(address: move.to)
        var head = head(body.bucket)
        while !head.isBody(at: move.from) {
            precondition(head.isChained, "a body moved that no head of its bucket has")
            head = head.next
        }
        head.setBody(body, isDense: true)
    }

    /// Makes room for `new` bytes in the body of a head with `old`; keeps what fits of them.
    func resizeBody(
        _ head: CompactHead, from old: Int, to new: Int, _ memory: inout CompactMemory
    ) {
        if fits(head, from: old, to: new, &memory) { return }
        let (before, wasDense) = (head.body, head.isDense)
        let (body, isDense) = allocateBody(new, &memory)
        let kept = min(old, new)
        memcpy(body.address, before.address, kept)
        memory.work.copiedBytes &+= kept
        head.setBody(body, isDense: isDense)
        freeBody(before, isDense: wasDense, old, &memory)
    }

    /// Whether the body can stay where it is, and accounts for it.
    private func fits(
        _ head: CompactHead, from old: Int, to new: Int, _ memory: inout CompactMemory
    ) -> Bool {
        guard head.isDense else { return memory.slab.resizeInPlace(from: old, to: new) }
        guard CompactDense.bodyClass(old) == CompactDense.bodyClass(new) else { return false }
        memory.mapped.requested &+= new &- old
        return true
    }

    // MARK: Dense vectors

    /// Gives a table that has grown its vectors.
    func becomeDense(_ memory: inout CompactMemory) {
        if table.pointee.dense == nil, table.pointee.count >= traits.denseFrom {
            table.pointee.dense = CompactDense.make(&memory.slab)
        }
    }

    /// Takes them from an empty one.
    func dropDense(_ memory: inout CompactMemory) {
        table.pointee.dense?.destroy(&memory)
        table.pointee.dense = nil
    }
}
