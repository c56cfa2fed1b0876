// Terminals that output goes to, for whoever lays out what is printed there.
import CLinux
import Glibc

public enum Terminal {
    public static var isStandardOutput: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Columns of the terminal that standard output is; nil where it does not know them, or is
    /// none.
    public static var columns: Int? { columns(of: STDOUT_FILENO) }

    static func columns(of fd: CInt) -> Int? {
        let columns = Int(hashmark_terminal_columns(fd))
        return columns > 0 ? columns : nil
    }
}
