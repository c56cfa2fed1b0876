// Symbols as their author wrote them. Swift's by the runtime's own demangler; C++ and Rust names
// arrive demangled, valgrind does that.
import Glibc

/// Exported by libswiftCore: see swift/Demangling/Demangle.h.
@_silgen_name("swift_demangle")
private func swiftDemangle(
    _ name: UnsafePointer<CChar>?, _ length: UInt, _ buffer: UnsafeMutablePointer<CChar>?,
    _ bufferSize: UnsafeMutablePointer<UInt>?, _ flags: UInt32
) -> UnsafeMutablePointer<CChar>?

public enum SymbolName {
    /// The readable form of a Swift symbol; every other name as it is.
    public static func demangled(_ name: String) -> String {
        guard name.hasPrefix("$s") || name.hasPrefix("$S") || name.hasPrefix("_$s") else {
            return name
        }
        // callgrind appends 'N to the Nth level of a recursion
        let quote = name.lastIndex(of: "'")
        let (symbol, level) = (name[..<(quote ?? name.endIndex)], name[(quote ?? name.endIndex)...])
        guard let readable = swiftDemangle(String(symbol), UInt(symbol.utf8.count), nil, nil, 0)
        else { return name }
        defer { free(readable) }
        return String(cString: readable) + level
    }
}
