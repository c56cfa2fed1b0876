// Marc Lehmann's LZF, which RDB files compress strings with: runs of bytes as they are, and copies
// of what came before.
//
//     000LLLLL            L + 1 bytes follow
//     LLLooooo oooooooo   L + 2 bytes from o + 1 before here; L = 7: one more byte is added to it
import Glibc

enum LZF {
    /// A copy of 264 bytes takes three: no text grows more.
    static let mostGrowth = 88

    /// Writes exactly `count` bytes to `target`.
    static func decompress(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutablePointer<UInt8>, _ count: Int
    ) throws(DamagedRecord) {
        var place = 0
        var filled = 0
        while place < source.count {
            let control = Int(source[place])
            place &+= 1
            if control < 32 {
                let run = control &+ 1
                guard run <= source.count &- place, run <= count &- filled else { throw damage }
                memcpy(target + filled, source.baseAddress! + place, run)
                place &+= run
                filled &+= run
                continue
            }
            var length = control >> 5
            if length == 7 {
                guard place < source.count else { throw damage }
                length &+= Int(source[place])
                place &+= 1
            }
            length &+= 2
            guard place < source.count else { throw damage }
            let distance = (control & 31) << 8 &+ Int(source[place]) &+ 1
            place &+= 1
            guard distance <= filled, length <= count &- filled else { throw damage }
            let end = target + filled
            if distance >= length {
                memcpy(end, end - distance, length)
            } else {
                // Byte by byte: it overlaps itself, and repeats what it copied.
                for index in 0..<length { end[index] = end[index &- distance] }
            }
            filled &+= length
        }
        guard filled == count else { throw damage }
    }

    private static var damage: DamagedRecord { DamagedRecord("damaged compressed text (LZF)") }
}
