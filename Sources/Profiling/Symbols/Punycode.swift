// Letters beyond ASCII in the letters of symbols: the ASCII ones of a word, an underscore, and
// behind it where which others belong, as differences in base 36.
//
//     gdel_Fqa    gödel
//
// Source: RFC 3492, sections 6.1 to 6.3, whose names for the numbers these are; Rust RFC 2603 for
// the underscore and for the digits, of which 0 to 9 may be written as A to J.

enum Punycode {
    private static let base = 36
    private static let least = 1
    private static let most = 26
    private static let skew = 38
    private static let damp = 700
    private static let firstBias = 72
    private static let firstScalar = 128

    /// Nil for what is none.
    static func decoded(_ bytes: ArraySlice<UInt8>) -> String? {
        var scalars: [Unicode.Scalar] = []
        var rest = bytes
        if let end = bytes.lastIndex(of: UInt8(ascii: "_")) {
            scalars = bytes[..<end].map { Unicode.Scalar($0) }
            rest = bytes[(end + 1)...]
        }
        var (scalar, place, bias) = (firstScalar, 0, firstBias)
        while !rest.isEmpty {
            let before = place
            guard let difference = number(&rest, bias) else { return nil }
            place += difference
            let count = scalars.count + 1
            bias = adapted(place - before, count, isFirst: before == 0)
            scalar += place / count
            place %= count
            guard let code = UInt32(exactly: scalar), let own = Unicode.Scalar(code) else {
                return nil
            }
            scalars.insert(own, at: place)
            place += 1
        }
        return String(String.UnicodeScalarView(scalars))
    }

    /// A number of digits whose weights depend on the bias; the last one is below its threshold.
    private static func number(_ rest: inout ArraySlice<UInt8>, _ bias: Int) -> Int? {
        var (sum, weight, place) = (0, 1, base)
        while let byte = rest.popFirst(), let own = digit(byte) {
            sum += own * weight
            let threshold = min(max(place - bias, least), most)
            if own < threshold { return sum }
            weight *= base - threshold
            place += base
            // Beyond all scalars at any place of any name, and far from overflowing.
            guard sum < 1 << 40, weight < 1 << 40 else { return nil }
        }
        return nil
    }

    private static func digit(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x61...0x7a: Int(byte) - 0x61  // a to z
        case 0x30...0x39: Int(byte) - 0x30 + 26
        case 0x41...0x4a: Int(byte) - 0x41 + 26  // A to J
        default: nil
        }
    }

    private static func adapted(_ delta: Int, _ count: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / damp : delta / 2
        delta += delta / count
        var bias = 0
        while delta > (base - least) * most / 2 {
            delta /= base - least
            bias += base
        }
        return bias + (base - least + 1) * delta / (delta + skew)
    }
}
