// What decides how many bytes an entry takes, without its key and its values: lengths, and whether
// a text is a number, for servers keep numbers shorter.
import RESP
import Traces

/// A text without its letters.
struct TextShape: Hashable, Sendable {
    enum Form: UInt8, Sendable { case letters, whole, fraction }

    var length: Int
    var form = Form.letters

    init(_ length: Int, _ form: Form = .letters) {
        self.length = length
        self.form = form
    }

    init(of text: [UInt8]) {
        length = text.count
        let isWhole = text.withUnsafeBytes { Decimal.parse($0) } != nil
        if isWhole && length <= Self.longestWhole {
            form = .whole
        } else if length <= Self.longestFraction, text.contains(UInt8(ascii: ".")),
            Double(String(decoding: text, as: UTF8.self)) != nil
        {
            form = .fraction
        }
    }

    /// The same as a number, for what nothing else can be.
    var number: TextShape {
        form == .letters ? TextShape(min(max(length, 1), Self.longestWhole), .whole) : self
    }

    /// Digits of which every number fits 64 bits.
    private static let longestWhole = 18
    /// As servers write doubles: 17 digits, a sign, a point and an exponent.
    private static let longestFraction = 24
}

struct EntryShape: Hashable, Sendable {
    /// An element: an item or a member, or a field and its value, a member and its score.
    struct Element: Hashable, Sendable {
        var first: TextShape
        var second: TextShape?
    }

    var kind: SnapshotEntry.Kind
    var keyLength: Int
    var expires: Bool
    var elements: UInt64
    /// Those that were looked at, which stand for the rest; empty of kinds that commands do not
    /// write.
    var sample: [Element]
}
