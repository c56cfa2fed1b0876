// The bytes of a binary, kept while anybody looks at them: a file that is mapped, or a copy of what
// a process has in its memory.
import Glibc

/// Read only and never changed by us; a file that somebody truncates meanwhile is what mmap(2)
/// cannot be guarded against, and linkers replace files instead.
package final class ImageBytes: @unchecked Sendable {
    let bytes: UnsafeRawBufferPointer
    /// Stays open: through /proc/PID/fd another program can read a file that has been deleted.
    let descriptor: CInt?

    /// Takes the descriptor over.
    package init?(descriptor: CInt) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size > 0,
            let start = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0),
            start != MAP_FAILED
        else {
            close(descriptor)
            return nil
        }
        bytes = UnsafeRawBufferPointer(start: start, count: Int(status.st_size))
        self.descriptor = descriptor
    }

    package init(_ copy: [UInt8]) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: copy.count, alignment: 16)
        memory.copyBytes(from: copy)
        bytes = UnsafeRawBufferPointer(memory)
        descriptor = nil
    }

    deinit {
        if let descriptor {
            munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
            close(descriptor)
        } else {
            bytes.deallocate()
        }
    }
}
