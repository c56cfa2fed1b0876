// A perf event with the ring that the kernel writes its records to.
//
//     | control page | data, a power of two of bytes |
//                      tail ≤ … ≤ head, both ever growing; records in between
//
// The kernel moves the head, we move the tail; what finds no room is dropped and counted by it.
//
// Source: perf_event_open(2), "MMAP layout".
import CPerf
import Glibc
import SystemPackage

final class PerfRing {
    private let descriptor: CInt
    private let page: UnsafeMutablePointer<perf_event_mmap_page>
    private let mapped: Int
    private let data: UnsafeMutableRawPointer
    private let size: Int
    private var tail: UInt64 = 0
    /// For a record that wraps around the end, and so that it is aligned.
    private let scratch: UnsafeMutableRawBufferPointer

    /// A record's size is 16 bits.
    private static let mostRecord = 1 << 16

    /// Takes the descriptor over. - Parameter bytes: a power of two.
    init(descriptor: CInt, bytes: Int) throws(Errno) {
        let pageSize = Int(getpagesize())
        mapped = pageSize + bytes
        guard let start = mmap(nil, mapped, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            start != MAP_FAILED
        else {
            let code = errno
            close(descriptor)
            throw Errno(rawValue: code)
        }
        self.descriptor = descriptor
        page = start.assumingMemoryBound(to: perf_event_mmap_page.self)
        data = start + pageSize
        size = bytes
        scratch = .allocate(byteCount: Self.mostRecord, alignment: 8)
    }

    deinit {
        munmap(page, mapped)
        close(descriptor)
        scratch.deallocate()
    }

    func enable() { _ = hashmark_perf_enable(descriptor) }
    func disable() { _ = hashmark_perf_disable(descriptor) }

    /// Hands over every record there is, each valid during its call alone, and makes room for more.
    func drain(_ body: (_ type: UInt32, _ misc: UInt16, UnsafeRawBufferPointer) -> Void) {
        let head = hashmark_perf_head(page)
        while head &- tail >= 8 {
            let offset = Int(tail % UInt64(size))
            // Records are multiples of 8 bytes: a header never wraps.
            let header = (data + offset).loadUnaligned(as: perf_event_header.self)
            let length = Int(header.size)
            guard length >= 8, UInt64(length) <= head &- tail else {
                tail = head
                break
            }
            let record: UnsafeRawBufferPointer
            if offset + length <= size {
                record = UnsafeRawBufferPointer(start: data + offset, count: length)
            } else {
                let first = size - offset
                let to = scratch.baseAddress!
                to.copyMemory(from: data + offset, byteCount: first)
                (to + first).copyMemory(from: data, byteCount: length - first)
                record = UnsafeRawBufferPointer(start: to, count: length)
            }
            body(header.type, header.misc, UnsafeRawBufferPointer(rebasing: record.dropFirst(8)))
            tail &+= UInt64(length)
            hashmark_perf_release(page, tail)
        }
        hashmark_perf_release(page, tail)
    }
}
