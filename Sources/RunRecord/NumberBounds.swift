// Numbers of a document that no run has: a file may hold anything, and what counts on its numbers
// must not fall over. They are looked at in the text, before anything is made of them, so that one
// rule holds for every field.
import Foundation
import Quantities

package enum NumberBounds {
    /// More than any count, size or time in ns, and so little that a few of them add up in an Int.
    private static let most = Double(Nanoseconds.longest.count)
    /// Of seeds and of conditions, which may be all that the command line takes.
    private static let widest = Double(UInt64.max)

    /// - Parameters:
    ///   - name: how errors call the document, usually the file's path.
    ///   - remedy: where another document of its kind comes from.
    /// - Throws: where a number is out of bounds, with the field that it stands in.
    package static func check(
        _ json: Data, name: String, remedy: String
    ) throws(RunRecordError) {
        // Other encodings have a byte order mark, or zeros between letters.
        guard !json.prefix(4).contains(where: { $0 == 0 || $0 >= 0xfe }) else {
            throw RunRecordError(cause: "\(name) is no UTF-8 text", remedy: remedy)
        }
        let found = json.withUnsafeBytes { bytes -> (text: String, place: String)? in
            var scan = NumberScan(bytes)
            while let number = scan.next() {
                let text = scan.text(number)
                guard let value = Double(text), abs(value) > (scan.isWide ? widest : most)
                else { continue }
                return (text, scan.place)
            }
            return nil
        }
        guard let found else { return }
        throw RunRecordError(
            cause: "\(name) has a number out of bounds at \(found.place): "
                + "\(found.text.prefix(mostDigits))",
            remedy: remedy)
    }

    /// As many as tell what is wrong with it: a number may be as long as its file.
    private static let mostDigits = 32
}

/// The long numbers of a JSON document, one after the other. Of what is no JSON it finds some or
/// none: decoding says what is wrong with that.
private struct NumberScan {
    private enum Step {
        /// The bytes of the key, none before the first.
        case key(Range<Int>)
        case element(Int)
    }

    private let bytes: UnsafeRawBufferPointer
    private var at = 0
    private var path: [Step] = []
    private var lastString = 0..<0

    /// Foundation decodes no deeper documents.
    private static let deepest = 512
    /// Fewer bytes without an exponent are below every bound.
    private static let short = 15

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The bytes of the next one that may be out of bounds.
    mutating func next() -> Range<Int>? {
        while at < bytes.count, path.count <= Self.deepest {
            let byte = bytes[at]
            switch byte {
            case UInt8(ascii: "\""): skipString()
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                let number = skipNumber()
                if isLong(number) { return number }
            default:
                step(byte)
                at += 1
            }
        }
        return nil
    }

    private mutating func step(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "{"): path.append(.key(0..<0))
        case UInt8(ascii: "["): path.append(.element(0))
        case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = path.popLast()
        case UInt8(ascii: ":"):
            if case .key(_)? = path.last { path[path.count - 1] = .key(lastString) }
        case UInt8(ascii: ","):
            if case .element(let index)? = path.last { path[path.count - 1] = .element(index + 1) }
        default: break
        }
    }

    private mutating func skipString() {
        at += 1
        let start = at
        while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
            at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
        }
        lastString = start..<min(at, bytes.count)
        at += 1
    }

    private mutating func skipNumber() -> Range<Int> {
        let start = at
        at += 1
        while at < bytes.count, Self.isPart(bytes[at]) { at += 1 }
        return start..<at
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "e"),
            UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private func isLong(_ number: Range<Int>) -> Bool {
        number.count > Self.short
            || bytes[number].contains { $0 | 0x20 == UInt8(ascii: "e") }
    }

    func text(_ part: Range<Int>) -> String { String(decoding: bytes[part], as: UTF8.self) }

    /// Whether the number that was found last is a seed or a condition.
    var isWide: Bool {
        let keys = path.compactMap { step -> String? in
            if case .key(let key) = step { text(key) } else { nil }
        }
        return keys.last == "seed" || keys.contains("conditions")
    }

    /// Where it stands: `rounds.3.totals.ops`.
    var place: String {
        path.map { step -> String in
            switch step {
            case .key(let key): text(key)
            case .element(let index): "\(index)"
            }
        }.joined(separator: ".")
    }
}
