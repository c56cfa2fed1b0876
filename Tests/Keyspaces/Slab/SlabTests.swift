// The allocator: its accounts match the blocks that live, and no block reaches into another.
import Keyspaces
import Testing

@Suite struct SlabTests {
    struct Block {
        let address: UnsafeMutableRawPointer
        var bytes: Int
        let fill: UInt8
    }

    /// Mostly small sizes, some of bucket arrays, few of extents.
    static func size(_ random: inout Random) -> Int {
        switch random.below(100) {
        case 0..<80: random.below(200)
        case 80..<97: random.below(20_000)
        case 97..<99: random.below(600_000)
        default: (1 << 20) + random.below(3 << 20)
        }
    }

    static func edges(_ block: Block) -> Bool {
        guard block.bytes > 0 else { return true }
        return block.address.load(as: UInt8.self) == block.fill
            && block.address.load(fromByteOffset: block.bytes - 1, as: UInt8.self) == block.fill
    }

    /// What live blocks add up to.
    static func sum(_ live: [Block], _ quantum: SizeClasses.Quantum) -> [Int] {
        [
            live.reduce(0) { $0 + $1.bytes },
            live.reduce(0) { $0 + SizeClasses.size(for: $1.bytes, quantum) }, live.count,
        ]
    }

    @Test(arguments: SizeClasses.Quantum.allCases, [1, 2, 3] as [UInt64])
    func accountsMatchTheLiveBlocks(_ quantum: SizeClasses.Quantum, _ seed: UInt64) {
        var random = Random(seed: seed)
        var slab = Slab(quantum: quantum)
        var live: [Block] = []
        for step in 0..<6_000 {
            // Grows for the first half, shrinks in the second.
            if live.isEmpty || random.below(100) < (step < 3_000 ? 65 : 35) {
                let bytes = Self.size(&random)
                let block = Block(
                    address: slab.allocate(bytes), bytes: bytes, fill: UInt8(random.below(256)))
                block.address.initializeMemory(
                    as: UInt8.self, repeating: block.fill, count: min(bytes, 4096))
                if bytes > 0 {
                    block.address.storeBytes(
                        of: block.fill, toByteOffset: bytes - 1, as: UInt8.self)
                }
                live.append(block)
            } else {
                live.swapAt(random.below(live.count), live.count - 1)
                let block = live.removeLast()
                expect(Self.edges(block), "a block was overwritten")
                slab.free(block.address, block.bytes)
            }
            if step % 100 == 0 {
                let expected = Self.sum(live, quantum)
                expect([slab.requested, slab.allocated, slab.allocations] == expected)
                expect(slab.violations() == [])
            }
        }
        for block in live {
            expect(Self.edges(block))
            slab.free(block.address, block.bytes)
        }
        expect([slab.requested, slab.allocated, slab.allocations] == [0, 0, 0])
        expect(slab.violations() == [])
    }

    @Test func zeroedMemoryIsZeroAlsoWhenReused() {
        var slab = Slab(quantum: .eight)
        for bytes in [64, 1024, 300_000, (1 << 20) + 1, 4 << 20] {
            for _ in 0..<3 {
                let block = slab.allocateZeroed(bytes)
                let content = UnsafeRawBufferPointer(start: block, count: bytes)
                expect(content.allSatisfy { $0 == 0 })
                block.initializeMemory(as: UInt8.self, repeating: 0xff, count: bytes)
                slab.free(block, bytes)
            }
        }
    }

    @Test func bucketsLieOnCacheLines() {
        var slab = Slab(quantum: .eight)
        for bytes in [64, 128, 256, 512, 4096, 8192, 1 << 20, 1 << 21] {
            for _ in 0..<10 { expect(Int(bitPattern: slab.allocate(bytes)) % 64 == 0) }
        }
    }

    /// What a foreign table asks for: aligned as it wants, and accounted for as it was asked for.
    @Test(arguments: SizeClasses.Quantum.allCases)
    func alignedObjectsLieOnTheirMultiple(_ quantum: SizeClasses.Quantum) {
        var slab = Slab(quantum: quantum)
        var live: [(address: UnsafeMutableRawPointer, bytes: Int, alignment: Int)] = []
        var sum = 0
        for alignment in [1, 2, 8, 16, 32, 64, 128, 1024, 4096] {
            for bytes in [1, 8, 24, 40, 56, 65, 80, 100, 4097, 300_000, (1 << 20) + 1] {
                for _ in 0..<3 {
                    let address = slab.allocate(bytes, alignment: alignment)
                    expect(Int(bitPattern: address) % alignment == 0, "\(bytes) by \(alignment)")
                    address.initializeMemory(as: UInt8.self, repeating: 0xff, count: bytes)
                    live.append((address: address, bytes: bytes, alignment: alignment))
                    sum += bytes
                }
            }
        }
        expect(slab.requested == sum && slab.allocations == live.count)
        expect(slab.violations() == [])
        for block in live { slab.free(block.address, block.bytes, alignment: block.alignment) }
        expect([slab.requested, slab.allocated, slab.allocations] == [0, 0, 0])
        expect(slab.violations() == [])
        // 40 bytes by 16 take the class of 48, and 24 by 8 their own.
        _ = slab.allocate(40, alignment: 16)
        expect([slab.requested, slab.allocated] == [40, 48])
        _ = slab.allocate(24, alignment: 8)
        expect(slab.requested == 64)
    }

    @Test func resizingInPlaceStaysInTheClass() {
        var slab = Slab(quantum: .eight)
        let block = slab.allocate(33)
        expect(slab.resizeInPlace(from: 33, to: 40))
        expect(!slab.resizeInPlace(from: 40, to: 41))
        expect([slab.requested, slab.allocated] == [40, 40])
        slab.free(block, 40)
        expect(slab.requested == 0)
    }

    @Test func untouchedMemoryIsNotResident() {
        var slab = Slab(quantum: .eight)
        for _ in 0..<100_000 {
            slab.allocate(56).initializeMemory(as: UInt8.self, repeating: 1, count: 56)
        }
        let array = slab.allocateZeroed(64 << 20)
        expect(slab.residentBytes < slab.allocated - (64 << 20) + (1 << 20))
        expect(Double(slab.residentBytes) > 0.95 * 100_000 * 56)
        slab.free(array, 64 << 20)
        slab.releaseAll()
        expect(slab.residentBytes == 0)
        expect([slab.requested, slab.allocated, slab.allocations] == [0, 0, 0])
    }
}
