// One binary that samples fell into: its bytes, and the rules by which its frames are unwound.

final class Binary: Sendable {
    /// See `RawFrame`.
    let number: Int
    /// As the process mapped it; `[vdso]`.
    let path: String
    let file: ELFFile
    let table: UnwindTable

    init(number: Int, path: String, file: ELFFile) {
        self.number = number
        self.path = path
        self.file = file
        table = UnwindTable(file)
    }

    /// Without its folder, and without the kernel's mark of a file that is gone.
    var name: String {
        let path = path.hasSuffix(Self.deleted) ? path.dropLast(Self.deleted.count) : path[...]
        return path.split(separator: "/").last.map(String.init) ?? String(path)
    }

    /// What the kernel appends to the path of a file that has no name any more.
    static let deleted = " (deleted)"
}
