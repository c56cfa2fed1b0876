// The kernel's functions by address, from /proc/kallsyms: 50 ms for its 200,000 lines, once. A
// reader without rights gets zeros for addresses, and then there are no names.
import LinuxSystem

struct KernelSymbols: Sendable {
    private var addresses: [UInt64] = []
    /// Places of names in `text`.
    private var names: [Range<Int>] = []
    private let text: [UInt8]

    /// This kernel's.
    static let current = KernelSymbols(SmallFile.bytes("/proc/kallsyms") ?? [])

    /// - Parameter text: lines of `address type name`, and a tab and `[module]` for a module's.
    init(_ text: [UInt8]) {
        self.text = text
        var found: [(address: UInt64, name: Range<Int>)] = []
        var start = 0
        while start < text.count {
            let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
            if let line = Self.line(text[start..<end]) { found.append(line) }
            start = end + 1
        }
        found.sort { $0.address < $1.address }
        addresses = found.map(\.address)
        names = found.map(\.name)
    }

    /// Nil for data, and for an address of 0, which is a hidden one.
    private static func line(_ line: ArraySlice<UInt8>) -> (address: UInt64, name: Range<Int>)? {
        var address: UInt64 = 0
        var index = line.startIndex
        while index < line.endIndex, let digit = Self.digit(line[index]) {
            address = address << 4 | digit
            index += 1
        }
        // " t " of text, "w" of weak text
        guard address != 0, index + 3 < line.endIndex, [0x74, 0x77].contains(line[index + 1] | 0x20)
        else { return nil }
        let name = index + 3
        let end = line[name...].firstIndex(of: UInt8(ascii: "\t")) ?? line.endIndex
        return (address, name..<end)
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case 0x30...0x39: UInt64(byte - 0x30)
        case 0x61...0x66: UInt64(byte - 0x61 + 10)
        default: nil
        }
    }

    var isEmpty: Bool { addresses.isEmpty }

    func name(at address: UInt64) -> String? {
        var (low, high) = (0, addresses.count)
        while low < high {
            let middle = (low + high) / 2
            if addresses[middle] <= address { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? String(decoding: text[names[low - 1]], as: UTF8.self) : nil
    }
}
