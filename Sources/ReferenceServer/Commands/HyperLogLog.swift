// The cardinality estimator behind PFADD, byte for byte as real servers keep it in a string:
//
//     "HYLL" │ encoding │ 3 unused │ cached cardinality, 8 bytes │ registers …
//     0      4 1 B      5          8 little-endian, its top bit: not valid    16
//
//     dense    16,384 registers of 6 bits, the lowest bits first: 12,304 bytes with the header
//     sparse   runs:  00nnnnnn            1–64 registers are 0
//                     01nnnnnn nnnnnnnn   1–16,384 registers are 0
//                     1vvvvvnn            1–4 registers are v, from 1 to 32
//
// A new one is sparse; it becomes dense when a value does not fit a run, or when it outgrows 3,000
// bytes (`hll-sparse-max-bytes`). How runs are split and joined decides about the bytes, so it is
// done in the same steps as there.
//
// Credits: Flajolet et al. 2007; the estimator is Otmar Ertl's ("New cardinality estimation
// algorithms for HyperLogLog sketches", 2017); representation and steps are those of Redis'
// hyperloglog.c (Salvatore Sanfilippo).
import Glibc
import Keyspaces
import RESP

struct HyperLogLog {
    /// The whole string.
    private(set) var bytes: [UInt8]

    static let registers = 16_384
    static let header = 16
    private static let denseBytes = header + registers * 6 / 8
    /// The longest sparse string.
    private static let sparseBytes = 3_000
    /// Bits of a hash that do not choose the register.
    private static let rankBits = 50
    private static let magic = Array("HYLL".utf8)

    /// Without elements: one run of all registers.
    init() {
        bytes = Self.magic
        bytes.append(1)
        bytes += [UInt8](repeating: 0, count: Self.header - bytes.count)
        bytes += Run.zeros(Self.registers)
    }

