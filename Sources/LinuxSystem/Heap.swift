// The C heap as a whole.
import CLinux

public enum Heap {
    /// Gives free memory back to the system; walks the heap, so rarely.
    public static func trim() { malloc_trim(0) }
}
