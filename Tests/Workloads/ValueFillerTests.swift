// Values compress as much as they are said to; zlib is the judge.
import CZlib
import Foundation
import Testing
import Workloads

/// Share of the bytes that zlib saves on a value.
private func saved(_ filler: ValueFiller, _ size: Int, salt: UInt64) -> Double {
    var value = [UInt8](repeating: 0, count: size)
    value.withUnsafeMutableBufferPointer {
        filler.fill($0.baseAddress!, count: size, salt: salt)
    }
    var room = [UInt8](repeating: 0, count: size * 2 + 100)
    var length = uLong(room.count)
    #expect(compress2(&room, &length, value, uLong(size), 6) == Z_OK)
    // 11 bytes of head and checksum, whatever the value
    return 1 - Double(length - 11) / Double(size)
}

@Test(arguments: [0, 0.1, 0.3, 0.5, 0.7, 0.8])
func valuesCompressAsStated(compressibility: Double) {
    let filler = ValueFiller(.compressible(compressibility))
    for size in [1_024, 16_384] {
        let shares = (0..<20).map { saved(filler, size, salt: ValueFiller.salt(ofKey: $0)) }
        let mean = shares.reduce(0, +) / 20
        #expect(abs(mean - compressibility) < 0.06, "\(size) B: \(mean)")
    }
}

@Test func valuesAreNeverNumbersUnlessAsked() {
    func bytes(_ kind: FillKind) -> [UInt8] {
        let filler = ValueFiller(kind)
        var value = [UInt8](repeating: 0, count: 70_000)
        value.withUnsafeMutableBufferPointer {
            filler.fill($0.baseAddress!, count: $0.count, salt: 77 << 48)
        }
        return value
    }
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    #expect(!bytes(.compressible(0)).contains { digits.contains($0) })
    #expect(bytes(.letters).allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) })
    #expect(bytes(.digits).allSatisfy { (UInt8(ascii: "1")...UInt8(ascii: "9")).contains($0) })
    #expect(bytes(.digits) != bytes(.digits).reversed())
}
