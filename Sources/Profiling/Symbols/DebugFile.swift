// Where distributions put what they strip from a binary: by its build id, or beside it by the name
// that it keeps.
//
// Source: gdb's manual, Debugging Information in Separate Files.
import Glibc

package enum DebugFile {
    /// The global folder of gdb, binutils and all distributions.
    private static let folder = "/usr/lib/debug"

    /// The file with a binary's debug information, if it is not the binary itself.
    static func find(for binary: Binary) -> ELFFile? {
        if let id = buildID(of: binary.file), id.count > 1 {
            let digits = id.map { byte in
                let text = String(byte, radix: 16)
                return text.count < 2 ? "0" + text : text
            }
            let path = "\(folder)/.build-id/\(digits[0])/\(digits.dropFirst().joined()).debug"
            if let file = open(path) { return file }
        }
        guard let name = linkedName(of: binary.file), !name.contains("/") else { return nil }
        let own = binary.path.split(separator: "/").dropLast().map { "/\($0)" }.joined()
        return ["\(own)/\(name)", "\(own)/.debug/\(name)", "\(folder)\(own)/\(name)"].lazy
            .compactMap { open($0) }
            .first { buildID(of: $0) == buildID(of: binary.file) }
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
        reader.skip(UInt64(nameSize) + 3 & ~3)
        let id = Array(reader.take(UInt64(size)))
        return type == 3 && !reader.isDamaged ? id : nil
    }

    /// Of .gnu_debuglink: the name of a file, and its checksum, which is not looked at: build ids
    /// are compared instead.
    package static func linkedName(of file: ELFFile) -> String? {
        guard let section = file.section(".gnu_debuglink"), let bytes = file.contents(section)
        else { return nil }
        var reader = ByteReader(bytes)
        let name = String(decoding: reader.string(), as: UTF8.self)
        return reader.isDamaged || name.isEmpty ? nil : name
    }
}
