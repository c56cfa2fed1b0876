// Rust's present names of symbols, as its source has them:
//
//     _RNvNtCs1234_7mycrate3foo3bar               mycrate::foo::bar
//     _RINvNtC3std3mem8align_ofRcE                std::mem::align_of::<&char>
//     _RNvXCs1234_7mycratemNtC7mycrate3Foo3foo    <u32 as mycrate::Foo>::foo
//
// A mangled name holds its parts in the order in which they are read, so one pass from left to
// right writes what it has just parsed; a back reference is parsed once more where it points to. A
// letter tells what follows: here are paths, names and numbers, in RustSymbol+Types.swift types and
// constants. What tells one crate from another of its name, and where an impl stands, is left out.
//
// Source: Rust RFC 2603 (Symbol Name Mangling v0), whose productions the functions follow; words
// for closures and shims as rustc's own demangler has them. Back references count from behind `_R`.

struct RustSymbol {
    struct Malformed: Error {}

    private let bytes: [UInt8]
    var position = 0
    private(set) var text = ""
    /// While something is parsed that nobody shows.
    private var isSilent = false
    /// Lifetimes that the binders around have named.
    var boundLifetimes = 0
    private var depth = 0
    private var steps = 0

    /// Deeper than any source, and little of a thread's stack.
    private static let mostDepth = 200
    /// References to references can double with each: more than any name that was seen has.
    private static let mostSteps = 1 << 14
    /// A name of more bytes is nothing to read.
    private static let mostText = 1 << 16

    /// Nil for what is no such name.
    static func readable(_ symbol: String) -> String? {
        guard symbol.hasPrefix("_R") else { return nil }
        // What compilers append, as .llvm.1234, is no part of it.
        let own = symbol.utf8.dropFirst(2).prefix {
            $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "$")
        }
        var parser = RustSymbol(bytes: Array(own))
        do throws(Malformed) {
            try parser.symbol()
        } catch {
            return nil
        }
        return parser.text
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func symbol() throws(Malformed) {
        try path(isValue: true)
        guard position < bytes.count else { return }
        // The crate that it was made for.
        isSilent = true
        try path(isValue: false)
        guard position == bytes.count else { throw Malformed() }
    }

    // MARK: letters

    mutating func next() throws(Malformed) -> Character {
        guard position < bytes.count else { throw Malformed() }
        position += 1
        return Character(Unicode.Scalar(bytes[position - 1]))
    }

    /// Whether the next letter is that one, which is passed then.
    mutating func eat(_ letter: Unicode.Scalar) -> Bool {
        guard position < bytes.count, Unicode.Scalar(bytes[position]) == letter else {
            return false
        }
        position += 1
        return true
    }

    mutating func print(_ more: String) {
        if !isSilent { text += more }
    }

    /// Goes one production down, which ends with `leave`.
    mutating func enter() throws(Malformed) {
        depth += 1
        steps += 1
        guard depth <= Self.mostDepth, steps <= Self.mostSteps, text.utf8.count <= Self.mostText
        else { throw Malformed() }
    }

    mutating func leave() { depth -= 1 }

    /// Elements up to the letter that ends them.
    @discardableResult mutating func list(
        _ separator: String, _ element: (inout RustSymbol) throws(Malformed) -> Void
    ) throws(Malformed) -> Int {
        var count = 0
        while !eat("E") {
            if count > 0 { print(separator) }
            try element(&self)
            count += 1
        }
        return count
    }

    /// `B` has been read: parses what it refers to.
    mutating func reference(
        _ body: (inout RustSymbol) throws(Malformed) -> Void
    ) throws(Malformed) {
        let own = position - 1
        let place = try number62()
        // Before itself, or it would never end.
        guard place < own else { throw Malformed() }
        if isSilent { return }
        let back = position
        position = place
        try body(&self)
        position = back
    }

    // MARK: paths

    mutating func path(isValue: Bool) throws(Malformed) {
        try enter()
        let tag = try next()
        switch tag {
        case "C":
            _ = try optionalNumber("s")
            print(try name())
        case "N": try nested(isValue: isValue)
        case "M", "X", "Y": try implementation(tag)
        case "I":
            try path(isValue: isValue)
            print(isValue ? "::<" : "<")
            try genericArguments()
            print(">")
        case "B":
            try reference { parser throws(Malformed) in
                try parser.path(isValue: isValue)
            }
        default: throw Malformed()
        }
        leave()
    }

