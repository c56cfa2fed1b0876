// What the readers of traces use of LinuxSystem, without what that needs: Scripts/fuzz-readers
// compiles this under that module's name (no part of the package).
import Glibc

public enum IOResult {
    case bytes(Int)
    case wouldBlock
    case failed(CInt)
}

public func read(
    _ descriptor: CInt, into buffer: UnsafeMutableRawPointer, _ count: Int
) -> IOResult {
    let result = Glibc.read(descriptor, buffer, count)
    return result >= 0 ? .bytes(result) : .failed(errno)
}

public enum SmallFile {
    /// The bytes of `path`, or nil; no more than one above `most` of them.
    public static func bytes(_ path: String, atMost most: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: min(most + 1, 1 << 20))
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { return nil }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
