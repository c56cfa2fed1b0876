// The functions of a binary by address: .symtab and .dynsym, its own and those of a file of debug
// information beside it. What neither names has the start of its function as its name.
//
// Source: the ELF-64 object file format, version 1.5, section 7.

package struct SymbolTable: Sendable {
    private struct Symbol {
        var address: UInt64
        var size: UInt64
        /// Index of the table of strings, and the name's place in it.
        var strings: Int
        var name: UInt32
        /// Of several names of one address the first in this order is taken: functions before
        /// labels, those that others may call before local ones, `write` before `__write`.
        var rank: Int
    }

    private var symbols: [Symbol] = []
    /// Each with the file that it lies in.
    private var strings: [(file: ELFFile, section: ELFFile.Section)] = []

    /// SHT_SYMTAB and SHT_DYNSYM.
    private static let tables: Set<UInt32> = [2, 11]

    package init(_ files: [ELFFile]) {
        for file in files {
            for section in file.sections.filter({ Self.tables.contains($0.type) }).prefix(2) {
                add(section, of: file)
            }
        }
        symbols.sort { ($0.address, $0.rank, $0.name) < ($1.address, $1.rank, $1.name) }
        var last: UInt64?
        symbols.removeAll { symbol in
            defer { last = symbol.address }
            return symbol.address == last
        }
    }

    private mutating func add(_ section: ELFFile.Section, of file: ELFFile) {
        guard let bytes = file.contents(section), Int(section.link) < file.sections.count,
            let names = file.contents(file.sections[Int(section.link)])
        else { return }
        strings.append((file, file.sections[Int(section.link)]))
        // A symbol is 24 bytes: name u32, info u8, other u8, section u16, value u64, size u64.
        for index in 0..<(bytes.count / 24) {
            var reader = ByteReader(bytes, at: UInt64(index * 24))
            let (name, info) = (reader.u32(), reader.u8())
            reader.skip(1)
            let (place, address, size) = (reader.u16(), reader.u64(), reader.u64())
            // Defined ones that are functions, or labels of assembly.
            let (type, binding) = (info & 0xf, info >> 4)
            guard place != 0, address != 0, name != 0, type == 2 || type == 10 || type == 0 else {
                continue
            }
            let underscores = names.dropFirst(Int(name)).prefix(3).prefix { $0 == 0x5f }.count
            symbols.append(
                Symbol(
                    address: address, size: size, strings: strings.count - 1, name: name,
                    rank: (type == 0 ? 8 : 0) + (binding == 0 ? 4 : 0) + underscores))
        }
    }

    /// The name, as the linker has it, of the function around an address.
    package func name(at address: UInt64) -> String? {
        var (low, high) = (0, symbols.count)
        while low < high {
            let middle = (low + high) / 2
            if symbols[middle].address <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let symbol = symbols[low - 1]
        // Assembly without a size goes on up to the next.
        guard symbol.size == 0 || address &- symbol.address < symbol.size else { return nil }
        let (file, section) = strings[symbol.strings]
        guard let bytes = file.contents(section) else { return nil }
        var reader = ByteReader(bytes, at: UInt64(symbol.name))
        let name = reader.string()
        return reader.isDamaged || name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
    }
}