    /// `…::name`, or `…::{closure#0}` in a space of names that sources have no name for.
    private mutating func nested(isValue: Bool) throws(Malformed) {
        let space = try next()
        guard space.isLetter else { throw Malformed() }
        try path(isValue: isValue)
        let number = try optionalNumber("s")
        let own = try name()
        guard space.isUppercase else {
            if !own.isEmpty { print("::\(own)") }
            return
        }
        let word =
            switch space {
            case "C": "closure"
            case "S": "shim"
            default: String(space)
            }
        let named = own.isEmpty ? "" : ":\(own)"
        print("::{\(word)\(named)#\(number)}")
    }

    /// `<T>` of a type's own impl, `<T as Trait>` of a trait's.
    private mutating func implementation(_ tag: Character) throws(Malformed) {
        if tag != "Y" {
            _ = try optionalNumber("s")
            let wasSilent = isSilent
            isSilent = true
            try path(isValue: false)
            isSilent = wasSilent
        }
        print("<")
        try type()
        if tag != "M" {
            print(" as ")
            try path(isValue: false)
        }
        print(">")
    }

    mutating func genericArguments() throws(Malformed) {
        try list(", ") { parser throws(Malformed) in
            if parser.eat("L") {
                try parser.lifetime(try parser.number62())
            } else if parser.eat("K") {
                try parser.constant()
            } else {
                try parser.type()
            }
        }
    }

    // MARK: names and numbers

    /// The number of its bytes, then they; with `u` before it, non-ASCII letters as Punycode.
    mutating func name() throws(Malformed) -> String {
        let isEncoded = eat("u")
        guard var length = digit() else { throw Malformed() }
        if length > 0 {
            while let more = digit() {
                length = length * 10 + more
                guard length <= bytes.count else { throw Malformed() }
            }
        }
        // Before bytes that begin with a digit, or with another of it.
        _ = eat("_")
        guard length <= bytes.count - position else { throw Malformed() }
        let own = bytes[position..<position + length]
        position += length
        guard isEncoded else { return String(decoding: own, as: UTF8.self) }
        guard let decoded = Punycode.decoded(own) else { throw Malformed() }
        return decoded
    }

    private mutating func digit() -> Int? {
        guard position < bytes.count, 0x30...0x39 ~= bytes[position] else { return nil }
        position += 1
        return Int(bytes[position - 1]) - 0x30
    }

    /// `_` is 0, `0_` is 1, `Z_` is 62, `10_` is 63.
    mutating func number62() throws(Malformed) -> Int {
        if eat("_") { return 0 }
        var number = 0
        while !eat("_") {
            guard position < bytes.count else { throw Malformed() }
            let byte = bytes[position]
            position += 1
            let own: Int
            switch byte {
            case 0x30...0x39: own = Int(byte) - 0x30
            case 0x61...0x7a: own = Int(byte) - 0x61 + 10  // a to z
            case 0x41...0x5a: own = Int(byte) - 0x41 + 36  // A to Z
            default: throw Malformed()
            }
            let (product, isLarge) = number.multipliedReportingOverflow(by: 62)
            let (sum, isLarger) = product.addingReportingOverflow(own)
            guard !isLarge, !isLarger else { throw Malformed() }
            number = sum
        }
        guard number < .max else { throw Malformed() }
        return number + 1
    }

    /// 0 where the letter before it is not there; with it one more than the number.
    mutating func optionalNumber(_ letter: Unicode.Scalar) throws(Malformed) -> Int {
        guard eat(letter) else { return 0 }
        let number = try number62()
        guard number < .max else { throw Malformed() }
        return number + 1
    }

    /// Digits of base 16, up to the underscore that ends them.
    mutating func hexadecimal() throws(Malformed) -> String {
        let start = position
        while !eat("_") {
            guard try next().isHexDigit else { throw Malformed() }
        }
        return String(decoding: bytes[start..<position - 1], as: UTF8.self)
    }
}
