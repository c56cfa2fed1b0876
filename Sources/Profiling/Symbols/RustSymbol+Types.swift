// Types, lifetimes and constants of Rust's names: what stands between angle brackets.

extension RustSymbol {
    private static let basicTypes: [Character: String] = [
        "a": "i8", "b": "bool", "c": "char", "d": "f64", "e": "str", "f": "f32", "h": "u8",
        "i": "isize", "j": "usize", "l": "i32", "m": "u32", "n": "i128", "o": "u128", "p": "_",
        "s": "i16", "t": "u16", "u": "()", "v": "...", "x": "i64", "y": "u64", "z": "!",
    ]

    mutating func type() throws(Malformed) {
        try enter()
        let tag = try next()
        switch tag {
        case _ where Self.basicTypes[tag] != nil: print(Self.basicTypes[tag] ?? "")
        case "R", "Q": try borrow(isMutable: tag == "Q")
        case "P", "O":
            print(tag == "P" ? "*const " : "*mut ")
            try type()
        case "A", "S":
            print("[")
            try type()
            if tag == "A" {
                print("; ")
                try constant()
            }
            print("]")
        case "T":
            print("(")
            let count = try list(", ") { parser throws(Malformed) in try parser.type() }
            print(count == 1 ? ",)" : ")")
        case "F": try function()
        case "D": try object()
        case "B": try reference { parser throws(Malformed) in try parser.type() }
        default:
            position -= 1
            try path(isValue: false)
        }
        leave()
    }

    /// `&'a mut T`
    private mutating func borrow(isMutable: Bool) throws(Malformed) {
        print("&")
        if eat("L") {
            let index = try number62()
            if index > 0 {
                try lifetime(index)
                print(" ")
            }
        }
        if isMutable { print("mut ") }
        try type()
    }

    /// `for<'a> unsafe extern "C" fn(&'a u8) -> u16`
    private mutating func function() throws(Malformed) {
        let bound = try binder()
        if eat("U") { print("unsafe ") }
        if eat("K") {
            // Names have no dashes.
            let abi = eat("C") ? "C" : try name().replacing("_", with: "-")
            print("extern \"\(abi)\" ")
        }
        print("fn(")
        try list(", ") { parser throws(Malformed) in try parser.type() }
        print(")")
        if !eat("u") {
            print(" -> ")
            try type()
        }
        boundLifetimes -= bound
    }

    /// `dyn Trait<Assoc = X> + Send + 'a`
    private mutating func object() throws(Malformed) {
        print("dyn ")
        let bound = try binder()
        try list(" + ") { parser throws(Malformed) in try parser.objectTrait() }
        boundLifetimes -= bound
        guard eat("L") else { throw Malformed() }
        let index = try number62()
        if index > 0 {
            print(" + ")
            try lifetime(index)
        }
    }

    private mutating func objectTrait() throws(Malformed) {
        var isOpen = try openPath()
        while eat("p") {
            print(isOpen ? ", " : "<")
            isOpen = true
            let own = try name()
            print("\(own) = ")
            try type()
        }
        if isOpen { print(">") }
    }

    /// A path whose angle bracket, where it has one, is left open for more.
    /// - Returns: whether it is.
    private mutating func openPath() throws(Malformed) -> Bool {
        if eat("B") {
            var isOpen = false
            try reference { parser throws(Malformed) in isOpen = try parser.openPath() }
            return isOpen
        }
        guard eat("I") else {
            try path(isValue: false)
            return false
        }
        try path(isValue: false)
        print("<")
        try genericArguments()
        return true
    }

    // MARK: lifetimes

    /// `for<'a, 'b> `
    /// - Returns: how many it names, until its end.
    private mutating func binder() throws(Malformed) -> Int {
        let count = try optionalNumber("G")
        // A name for each letter of the alphabet: sources have one or two.
        guard count <= 26 else { throw Malformed() }
        guard count > 0 else { return 0 }
        print("for<")
        for index in 0..<count {
            if index > 0 { print(", ") }
            boundLifetimes += 1
            try lifetime(1)
        }
        print("> ")
        return count
    }

    /// - Parameter index: 0 has no name; 1 is the one that was named last.
    mutating func lifetime(_ index: Int) throws(Malformed) {
        guard index > 0 else { return print("'_") }
        guard index <= boundLifetimes else { throw Malformed() }
        let place = boundLifetimes - index
        guard place < 26, let letter = UInt8(exactly: 0x61 + place) else {
            return print("'_\(place)")
        }
        print("'\(Unicode.Scalar(letter))")
    }

    // MARK: constants

    mutating func constant() throws(Malformed) {
        try enter()
        let tag = try next()
        switch tag {
        case "B": try reference { parser throws(Malformed) in try parser.constant() }
        case "p": print("_")
        case _ where eat("p"): print("_")
        case "a", "s", "l", "x", "n", "i":
            if eat("n") { print("-") }
            print(Self.decimal(try hexadecimal()))
        case "h", "t", "m", "y", "o", "j": print(Self.decimal(try hexadecimal()))
        case "b":
            switch try hexadecimal() {
            case "0": print("false")
            case "1": print("true")
            default: throw Malformed()
            }
        case "c":
            guard let code = UInt32(try hexadecimal(), radix: 16), let scalar = Unicode.Scalar(code)
            else { throw Malformed() }
            let isControl = scalar.properties.generalCategory == .control
            print(isControl ? "'\\u{\(String(code, radix: 16))}'" : "'\(scalar)'")
        // Structures and texts as parameters are later additions, which no stable Rust has.
        default: throw Malformed()
        }
        leave()
    }

    /// As it was where it has more than 64 bits.
    private static func decimal(_ digits: String) -> String {
        if digits.isEmpty { return "0" }
        return UInt64(digits, radix: 16).map { String($0) } ?? "0x\(digits)"
    }
}
