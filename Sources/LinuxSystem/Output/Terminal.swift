// What standard output is, for whoever lays out what is printed there.
import CLinux
import Glibc

public enum Terminal {
    public static var isStandardOutput: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Columns of the terminal that standard output is; nil where it does not know them, or is
    /// none.
    public static var columns: Int? {
        let columns = Int(hashmark_terminal_columns(STDOUT_FILENO))
        return columns > 0 ? columns : nil
    }
}
