// Input buffers, lent to connections while they have bytes that wait for execution. The one given
// back last is lent first: it is warm. Idle connections hold none, so memory follows activity.

//
// Buffers are C heap memory: a large value makes one grow, and realloc moves pages, not bytes.
import Glibc

struct BufferPool: ~Copyable {
    /// A pipeline of 64 SETs of 256-byte values fits one read.
    static let size = 32 * 1024
    /// More than this many idle buffers (16 MiB) go back to the allocator.
    private static let kept = 512

    private let idle: UnsafeMutablePointer<UnsafeMutableRawPointer>
    private var count = 0

    init() { idle = .allocate(capacity: Self.kept) }

    deinit {
        for index in 0..<count { free(idle[index]) }
        idle.deallocate()
    }

    @inline(__always)
    mutating func take() -> UnsafeMutableRawPointer {
        guard count > 0 else { return Self.allocate() }
        count &-= 1
        return idle[count]
    }

    private static func allocate() -> UnsafeMutableRawPointer {
        guard let buffer = malloc(size) else { fatalError("out of memory for an input buffer") }
        return buffer
    }

    /// Gives an eighth of the idle buffers back: called at every tick, the pool follows the load.
    mutating func shrink() {
        for _ in 0..<(count / 8) {
            count &-= 1
            free(idle[count])
        }
    }

    /// A buffer of `capacity` bytes with the contents of `buffer`, which it replaces.
    static func grow(_ buffer: UnsafeMutableRawPointer?, to capacity: Int)
        -> UnsafeMutableRawPointer
    {
        guard let grown = realloc(buffer, capacity) else {
            fatalError("out of memory for an input buffer of \(capacity) bytes")
        }
        return grown
    }

    /// - Parameter capacity: what the buffer has grown to; grown ones are not kept.
    @inline(__always)
    mutating func giveBack(_ buffer: UnsafeMutableRawPointer, capacity: Int) {
        if capacity == Self.size && count < Self.kept {
            (idle + count).initialize(to: buffer)
            count &+= 1
        } else {
            free(buffer)
        }
    }
}
