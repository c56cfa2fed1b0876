// Symbols as their authors wrote them, short enough for people: Swift's and C++'s by the runtime's
// own demangler for backtraces. Rust's older scheme, the default until 2025, is C++'s with a hash
// at the end; its later one (_R…) is RustSymbol's.
import Glibc

/// Exported by libswiftCore: see stdlib/public/runtime/Backtrace.cpp. Leaves out modules, argument
/// types and what a specialisation is for.
@_silgen_name("_swift_backtrace_demangle")
private func backtraceDemangle(
    _ name: UnsafePointer<CChar>?, _ length: UInt, _ buffer: UnsafeMutablePointer<CChar>?,
    _ bufferSize: UnsafeMutablePointer<UInt>?
) -> UnsafeMutablePointer<CChar>?

package enum Demangling {
    package static func readable(_ symbol: String) -> String {
        // name@VERSION and name@@VERSION, of libraries
        let name = symbol.dropFirst().firstIndex(of: "@").map { String(symbol[..<$0]) } ?? symbol
        if let rust = RustSymbol.readable(name) { return rust }
        guard
            name.hasPrefix("$s") || name.hasPrefix("$S") || name.hasPrefix("_$s")
                || name.hasPrefix("_Z"),
            let text = backtraceDemangle(name, UInt(name.utf8.count), nil, nil)
        else { return name }
        defer { free(text) }
        let readable = String(cString: text)
        return name.hasPrefix("_Z") ? rust(readable) ?? readable : readable
    }

    /// A name of Rust's older scheme, as C++'s demangler leaves it: without its hash, and its
    /// escapes resolved; nil for C++.
    private static func rust(_ name: String) -> String? {
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
