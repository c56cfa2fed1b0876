// The arguments of parsed requests: addresses and lengths into a connection's input buffer, in one
// vector that is reused for every batch. Nothing is copied and nothing is counted by reference.
//
// Invariant: an argument is valid until the buffer it points into is read into again or released;
// the owner of both executes all requests of a batch before that.

/// One argument of a request, lying in an input buffer.
public struct Argument {
    public let base: UnsafeMutableRawPointer
    public let count: Int

    @inline(__always)
    public init(_ base: UnsafeMutableRawPointer, _ count: Int) {
        self.base = base
        self.count = count
    }

    @inline(__always)
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// A copy, for cold commands.
    public var string: String { String(decoding: bytes, as: UTF8.self) }

    /// The canonical decimal it spells, as real servers read integers: no sign but `-`, no blanks,
    /// no leading zeros, within 64 bits.
    @inline(__always)
    public var integer: Int64? { Decimal.parse(UnsafeRawPointer(base), count) }

    /// Whether it spells `word` (lower case, letters only), in any case.
    @inline(__always)
    public func isWord(_ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        let expected = word.utf8Start
        for index in 0..<count {
            // For a letter, `| 0x20` is equal for its two cases and for nothing else.
            if base.load(fromByteOffset: index, as: UInt8.self) | 0x20 != expected[index] {
                return false
            }
        }
        return true
    }
}

/// A growing vector of arguments.
public struct ArgumentVector: ~Copyable {
    private var storage: UnsafeMutablePointer<Argument>
    private var capacity: Int
    public private(set) var count = 0

    /// 64 requests of three arguments with room to spare: most batches never grow it.
    private static let initialCapacity = 256
    /// What a rare request with very many arguments made it grow to is given back above this.
    private static let keptCapacity = 16_384

    public init() {
        capacity = Self.initialCapacity
        storage = .allocate(capacity: capacity)
    }

    deinit { storage.deallocate() }

    @inline(__always)
    public subscript(_ index: Int) -> Argument { storage[index] }

    /// Appends an argument, whose bytes are not copied.
    @inline(__always)
    public mutating func append(_ argument: Argument) {
        if count == capacity { grow() }
        (storage + count).initialize(to: argument)
        count &+= 1
    }

    /// `count` arguments from `start` on; valid until the vector grows or is emptied.
    public func slice(_ start: Int, _ count: Int) -> UnsafeBufferPointer<Argument> {
        UnsafeBufferPointer(start: storage + start, count: count)
    }

    /// Forgets all arguments from `index` on.
    @inline(__always)
    public mutating func truncate(to index: Int) { count = index }

    /// Forgets all arguments.
    @inline(__always)
    public mutating func removeAll() {
        count = 0
        if capacity > Self.keptCapacity { shrink() }
    }

    @inline(never)
    private mutating func grow() { move(to: capacity * 2) }

    @inline(never)
    private mutating func shrink() { move(to: Self.initialCapacity) }

    private mutating func move(to newCapacity: Int) {
        let moved = UnsafeMutablePointer<Argument>.allocate(capacity: newCapacity)
        moved.moveInitialize(from: storage, count: count)
        storage.deallocate()
        storage = moved
        capacity = newCapacity
    }
}
