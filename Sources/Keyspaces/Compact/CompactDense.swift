// The dense vectors of a table: one for each class of bodies and each of long records, made when
// their first is wanted.
//
//     | body 16 | body 32 | … | body 32 KiB | long 128 | long 132 | … | long 632 |   addresses or 0
//
// Classes of bodies step by 16 bytes up to 1 KiB and then by one part in 32 of the doubling that
// they are in: a body is larger than it need be by half a step in the mean, and a record of its
// size or more goes to another class either way.

struct CompactDense {
    static let bodyStep = 16
    /// Bodies up to here step by `bodyStep`; above, each doubling is cut into `classesPerDoubling`.
    static let steppedLimit = 512
    private static let steppedLog = 9
    private static let classesPerDoubling = 32
    private static let classLog = 5
    /// 240 records of 127 bytes, with their tags and codes, are less than 32 KiB.
    static let bodyClasses = steppedLimit / bodyStep + 6 * classesPerDoubling
    static let classes = bodyClasses + CompactCode.longClasses
    static let bytes = classes * MemoryLayout<UnsafeMutableRawPointer?>.stride

    let vectors: UnsafeMutablePointer<UnsafeMutableRawPointer?>

    static func make(_ slab: inout Slab) -> CompactDense {
        let memory = slab.allocateZeroed(bytes)
        let vectors = memory.bindMemory(to: UnsafeMutableRawPointer?.self, capacity: classes)
        return CompactDense(vectors: vectors)
    }

    // MARK: Classes

    static func bodyClass(_ bytes: Int) -> Int {
        if bytes <= steppedLimit { return (bytes &+ bodyStep &- 1) / bodyStep &- 1 }
        let last = bytes &- 1
        let doubling = Int.bitWidth &- 1 &- last.leadingZeroBitCount
        let part = last &>> (doubling &- classLog) & (classesPerDoubling &- 1)
        return steppedLimit / bodyStep &+ (doubling &- steppedLog) &* classesPerDoubling &+ part
    }

    static func bodySize(_ bodyClass: Int) -> Int {
        let stepped = steppedLimit / bodyStep
        if bodyClass < stepped { return (bodyClass &+ 1) &* bodyStep }
        let (doubling, part) = (bodyClass &- stepped).quotientAndRemainder(
            dividingBy: classesPerDoubling)
        let log = steppedLog &+ doubling
        let (base, step) = (1 << log, 1 << (log - classLog))
        return base &+ (part &+ 1) &* step
    }

    private static func size(_ index: Int) -> Int {
        index < bodyClasses ? bodySize(index) : CompactCode.longSize(index - bodyClasses)
    }

    // MARK: Vectors

    func vector(_ index: Int) -> DenseVector? { vectors[index].map { DenseVector(address: $0) } }
    func longVector(_ longClass: Int) -> DenseVector? { vector(Self.bodyClasses &+ longClass) }

    func existing(_ index: Int, _ slab: inout Slab) -> DenseVector {
        if let vector = vector(index) { return vector }
        let made = DenseVector.make(size: Self.size(index), &slab)
        vectors[index] = made.address
        return made
    }

    func forEachVector(_ body: (_ index: Int, DenseVector) -> Void) {
        for index in 0..<Self.classes {
            if let vector = vector(index) { body(index, vector) }
        }
    }

    func destroy(_ memory: inout CompactMemory) {
        for index in 0..<Self.classes { vector(index)?.destroy(&memory) }
        memory.slab.free(UnsafeMutableRawPointer(vectors), Self.bytes)
    }
}
