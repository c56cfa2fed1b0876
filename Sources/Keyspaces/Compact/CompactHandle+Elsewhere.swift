// Records that do not lie in bodies: long ones in dense vectors, all others in the slab.

extension CompactHandle {
    /// The code of a new record of `size` bytes.
    /// - Parameter isSeparate: the value is wanted in an allocation of its own.
    func code(for size: Int, isSeparate: Bool) -> UInt8 {
        if isSeparate { return CompactCode.boxed }
        if size < CompactCode.firstLong { return UInt8(size) }
        guard size <= CompactCode.longMax, let dense = table.pointee.dense else {
            return CompactCode.boxed
        }
        let longClass = CompactCode.longClass(size)
        let slots = dense.longVector(longClass)?.count ?? 0
        return slots < CompactCode.indexLimit
            ? UInt8(CompactCode.firstLong + longClass) : CompactCode.boxed
    }

    /// A record that is not in a body, while no body refers to it.
    enum Elsewhere {
        case long(CompactCode.Reference)
        case boxed(UnsafeMutableRawPointer)

        func write(to address: UnsafeMutableRawPointer) {
            switch self {
            case .long(let reference): reference.write(to: address)
            case .boxed(let box):
                let bits = UInt64(UInt(bitPattern: box))
                address.storeBytes(of: bits, as: UInt64.self)
            }
        }
    }

    /// Writes `entry` elsewhere; nil for a code of a record that lies in its body. Moves nothing.
    func writeElsewhere(
        _ entry: CompactEntry, _ size: Int, _ code: UInt8, _ memory: inout CompactMemory
    ) -> Elsewhere? {
        if Int(code) < CompactCode.firstLong { return nil }
        guard CompactCode.isLong(code), let dense = table.pointee.dense else {
            let box = memory.slab.allocate(CompactCode.boxHeader + size)
            box.storeBytes(of: UInt64(size), as: UInt64.self)
            entry.write(to: box + CompactCode.boxHeader)
            return .boxed(box)
        }
        let longClass = CompactCode.longClass(of: code)
        let vector = dense.existing(CompactDense.bodyClasses + longClass, &memory.slab)
        memory.mapped.allocations &+= 1
        memory.mapped.requested &+= size
        let index = vector.allocate(&memory.mapped)
        entry.write(to: vector.slot(index))
        return .long(CompactCode.Reference(index: index, unused: vector.size &- size))
    }

    /// What the body holds at `place` besides the record itself.
    func elsewhere(_ place: Place) -> Elsewhere? {
        if Int(place.code) < CompactCode.firstLong { return nil }
        return CompactCode.isLong(place.code)
            ? .long(CompactCode.Reference(at: place.bytes))
            : .boxed(CompactCode.box(at: place.bytes))
    }

    /// Frees a record that no body refers to any more; every other record must be where it
    /// belongs, for one may move.
    func free(_ elsewhere: Elsewhere, _ code: UInt8, _ memory: inout CompactMemory) {
        switch elsewhere {
        case .boxed(let box):
            let size = Int(truncatingIfNeeded: box.load(as: UInt64.self))
            memory.slab.free(box, CompactCode.boxHeader + size)
        case .long(let reference):
            let longClass = CompactCode.longClass(of: code)
            guard let vector = table.pointee.dense?.longVector(longClass) else { return }
            memory.mapped.allocations &-= 1
            memory.mapped.requested &-= vector.size &- reference.unused
            guard let move = vector.release(reference.index, &memory.mapped) else { return }
            memory.work.copiedBytes &+= vector.size
            memory.work.hashedKeys &+= 1
            adopt(move, code, vector.size)
        }
    }

    /// Tells the body of a long record that has moved: its key leads there.
    private func adopt(_ move: DenseVector.Move, _ code: UInt8, _ size: Int) {
        let key = CompactRecord(address: move.to, count: size).key
        var head = head(table.pointee.bucket(traits.hasher.hash(key)))
        while true {
            var offset = head.start
            for index in 0..<head.count {
                let here = head.code(index)
                if here == code {
                    let bytes = head.body.address + offset
                    var reference = CompactCode.Reference(at: bytes)
                    if reference.index == move.oldIndex {
                        reference.index = move.newIndex
                        return reference.write(to: bytes)
                    }
                }
                offset &+= CompactCode.length(here)
            }
            precondition(head.isChained, "a record moved that no body refers to")
            head = head.next
        }
    }
}
