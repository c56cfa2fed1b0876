// Markup that cannot be injected into.
//
// A string that is interpolated into an `HTML` literal is escaped; only another `HTML` goes in as
// it is. Labels, reasons, paths and whatever else a record holds are strings, so nothing that a
// target calls itself can become markup:
//
//   let row: HTML = "<td>\(label)</td>"        // label = "<script>" shows as <script>
import Quantities

/// A piece of HTML or SVG.
struct HTML: ExpressibleByStringInterpolation, Equatable {
    private(set) var text: String

    init(stringLiteral value: String) { text = value }
    init(stringInterpolation interpolation: Interpolation) { text = interpolation.text }

    struct Interpolation: StringInterpolationProtocol {
        var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ html: HTML) { text += html.text }
        mutating func appendInterpolation(_ string: String) { text += HTML.escaped(string) }
        mutating func appendInterpolation(_ number: Int) { text += String(number) }
        /// A coordinate: two decimals are finer than a pixel.
        mutating func appendInterpolation(_ number: Double) {
            let hundredths = (number * 100).rounded()
            text += (hundredths / 100).plainText
        }
    }

    var isEmpty: Bool { text.isEmpty }

    /// `text` that may go on in the next line behind a mark that joins words, and not inside them.
    static func breakable(_ text: String) -> HTML {
        var html: HTML = ""
        var piece = ""
        for character in text {
            piece.append(character)
            guard "/_=&?,;@".contains(character) else { continue }
            html += "\(piece)<wbr>"
            piece = ""
        }
        html += "\(piece)"
        return html
    }

    static func += (html: inout HTML, more: HTML) { html.text += more.text }

    /// Fit for element content and for attributes in either kind of quotes.
    private static func escaped(_ string: String) -> String {
        var escaped = ""
        for character in printable(string) {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}

extension Sequence where Element == HTML {
    func joined() -> HTML { reduce(into: "") { $0 += $1 } }
}

extension Sequence {
    /// One piece of HTML per element, one after the other.
    func html(_ body: (Element) -> HTML) -> HTML { map(body).joined() }
}
