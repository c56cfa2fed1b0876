// The kernel's functions by address, from /proc/kallsyms: 50 ms for its 200,000 lines, once. A
// reader without rights gets zeros for addresses, and then there are no names.
import LinuxSystem

package struct KernelSymbols: Sendable {
    private struct Symbol {
        var address: UInt64
        /// Its name's place in `text`.
        var name: Int
    }

    private var symbols: [Symbol] = []
    private let text: [UInt8]

    /// This kernel's.
    static let current = KernelSymbols(SmallFile.bytes("/proc/kallsyms") ?? [])

    /// - Parameter text: lines of `address type name`, and a tab and `[module]` for a module's.
    package init(_ text: [UInt8]) {
        self.text = text
        var found: [Symbol] = []
        text.withUnsafeBufferPointer { text in
            var start = 0
            while start < text.count {
                var end = start
                while end < text.count, text[end] != Self.newline { end += 1 }
                if let symbol = Self.symbol(text, start, end) { found.append(symbol) }
                start = end + 1
            }
        }
        found.sort { $0.address < $1.address }
        symbols = found
    }

    private static let newline = UInt8(ascii: "\n")
    /// Ends a name; a module's follows.
    private static let tab = UInt8(ascii: "\t")

    /// Nil for data, and for an address of 0, which is a hidden one.
    private static func symbol(
        _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int
    ) -> Symbol? {
        var (address, index): (UInt64, Int) = (0, start)
        while index < end, let digit = digit(text[index]) {
            address = address << 4 | digit
            index += 1
        }
        guard address != 0, index + 3 < end else { return nil }
        // " t " of text, "w" of weak text, in capitals where they are exported
        let type = text[index + 1] | 0x20
        guard type == UInt8(ascii: "t") || type == UInt8(ascii: "w") else { return nil }
        return Symbol(address: address, name: index + 3)
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case 0x30...0x39: UInt64(byte - 0x30)
        case 0x61...0x66: UInt64(byte - 0x61 + 10)
        default: nil
        }
    }

    package var isEmpty: Bool { symbols.isEmpty }

    package func name(at address: UInt64) -> String? {
        var (low, high) = (0, symbols.count)
        while low < high {
            let middle = (low + high) / 2
            if symbols[middle].address <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let name = text[symbols[low - 1].name...].prefix { $0 != Self.newline && $0 != Self.tab }
        return String(decoding: name, as: UTF8.self)
    }
}
