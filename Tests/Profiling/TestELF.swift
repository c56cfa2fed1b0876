// ELF files and call frame information made by hand, from the documents and not by the code that
// reads them.

/// Call frame records, which grow.
struct TestFrames {
    private(set) var bytes: [UInt8] = []
    /// Of the section's first byte.
    let address: Int

    init(at address: Int = TestELF.framesAddress) { self.address = address }

    static func u32(_ value: Int) -> [UInt8] {
        withUnsafeBytes(of: Int32(truncatingIfNeeded: value).littleEndian) { Array($0) }
    }

    /// Pads a record to a multiple of 8 with nops, and puts its length before it.
    private mutating func append(_ body: [UInt8]) {
        var body = body
        while (body.count + 4) % 8 != 0 { body.append(0) }
        bytes += Self.u32(body.count) + body
    }

    /// - Returns: where it lies, for its functions.
    mutating func common(
        _ augmentation: String, code: UInt8, data: UInt8, returnAddress: UInt8,
        _ instructions: [UInt8]
    ) -> Int {
        let start = bytes.count
        var body = Self.u32(0)
        body += [1]
        body += Array(augmentation.utf8) + [0]
        body += [code, data, returnAddress]
        // Addresses are 4 bytes, signed, from where they stand.
        body += [1, 0x1b]
        append(body + instructions)
        return start
    }

    /// x86-64's, as compilers write it: CFA = rsp + 8, the return address below it.
    mutating func x86Common(signal: Bool = false) -> Int {
        common(
            signal ? "zRS" : "zR", code: 1, data: 0x78, returnAddress: 16,
            [0x0c, 7, 8, 0x80 | 16, 1])
    }

    mutating func function(_ common: Int, _ start: Int, _ size: Int, _ instructions: [UInt8]) {
        let link = bytes.count + 4
        var body = Self.u32(link - common)
        body += Self.u32(start - (address + link + 4))
        body += Self.u32(size)
        body += [0]
        append(body + instructions)
    }
}

enum TestELF {
    static let framesAddress = 0x2000

    /// A file with code from 0x1000 to 0x2000, and .eh_frame and .symtab after it.
    /// - Parameter symbols: names by address, each of a function of so many bytes.
    static func bytes(
        _ frames: TestFrames, symbols: [(name: String, address: Int, size: Int)] = []
    ) -> [UInt8] {
        func number(_ value: Int, _ bytes: Int) -> [UInt8] {
            (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        var file = [UInt8](repeating: 0, count: framesAddress)
        file += frames.bytes + [0, 0, 0, 0]
        let framesEnd = file.count
        var names: [UInt8] = [0]
        var table = [UInt8](repeating: 0, count: 24)
        for symbol in symbols {
            table += number(names.count, 4) + [0x12, 0] + number(1, 2)
            table += number(symbol.address, 8) + number(symbol.size, 8)
            names += Array(symbol.name.utf8) + [0]
        }
        let tableAt = file.count
        file += table
        let namesAt = file.count
        file += names
        let sectionNames = "\0.eh_frame\0.symtab\0.strtab\0.shstrtab\0"
        let sectionNamesAt = file.count
        file += Array(sectionNames.utf8)
        let headersAt = file.count
        func section(
            _ name: Int, _ type: Int, _ address: Int, _ offset: Int, _ size: Int, _ link: Int
        ) -> [UInt8] {
            number(name, 4) + number(type, 4) + number(2, 8) + number(address, 8)
                + number(offset, 8) + number(size, 8) + number(link, 4) + number(0, 4 + 8 + 8)
        }
        file += [UInt8](repeating: 0, count: 64)
        file += section(1, 1, framesAddress, framesAddress, framesEnd - framesAddress, 0)
        file += section(11, 2, 0, tableAt, table.count, 3)
        file += section(19, 3, 0, namesAt, names.count, 0)
        file += section(27, 3, 0, sectionNamesAt, sectionNames.utf8.count, 0)
        // The header: a shared object for x86-64, a segment of everything at address 0.
        var header: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + number(0, 9)
        header += number(3, 2) + number(62, 2) + number(1, 4) + number(0, 8)
        header += number(64, 8) + number(headersAt, 8) + number(0, 4)
        header += number(64, 2) + number(56, 2) + number(1, 2)
        header += number(64, 2) + number(5, 2) + number(4, 2)
        header += number(1, 4) + number(5, 4) + number(0, 8) + number(0, 8) + number(0, 8)
        header += number(file.count, 8) + number(file.count, 8) + number(4_096, 8)
        file.replaceSubrange(0..<header.count, with: header)
        return file
    }
}
