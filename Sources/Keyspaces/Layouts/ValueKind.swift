// How a value that lies in a record as it is spelled is to be read, and told of: Tsavorite's and
// Segcache's.
import RESP

enum ValueKind {
    case integer
    case text
    /// Was appended to.
    case appended

    /// What SET makes of a value.
    @inline(__always)
    init(of value: Bytes) { self = Decimal.parse(value) != nil ? .integer : .text }

    init(of value: Bytes, _ form: ValueForm) {
        switch form {
        case .compact: self = ValueKind(of: value)
        case .text: self = .text
        case .separate: self = .appended
        }
    }

    /// As the servers tell it, though everything is in the record.
    var encoding: ValueEncoding {
        switch self {
        case .integer: .integer
        case .text: .embedded
        case .appended: .separate
        }
    }
}
