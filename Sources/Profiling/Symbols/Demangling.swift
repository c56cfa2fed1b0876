// Symbols as their authors wrote them. Swift by its runtime, C++ by libstdc++, whose scheme Rust
// used until 2025; Rust's later one (_R…) stays as it is, for no library here knows it.
import Counters
import Glibc

enum Demangling {
    private typealias Demangler = @convention(c) (
        UnsafePointer<CChar>, UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<Int>?,
        UnsafeMutablePointer<CInt>?
    ) -> UnsafeMutablePointer<CChar>?

    /// The C++ runtime's, which Swift's links: nil where it has none.
    private static let cxxDemangle: Demangler? = {
        // A null handle is every library that is loaded.
        let library = dlopen("libstdc++.so.6", RTLD_LAZY)
        return dlsym(library, "__cxa_demangle").map { unsafeBitCast($0, to: Demangler.self) }
    }()

    static func readable(_ symbol: String) -> String {
        // GCC's parts of a function: name.part.0, name.cold
        if symbol.hasPrefix("_Z") {
            guard let readable = cxx(symbol) else { return symbol }
            return rust(readable) ?? readable
        }
        return SymbolName.demangled(symbol)
    }

    private static func cxx(_ symbol: String) -> String? {
        guard let readable = cxxDemangle?(symbol, nil, nil, nil) else { return nil }
        defer { free(readable) }
        return String(cString: readable)
    }

    /// Rust's older scheme is C++'s with a hash at the end and escapes; nil for C++.
    static func rust(_ name: String) -> String? {
        guard let colon = name.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        let hash = name[name.index(after: colon)...]
        guard hash.utf8.count == 17, hash.hasPrefix("h"), hash.dropFirst().allSatisfy(\.isHexDigit)
        else { return nil }
        var text = String(name[..<colon].dropLast())
        for (escape, character) in escapes {
            text = text.split(separator: escape, omittingEmptySubsequences: false)
                .joined(separator: character)
        }
        // A path that begins with an escape has an underscore before it.
        return text.split(separator: "::", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("_<") ? $0.dropFirst() : $0 }.joined(separator: "::")
    }

    private static let escapes = [
        ("$SP$", "@"), ("$BP$", "*"), ("$RF$", "&"), ("$LT$", "<"), ("$GT$", ">"), ("$LP$", "("),
        ("$RP$", ")"), ("$C$", ","), ("$u20$", " "), ("$u27$", "'"), ("$u5b$", "["),
        ("$u5d$", "]"), ("$u7b$", "{"), ("$u7d$", "}"), ("$u7e$", "~"), ("..", "::"),
    ]
}
