// The bytes of a key or a value, told in a word, so that a sequence can be read, written down and
// shortened: `k3` is "k3", `v7:dots:100` is a hundred dots and "v7", `empty` is nothing at all.
//
// The padding stands in front. Keys that are long and differ in their last bytes alone, and keys
// that begin with NUL, are what a comparison gets wrong first.
import Distributions
import Glibc

struct Datum: Hashable, Sendable {
    enum Letter: UInt8, Sendable {
        case key = 0x6b  // k
        case value = 0x76  // v
    }

    enum Fill: String, CaseIterable, Sendable {
        case dots, nul, ff

        var byte: UInt8 {
            switch self {
            case .dots: UInt8(ascii: ".")
            case .nul: 0
            case .ff: 0xff
            }
        }
    }

    let letter: Letter
    let number: UInt32
    let fill: Fill
    let padding: Int

    private static let emptyNumber = UInt32.max

    private init(_ letter: Letter, _ number: UInt32, _ fill: Fill, _ padding: Int) {
        self.letter = letter
        self.number = number
        self.fill = padding > 0 ? fill : .dots
        self.padding = padding
    }

    static func key(_ number: Int, _ fill: Fill = .dots, padding: Int = 0) -> Datum {
        Datum(.key, UInt32(number), fill, padding)
    }

    static func value(_ number: Int, padding: Int = 0) -> Datum {
        Datum(.value, UInt32(number), .dots, padding)
    }

    static func empty(_ letter: Letter) -> Datum { Datum(letter, emptyNumber, .dots, 0) }

    var isEmpty: Bool { number == Self.emptyNumber }

    func padded(_ padding: Int) -> Datum { Datum(letter, number, fill, padding) }
    func renumbered(_ number: UInt32) -> Datum { Datum(letter, number, fill, padding) }

    var bytes: [UInt8] {
        if isEmpty { return [] }
        return [UInt8](repeating: fill.byte, count: padding) + [letter.rawValue]
            + Array(String(number).utf8)
    }
}

// MARK: - From bytes, as a table returns them

extension Datum {
    /// - Returns: nil for bytes that no datum has.
    init?(_ letter: Letter, bytes: UnsafeRawBufferPointer) {
        if bytes.isEmpty {
            self = .empty(letter)
            return
        }
        // The letter and ten digits are the most that a number has.
        let tail = bytes.suffix(11)
        guard let start = tail.lastIndex(of: letter.rawValue) else { return nil }
        var number: UInt32 = 0
        for digit in tail[(start + 1)...] {
            let (tenfold, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            guard digit >= 0x30, digit <= 0x39, !isTooLarge else { return nil }
            let (sum, isPast) = tenfold.addingReportingOverflow(UInt32(digit - 0x30))
            if isPast { return nil }
            number = sum
        }
        var fill = Fill.dots
        if start > 0 {
            // All are equal when each equals the one behind it.
            guard let found = Fill.allCases.first(where: { $0.byte == bytes[0] }),
                memcmp(bytes.baseAddress!, bytes.baseAddress! + 1, start - 1) == 0
            else { return nil }
            fill = found
        }
        self.init(letter, number, fill, start)
        // "k" alone and "k07" are nobody's.
        guard !isEmpty, bytes.count - start == 1 + String(number).utf8.count else { return nil }
    }
}

// MARK: - As text

extension Datum {
    var text: String {
        if isEmpty { return "empty" }
        let name = (letter == .key ? "k" : "v") + String(number)
        return padding > 0 ? "\(name):\(fill.rawValue):\(padding)" : name
    }

    init?(_ letter: Letter, text: Substring) {
        if text == "empty" {
            self = .empty(letter)
            return
        }
        let parts = text.split(separator: ":")
        guard let name = parts.first, name.utf8.first == letter.rawValue,
            let number = UInt32(name.dropFirst()), number != Self.emptyNumber
        else { return nil }
        if parts.count == 1 {
            self.init(letter, number, .dots, 0)
            return
        }
        guard parts.count == 3, let fill = Fill(rawValue: String(parts[1])),
            let padding = Int(parts[2]), padding > 0, padding <= 1 << 30
        else { return nil }
        self.init(letter, number, fill, padding)
    }
}

// MARK: - Hashes

/// How hashes fall: a table must be right with all of them, and need be fast with the first alone.
enum HashMode: String, CaseIterable, Sendable {
    /// As those of a good hash function.
    case uniform
    /// All the same.
    case colliding
    /// The lower half is the same.
    case low
    /// The upper half is the same.
    case high
    /// 0, 1, 2 …
    case sequential

    private static let constant: UInt64 = 0x9e37_79b9_7f4a_7c15

    func hash(of key: Datum) -> UInt64 {
        let fill = UInt64(key.fill.byte) << 56
        var mixer = SplitMix64(seed: UInt64(key.number) ^ UInt64(key.padding) << 32 ^ fill)
        let mixed = mixer.next()
        switch self {
        case .uniform: return mixed
        case .colliding: return Self.constant
        case .low: return mixed & 0xffff_ffff_0000_0000 | Self.constant & 0xffff_ffff
        case .high: return mixed & 0xffff_ffff | Self.constant & 0xffff_ffff_0000_0000
        case .sequential: return UInt64(key.number)
        }
    }

    var words: String {
        switch self {
        case .uniform: "uniform"
        case .colliding: "all the same"
        case .low: "their lower halves the same"
        case .high: "their upper halves the same"
        case .sequential: "sequential"
        }
    }
}
