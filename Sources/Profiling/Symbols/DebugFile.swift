// Where distributions put what they strip from a binary: by its build id, beside it by the name
// that it keeps, or, of the names of functions alone, compressed in the binary itself
// (EmbeddedSymbols).
//
// Source: gdb's manual, Debugging Information in Separate Files.
import Glibc

package enum DebugFile {
    /// The global folder of gdb, binutils and all distributions.
    private static let folder = "/usr/lib/debug"

    /// The file with a binary's debug information, or with the names of its functions, if it is
    /// not the binary itself.
    /// - Parameter remarks: gets what could not be read, a sentence each.
    static func find(for binary: Binary, remarks: inout [String]) -> ELFFile? {
        if let file = separate(for: binary) { return file }
        return EmbeddedSymbols.read(from: binary, remarks: &remarks)
    }

    private static func separate(for binary: Binary) -> ELFFile? {
        if let digits = buildIDDigits(of: binary.file), digits.utf8.count > 2 {
            let path = "\(folder)/.build-id/\(digits.prefix(2))/\(digits.dropFirst(2)).debug"
            if let file = open(path) { return file }
        }
        guard let link = link(of: binary.file), !link.name.contains("/") else { return nil }
        let own = binary.path.split(separator: "/").dropLast().map { "/\($0)" }.joined()
        let places = [own, "\(own)/.debug", "\(folder)\(own)"]
        return places.lazy.compactMap { open("\($0)/\(link.name)") }.first { file in
            guard let id = buildID(of: binary.file) else {
                return checksum(of: file.image.bytes) == link.checksum
            }
            return buildID(of: file) == id
        }
    }

    /// The CRC-32 of Ethernet and zlib. Of a file without a build id, so seldom.
    private static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        var table: [UInt32] = []
        for byte in UInt32(0)..<256 {
            var sum = byte
            for _ in 0..<8 { sum = sum & 1 == 1 ? (sum >> 1) ^ 0xedb8_8320 : sum >> 1 }
            table.append(sum)
        }
        var sum = UInt32.max
        for byte in bytes { sum = (sum >> 8) ^ table[Int((sum ^ UInt32(byte)) & 0xff)] }
        return ~sum
    }

    private static func open(_ path: String) -> ELFFile? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        return ImageBytes(descriptor: descriptor).flatMap { ELFFile($0) }
    }

    /// NT_GNU_BUILD_ID.
    package static func buildID(of file: ELFFile) -> [UInt8]? {
        guard let section = file.section(".note.gnu.build-id"),
            let bytes = file.contents(section)
        else { return nil }
        var reader = ByteReader(bytes)
        let (nameSize, size, type) = (reader.u32(), reader.u32(), reader.u32())
        reader.skip((UInt64(nameSize) + 3) & ~3)
        let id = Array(reader.take(UInt64(size)))
        return type == 3 && !reader.isDamaged ? id : nil
    }

    /// The same as hexadecimal digits, two a byte.
    static func buildIDDigits(of file: ELFFile) -> String? {
        buildID(of: file)?.map { byte -> String in
            let text = String(byte, radix: 16)
            return text.count < 2 ? "0" + text : text
        }.joined()
    }

    /// Of .gnu_debuglink: the name of a file, and its checksum.
    package static func link(of file: ELFFile) -> (name: String, checksum: UInt32)? {
        guard let section = file.section(".gnu_debuglink"), let bytes = file.contents(section)
        else { return nil }
        var reader = ByteReader(bytes)
        let name = String(decoding: reader.string(), as: UTF8.self)
        // At the next multiple of 4.
        reader.skip(UInt64(-reader.position & 3))
        let checksum = reader.u32()
        return reader.isDamaged || name.isEmpty ? nil : (name, checksum)
    }
}