    /// - Returns: nil when `bytes` are none.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.header, bytes.starts(with: Self.magic), bytes[4] <= 1,
            bytes[4] == 1 || bytes.count == Self.denseBytes
        else { return nil }
        self.bytes = bytes
    }

    var isSparse: Bool { bytes[4] == 1 }

    // MARK: Elements

    /// The register of an element, and the rank that it has there.
    static func place(_ element: Bytes) -> (register: Int, rank: UInt8) {
        let hash = murmur64A(element)
        // A bit above all others ends the count.
        let rest = hash >> 14 | 1 << UInt64(rankBits)
        return (Int(hash & UInt64(registers - 1)), UInt8(rest.trailingZeroBitCount + 1))
    }

    /// - Returns: whether a register changed; nil when the string is corrupt.
    mutating func add(_ element: Bytes) -> Bool? {
        let (register, rank) = Self.place(element)
        return raise(register, to: rank)
    }

    /// Makes a register at least `rank`; as `add`.
    mutating func raise(_ register: Int, to rank: UInt8) -> Bool? {
        isSparse ? raiseSparse(register, to: rank) : raiseDense(register, to: rank)
    }

    // MARK: Dense

    private static func dense(_ bytes: [UInt8], _ register: Int) -> UInt8 {
        let bit = register * 6
        let byte = header + bit >> 3
        let shift = UInt16(bit & 7)
        let high = byte + 1 < bytes.count ? bytes[byte + 1] : 0
        return UInt8((UInt16(bytes[byte]) | UInt16(high) << 8) >> shift & 63)
    }

    private mutating func raiseDense(_ register: Int, to rank: UInt8) -> Bool {
        guard Self.dense(bytes, register) < rank else { return false }
        let bit = register * 6
        let byte = Self.header + bit >> 3
        let shift = UInt16(bit & 7)
        let mask = UInt16(63) << shift
        let value = UInt16(rank) << shift
        let kept = bytes[byte] & ~UInt8(truncatingIfNeeded: mask)
        bytes[byte] = kept | UInt8(truncatingIfNeeded: value)
        if byte + 1 < bytes.count {
            let keptHigh = bytes[byte + 1] & ~UInt8(mask >> 8)
            bytes[byte + 1] = keptHigh | UInt8(value >> 8)
        }
        return true
    }

    /// - Returns: false when the string is corrupt.
    mutating func makeDense() -> Bool {
        guard isSparse else { return true }
        guard let values = self.values else { return false }
        var dense = Array(bytes[..<Self.header])
        dense[4] = 0
        dense += [UInt8](repeating: 0, count: Self.denseBytes - Self.header)
        bytes = dense
        for (register, value) in values.enumerated() where value > 0 {
            _ = raiseDense(register, to: value)
        }
        return true
    }

    /// The registers; nil when the string is corrupt.
    var values: [UInt8]? {
        guard isSparse else { return (0..<Self.registers).map { Self.dense(bytes, $0) } }
        var values: [UInt8] = []
        values.reserveCapacity(Self.registers)
        var position = Self.header
        while position < bytes.count {
            guard let run = Run(bytes, position) else { return nil }
            guard values.count + run.count <= Self.registers else { return nil }
            values += [UInt8](repeating: run.value, count: run.count)
            position += run.size
        }
        return values.count == Self.registers ? values : nil
    }

    // MARK: The cached cardinality

    var cached: UInt64? {
        guard bytes[15] & 0x80 == 0 else { return nil }
        var cardinality: UInt64 = 0
        for index in (0..<8).reversed() {
            cardinality = cardinality << 8 | UInt64(bytes[8 + index])
        }
        return cardinality
    }

    mutating func cache(_ cardinality: UInt64) {
        for index in 0..<8 {
            bytes[8 + index] = UInt8(truncatingIfNeeded: cardinality >> UInt64(8 * index))
        }
    }

    mutating func forgetCached() { bytes[15] |= 0x80 }

    /// How many elements registers with these values have seen, about.
    static func cardinality(_ values: [UInt8]) -> UInt64 {
        var histogram = [Int](repeating: 0, count: 64)
        for value in values { histogram[Int(value & 63)] += 1 }
        let m = Double(registers)
        var z = m * tau((m - Double(histogram[rankBits + 1])) / m)
        for rank in stride(from: rankBits, through: 1, by: -1) {
            z += Double(histogram[rank])
            z *= 0.5
        }
        z += m * sigma(Double(histogram[0]) / m)
        // 1 / (2 ln 2)
        let alpha = 0.721347520444481703680
        let estimate = (alpha * m * m / z).rounded()
        // Registers that no elements made may stand for more than there are numbers.
        return estimate < 0x1p63 ? UInt64(estimate) : 1 << 63
    }

    private static func sigma(_ start: Double) -> Double {
        if start == 1 { return .infinity }
        var (x, y, z) = (start, 1.0, start)
        while true {
            x *= x
            let before = z
            z += x * y
            y += y
            if before == z { return z }
        }
    }

    private static func tau(_ start: Double) -> Double {
        if start == 0 || start == 1 { return 0 }
        var (x, y, z) = (start, 1.0, 1 - start)
        while true {
            x = x.squareRoot()
            let before = z
            y *= 0.5
            z -= (1 - x) * (1 - x) * y
            if before == z { return z / 3 }
        }
    }

    /// MurmurHash64A (Austin Appleby), with the seed of real servers.
    private static func murmur64A(_ bytes: Bytes) -> UInt64 {
        let m: UInt64 = 0xc6a4_a793_5bd1_e995
        var hash: UInt64 = 0xadc8_3b19 ^ (UInt64(bytes.count) &* m)
        let words = bytes.count / 8
        for word in 0..<words {
            var k = bytes.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self).littleEndian
            k = k &* m
            k ^= k >> 47
            k = k &* m
            hash ^= k
            hash = hash &* m
        }
        let rest = bytes.count & 7
        if rest > 0 {
            for index in 0..<rest {
                hash ^= UInt64(bytes[words * 8 + index]) << UInt64(8 * index)
            }
            hash = hash &* m
        }
        hash ^= hash >> 47
        hash = hash &* m
        hash ^= hash >> 47
        return hash
    }
}

