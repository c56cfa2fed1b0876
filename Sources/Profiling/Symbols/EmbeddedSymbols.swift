// The names of functions that a stripped binary carries with it, as Fedora's and Red Hat's do: an
// ELF file with a .symtab and little else, compressed by xz, in the section .gnu_debugdata.
//
// xz unpacks it where it is installed: a program that servers' machines have, and no library of
// ours.
//
// Source: gdb's manual, Debugging information in a special section ("MiniDebugInfo").
import Glibc
import LinuxSystem

enum EmbeddedSymbols {
    private static let program = "xz"
    /// Seconds of a slow machine for the largest.
    private static let patience = 20_000
    /// In the blocks of 512 bytes that sh counts: 256 MiB, far more than names take, so that no
    /// section that was made to unpack without end fills the disk.
    private static let mostBlocks = 1 << 19

    /// Nil where there are none, or none that can be read: then `remarks` says why.
    static func read(from binary: Binary, remarks: inout [String]) -> ELFFile? {
        guard let section = binary.file.section(".gnu_debugdata"),
            let packed = binary.file.contents(section), !packed.isEmpty
        else { return nil }
        let prefix = "functions of \(binary.name) have no names: "
        guard Tool.path(of: program) != nil else {
            remarks.append(
                prefix + "they are compressed in it, and there is no xz; install xz-utils")
            return nil
        }
        guard let file = unpacked(packed) else {
            remarks.append(prefix + "what is compressed in it (.gnu_debugdata) is damaged")
            return nil
        }
        return file
    }

    private static func unpacked(_ bytes: UnsafeRawBufferPointer) -> ELFFile? {
        guard let folder = try? ScratchFolder("hashmark-symbols") else { return nil }
        defer { folder.remove() }
        let path = "\(folder.path)/symbols"
        guard write(bytes, to: "\(path).xz") else { return nil }
        // Read by us through the descriptor, also when the folder is gone.
        let line = "ulimit -f \(mostBlocks); exec \(program) --decompress \"$0\""
        guard
            let output = try? Tool.run(["sh", "-c", line, "\(path).xz"], milliseconds: patience),
            output.succeeded
        else { return nil }
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        return ImageBytes(descriptor: descriptor).flatMap { ELFFile($0) }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to path: String) -> Bool {
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return writeAll(bytes, to: descriptor) == nil
    }
}
