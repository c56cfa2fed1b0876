// The value objects of Redis / Valkey 7.2 and Valkey 8.0 (`robj`).
//
//     0       4          8                 16
//     [type 4 │ encoding 4 │ LRU/LFU 24][reference count][pointer]   16 bytes
//     INT      the number is in the pointer field
//     EMBSTR   up to 44 bytes: the string follows the object in the same allocation, type-8 header;
//              16 + 3 + 44 + 1 = 64, one cache line and one size class
//     RAW      the pointer leads to a string in an allocation of its own
//
// The integers 0 to 9,999 are shared objects, made once per keyspace: an entry with such a value
// has no object of its own. They are a constant of the process, not of its contents, and so are not
// in the slab's accounts (the real servers have them before the first key, too).
//
// Credits: Redis' object.c (Salvatore Sanfilippo).
import RESP

struct StringObject: ValueObject {
    static let size = 16
    static let embeddedMax = 44

    enum Encoding {
        static let raw: UInt8 = 0
        static let integer: UInt8 = 1
        static let embedded: UInt8 = 8
    }

    let address: UnsafeMutableRawPointer

    /// Encoding in the high half of the first byte; the low half is the type, 0 for strings.
    var encoding: UInt8 { address.load(as: UInt8.self) &>> 4 }
    /// The 24 bits of LRU or LFU.
    var usage: UInt32 {
        get { address.load(as: UInt32.self) &>> 8 }
        nonmutating set {
            let low = address.load(as: UInt32.self) & 0xff
            address.storeBytes(of: low | newValue &<< 8, as: UInt32.self)
        }
    }
    private var string: UnsafeMutableRawPointer { address.loadPointer(8).unsafelyUnwrapped }
    private var integer: Int64 { address.load(fromByteOffset: 8, as: Int64.self) }

    /// Below the encoding: strings are 0 (`ValueType`).
    private static let typeMask: UInt8 = 0x0f

    /// It holds no string: see `CollectionObject`.
    var isCollection: Bool { address.load(as: UInt8.self) & Self.typeMask != 0 }

    /// One look at type and integer bit tells strings of bytes from all else.
    var view: ValueView? {
        let integerBit = Encoding.integer &<< 4
        let kind = address.load(as: UInt8.self) & (Self.typeMask | integerBit)
        if kind == 0 { return .bytes(SDS.bytes(string)) }
        return kind == integerBit ? .integer(integer) : nil
    }

    /// Bytes requested for the object itself, and for its string when that is separate.
    var sizes: (object: Int, string: Int?) {
        switch encoding {
        case Encoding.embedded: return (Self.embeddedSize(SDS.length(string)), nil)
        case Encoding.raw: return (Self.size, SDS.size(SDS.length(string)))
        // An integer, or a collection, which is freed apart.
        default: return (Self.size, nil)
        }
    }

    private static func embeddedSize(_ length: Int) -> Int {
        size &+ SDS.header8 &+ length &+ SDS.terminatorSize
    }

    fileprivate static func initialize(
        _ address: UnsafeMutableRawPointer, _ encoding: UInt8, integer: Int64
    ) {
        address.storeBytes(of: UInt32(encoding) &<< 4, as: UInt32.self)
        address.storeBytes(of: 1, toByteOffset: 4, as: UInt32.self)
        address.storeBytes(of: integer, toByteOffset: 8, as: Int64.self)
    }

    private static func initialize(
        _ address: UnsafeMutableRawPointer, _ encoding: UInt8, string: UnsafeMutableRawPointer
    ) {
        initialize(address, encoding, integer: Int64(Int(bitPattern: string)))
    }

    // MARK: Life of an object

    static func make(
        _ value: Bytes, _ slab: inout Slab, _ shared: borrowing SharedIntegers
    ) -> StringObject {
        // Canonical integers alone: GET returns the very bytes that were set.
        if let number = Decimal.parse(value) {
            if let object = shared[number] { return object }
            let address = slab.allocate(size)
            initialize(address, Encoding.integer, integer: number)
            return StringObject(address: address)
        }
        return makeText(value, isSeparate: value.count > embeddedMax, &slab)
    }