// MARK: Sparse

extension HyperLogLog {
    /// Registers with the same value, side by side.
    private struct Run {
        let value: UInt8
        let count: Int
        /// Bytes that it takes.
        let size: Int

        static let mostZerosShort = 64
        static let mostValue: UInt8 = 32
        static let mostValues = 4

        /// nil when it is cut off.
        init?(_ bytes: [UInt8], _ position: Int) {
            let byte = bytes[position]
            if byte & 0x80 != 0 {
                self.init(value: (byte >> 2 & 0x1f) + 1, count: Int(byte & 3) + 1, size: 1)
            } else if byte & 0x40 == 0 {
                self.init(value: 0, count: Int(byte & 0x3f) + 1, size: 1)
            } else {
                guard position + 1 < bytes.count else { return nil }
                let count = Int(byte & 0x3f) << 8 | Int(bytes[position + 1])
                self.init(value: 0, count: count + 1, size: 2)
            }
        }

        private init(value: UInt8, count: Int, size: Int) {
            self.value = value
            self.count = count
            self.size = size
        }

        /// The shortest spelling of zeros.
        static func zeros(_ count: Int) -> [UInt8] {
            if count <= mostZerosShort { return [UInt8(count - 1)] }
            return [UInt8((count - 1) >> 8) | 0x40, UInt8(truncatingIfNeeded: count - 1)]
        }

        static func values(_ value: UInt8, _ count: Int) -> UInt8 {
            0x80 | (value - 1) << 2 | UInt8(count - 1)
        }
    }

    private mutating func raiseSparse(_ register: Int, to rank: UInt8) -> Bool? {
        guard rank <= Run.mostValue else { return raiseAsDense(register, to: rank) }
        // The run that the register is in, and the one before it.
        var position = Self.header
        var previous: Int?
        var first = 0
        var found: Run?
        while position < bytes.count {
            guard let run = Run(bytes, position) else { return nil }
            if register < first + run.count {
                found = run
                break
            }
            previous = position
            position += run.size
            first += run.count
        }
        guard let run = found else { return nil }
        if run.value >= rank { return false }
        if run.count == 1 && run.size == 1 {
            bytes[position] = Run.values(rank, 1)
        } else {
            let new = Self.split(run, at: register - first, rank)
            let growth = new.count - run.size
            if growth > 0 && bytes.count + growth > Self.sparseBytes {
                return raiseAsDense(register, to: rank)
            }
            bytes.replaceSubrange(position..<(position + run.size), with: new)
        }
        join(from: previous ?? Self.header)
        forgetCached()
        return true
    }

    private mutating func raiseAsDense(_ register: Int, to rank: UInt8) -> Bool? {
        makeDense() ? raiseDense(register, to: rank) : nil
    }

    /// `run` with another value at `index`.
    private static func split(_ run: Run, at index: Int, _ rank: UInt8) -> [UInt8] {
        func part(_ count: Int) -> [UInt8] {
            if count == 0 { return [] }
            return run.value == 0 ? Run.zeros(count) : [Run.values(run.value, count)]
        }
        return part(index) + [Run.values(rank, 1)] + part(run.count - index - 1)
    }

    /// Joins runs of one value that lie side by side, among the five from `start` on.
    private mutating func join(from start: Int) {
        var position = start
        var left = 5
        while position < bytes.count && left > 0 {
            left -= 1
            guard let run = Run(bytes, position) else { return }
            if run.value > 0, position + 1 < bytes.count, bytes[position + 1] & 0x80 != 0,
                let next = Run(bytes, position + 1), next.value == run.value,
                run.count + next.count <= Run.mostValues
            {
                bytes[position + 1] = Run.values(run.value, run.count + next.count)
                bytes.remove(at: position)
                continue
            }
            position += run.size
        }
    }
}
