// Bits of byte strings, the highest of each byte first: counted, looked for, combined.
import Keyspaces
import RESP

enum BitSearch {
    /// How many of `bits` are set.
    static func count(_ bytes: Bytes, _ bits: Range<Int>) -> Int {
        var count = 0
        var bit = bits.lowerBound
        while bit < bits.upperBound {
            let byte = bit >> 3
            if bit & 7 == 0 && bits.upperBound - bit >= 64 {
                count += bytes.loadUnaligned(fromByteOffset: byte, as: UInt64.self).nonzeroBitCount
                bit += 64
                continue
            }
            let (part, width) = self.part(bytes, bit, bits.upperBound)
            count += part.nonzeroBitCount
            bit += width
        }
        return count
    }

    /// The first of `bits` that is `isSet`; nil when there is none.
    static func first(_ isSet: Bool, _ bytes: Bytes, _ bits: Range<Int>) -> Int? {
        let passed: UInt64 = isSet ? 0 : .max
        var bit = bits.lowerBound
        while bit < bits.upperBound {
            let byte = bit >> 3
            if bit & 7 == 0 && bits.upperBound - bit >= 64
                && bytes.loadUnaligned(fromByteOffset: byte, as: UInt64.self) == passed
            {
                bit += 64
                continue
            }
            let (part, width) = self.part(bytes, bit, bits.upperBound)
            // Those of the part that are looked for, at the top of a byte.
            let whole: UInt8 = width == 8 ? 0xff : ~(0xff >> UInt8(width))
            let wanted = isSet ? part : ~part & whole
            if wanted != 0 { return bit + wanted.leadingZeroBitCount }
            bit += width
        }
        return nil
    }

    /// The bits from `bit` to the end of its byte, or to `end`, at the top of a byte; and how many
    /// they are.
    private static func part(_ bytes: Bytes, _ bit: Int, _ end: Int) -> (UInt8, Int) {
        let skipped = bit & 7
        let width = min(8 - skipped, end - bit)
        let whole: UInt8 = width == 8 ? 0xff : ~(0xff >> UInt8(width))
        return ((bytes[bit >> 3] << UInt8(skipped)) & whole, width)
    }
}

/// What BITOP combines values by.
enum BitOperation {
    case and, or, xor, not

    init?(_ word: Argument) {
        if word.isWord("and") {
            self = .and
        } else if word.isWord("or") {
            self = .or
        } else if word.isWord("xor") {
            self = .xor
        } else if word.isWord("not") {
            self = .not
        } else {
            return nil
        }
    }

    /// As long as the longest of `sources`; the others go on with zeros.
    func apply(_ sources: [[UInt8]]) -> [UInt8] {
        let count = sources.map(\.count).max() ?? 0
        guard var result = sources.first else { return [] }
        if self == .not { return result.map { ~$0 } }
        result += [UInt8](repeating: 0, count: count - result.count)
        for source in sources.dropFirst() {
            for index in 0..<count {
                let byte = index < source.count ? source[index] : 0
                switch self {
                case .and: result[index] &= byte
                case .or: result[index] |= byte
                case .xor, .not: result[index] ^= byte
                }
            }
        }
        return result
    }
}