    /// An object for a collection, an integer until it has one; never a shared one.
    static func makeHolder(_ slab: inout Slab) -> StringObject {
        let address = slab.allocate(size)
        initialize(address, Encoding.integer, integer: 0)
        return StringObject(address: address)
    }

    private static func makeText(
        _ value: Bytes, isSeparate: Bool, _ slab: inout Slab
    ) -> StringObject {
        if !isSeparate {
            let address = slab.allocate(embeddedSize(value.count))
            let string = SDS.write(value, header: SDS.header8, at: address + size)
            initialize(address, Encoding.embedded, string: string)
            return StringObject(address: address)
        }
        let string = SDS.allocate(value, &slab)
        let address = slab.allocate(size)
        initialize(address, Encoding.raw, string: string)
        return StringObject(address: address)
    }

    /// The object to keep instead of this one, with the same value in another form.
    func reformed(
        _ value: Bytes, _ form: ValueForm, _ slab: inout Slab, _ shared: borrowing SharedIntegers
    ) -> StringObject {
        let isRight =
            switch form {
            case .compact: true
            case .text: encoding != Encoding.integer
            case .separate: encoding == Encoding.raw
            }
        if isRight { return self }
        let isSeparate = form == .separate || value.count > Self.embeddedMax
        let new = Self.makeText(value, isSeparate: isSeparate, &slab)
        free(&slab, shared)
        return new
    }

    var valueEncoding: ValueEncoding {
        switch encoding {
        case Encoding.integer: .integer
        case Encoding.embedded: .embedded
        default: .separate
        }
    }

    func append(_ suffix: Bytes, _ slab: inout Slab) -> Int? {
        guard encoding == Encoding.raw else { return nil }
        address.storePointer(SDS.append(string, suffix, &slab), 8)
        return SDS.length(string)
    }

    /// Asks for the string, if it has an allocation of its own.
    func prefetchString() {
        if encoding == Encoding.raw { prefetch(string) }
    }

    func free(_ slab: inout Slab, _ shared: borrowing SharedIntegers) {
        if shared.contains(self) { return }
        let sizes = sizes
        if sizes.string != nil { SDS.free(string, &slab) }
        slab.free(address, sizes.object)
    }

    /// The object to keep instead of this one for `value`: itself, overwritten, when the real
    /// servers' free and allocate would meet in the same size class anyway.
    func replaced(
        with value: Bytes, _ slab: inout Slab, _ shared: borrowing SharedIntegers
    ) -> StringObject {
        if encoding != Encoding.integer, Decimal.parse(value) == nil {
            if encoding == Encoding.embedded, value.count <= Self.embeddedMax {
                let old = Self.embeddedSize(SDS.length(string))
                if slab.resizeInPlace(from: old, to: Self.embeddedSize(value.count)) {
                    SDS.write(value, header: SDS.header8, at: address + Self.size)
                    return self
                }
            } else if encoding == Encoding.raw, value.count > Self.embeddedMax {
                address.storePointer(SDS.replace(string, with: value, &slab), 8)
                return self
            }
        }
        let new = Self.make(value, &slab, shared)
        free(&slab, shared)
        return new
    }
}

/// The objects of 0 to 9,999, outside the slab.
struct SharedIntegers: ~Copyable {
    static let count = 10_000
    private let base: UnsafeMutableRawPointer
    private let isShared: Bool

    /// - Parameter isShared: false makes an object per entry, as LRU and LFU need it.
    init(isShared: Bool = true) {
        self.isShared = isShared
        base = .allocate(byteCount: Self.count * StringObject.size, alignment: 16)
        for i in 0..<Self.count {
            StringObject.initialize(
                base + i * StringObject.size, StringObject.Encoding.integer, integer: Int64(i))
        }
    }

    deinit {
        base.deallocate()
    }

    subscript(number: Int64) -> StringObject? {
        guard isShared, number >= 0, number < Self.count else { return nil }
        return StringObject(address: base + Int(number) &* StringObject.size)
    }

    func contains(_ object: StringObject) -> Bool {
        let offset = UInt(bitPattern: object.address) &- UInt(bitPattern: base)
        return offset < UInt(Self.count * StringObject.size)
    }
}
