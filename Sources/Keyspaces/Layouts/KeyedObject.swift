// The entries of Valkey's hashtable: one object that holds the key, the expiry and mostly the
// value.
//
//     0                     8                16
//     [type 4│enc 4│LRU 24 ┊ flags│refcount][pointer 8][expiry 8][k][key sds][value sds]
//                                            └─ each only where its flag is set ──────┘
//     k          size of the key's header, 1 byte; the key's string follows, NUL included
//     pointer    INT: the number; RAW: the address of a string in its own allocation
//     value      EMBSTR: a string with a type-8 header right behind the key
//
// A value is embedded when everything together, the expiry included, fits `embedLimit`, or when it
// did without an expiry and the size class has room for one. What differs between releases is a
// value of this struct: up to 9.0 the pointer is always there (it leads to the embedded string) and
// the limit is a cache line; from 9.1 on an embedded value replaces the pointer and is at least 8
// bytes long, so that it can be un-embedded where it is.
//
// Invariants: the flags describe the block completely (`size` and `valueString` need nothing else);
// an embedded value implies a shape that `embeds`.
//
// Credits: Valkey's object.c and server.h (Viktor Söderqvist and contributors).

struct KeyedObjectLayout {
    /// Largest block with an embedded value, as the servers reckon it (`reckonedSize`).
    let embedLimit: Int
    /// Whether the reckoning takes every key's header to be one byte, which it is below 32 bytes.
    let reckonsShortHeader: Bool
    /// Embedded values take at least this much, header and terminator included.
    let embeddedValueMin: Int
    /// Whether the pointer stays when the value is embedded.
    let keepsPointer: Bool
    /// Longest value that a request's argument embeds in an object without a key: two objects that
    /// both do not are updated in place.
    let argumentEmbedMax: Int

    /// Keys from here on have room for an expiry from the start, because moving them is dear.
    static let expiryReserveKeyLength = 128

    /// The pointer stays; a whole object fits one cache line.
    static let valkey81 = KeyedObjectLayout(
        embedLimit: 64, reckonsShortHeader: true, embeddedValueMin: 0, keepsPointer: true,
        argumentEmbedMax: 44)
    static let valkey91 = KeyedObjectLayout(
        embedLimit: 128, reckonsShortHeader: false, embeddedValueMin: 8, keepsPointer: false,
        argumentEmbedMax: 116)

    /// What decides the layout of one object.
    struct Shape: Equatable {
        var keyLength: Int
        var hasExpiry: Bool
        /// Length of the value if it is embedded.
        var embedded: Int?
    }

    func hasPointer(_ shape: Shape) -> Bool {
        keepsPointer || shape.embedded == nil
    }

    /// Bytes to request for an object of `shape`.
    func size(_ shape: Shape) -> Int {
        let header = SDS.embeddedHeaderSize(shape.keyLength)
        var size = KeyedObject.headerSize &+ (hasPointer(shape) ? 8 : 0)
        size = size &+ (shape.hasExpiry ? 8 : 0) &+ 1 &+ header &+ shape.keyLength
        size = size &+ SDS.terminatorSize
        if let length = shape.embedded { size = size &+ embeddedSize(length) }
        return size
    }

    func embeddedSize(_ length: Int) -> Int {
        max(SDS.header8 &+ length &+ SDS.terminatorSize, embeddedValueMin)
    }

    /// What the servers hold against the limit: the bytes of an object with an embedded value of
    /// `valueLength`, but without what pads a short one, and in 8.1 without the two bytes that the
    /// header of a key of 32 bytes or more has over a shorter one's (object.c).
    private func reckonedSize(keyLength: Int, hasExpiry: Bool, valueLength: Int) -> Int {
        let header = reckonsShortHeader ? 1 : SDS.embeddedHeaderSize(keyLength)
        let fixed = KeyedObject.headerSize &+ (keepsPointer ? 8 : 0) &+ (hasExpiry ? 8 : 0)
        let key = 1 &+ header &+ keyLength &+ SDS.terminatorSize
        return fixed &+ key &+ SDS.header8 &+ valueLength &+ SDS.terminatorSize
    }

    /// Whether an object of `shape` has its embedded value rightly.
    /// - Parameter isRewrite: the object was made with its time, which replaces an older object's;
    ///   a time that is set on a finished object may also use what its size class leaves over.
    func embeds(_ shape: Shape, _ quantum: SizeClasses.Quantum, isRewrite: Bool = false) -> Bool {
        guard let length = shape.embedded else { return false }
        func fits(_ hasExpiry: Bool) -> Bool {
            reckonedSize(keyLength: shape.keyLength, hasExpiry: hasExpiry, valueLength: length)
                <= embedLimit
        }
        if fits(shape.hasExpiry) { return true }
        guard shape.hasExpiry, !isRewrite, fits(false) else { return false }
        var plain = shape
        plain.hasExpiry = false
        return size(shape) <= SizeClasses.size(for: size(plain), quantum)
    }

    /// The shape for a value that is not an integer: embedded if the servers would.
    func shape(
        keyLength: Int, hasExpiry: Bool, valueLength: Int, _ quantum: SizeClasses.Quantum,
        isRewrite: Bool
    ) -> Shape {
        var shape = Shape(keyLength: keyLength, hasExpiry: hasExpiry, embedded: valueLength)
        if !embeds(shape, quantum, isRewrite: isRewrite) { shape.embedded = nil }
        return shape
    }
}

/// One object, by its address.
struct KeyedObject: ValueObject {
    static let headerSize = 8
    static let noExpiry: Int64 = -1

    private enum Flag {
        // Above the 4 bits of type, 4 of encoding and 24 of LRU; the reference count is above
        // these.
        static let expiry: UInt64 = 1 << 32
        static let key: UInt64 = 1 << 33
        static let embeddedValue: UInt64 = 1 << 34
        static let pointer: UInt64 = 1 << 35
        static let oneReference: UInt64 = 1 << 36
    }

    private enum Encoding {
        static let raw: UInt64 = 0 << 4
        static let integer: UInt64 = 1 << 4
        static let embedded: UInt64 = 8 << 4
        static let mask: UInt64 = 0xf0
        /// Below the encoding: strings are 0 (`ValueType`).
        static let type: UInt64 = 0x0f
    }

    let address: UnsafeMutableRawPointer

    private var header: UInt64 {
        get { address.load(as: UInt64.self) }
        nonmutating set { address.storeBytes(of: newValue, as: UInt64.self) }
    }

    /// The 24 bits of LRU or LFU.
    var usage: UInt32 {
        get { UInt32(truncatingIfNeeded: header) &>> 8 }
        nonmutating set { header = header & ~0xffff_ff00 | UInt64(newValue) &<< 8 }
    }

    var hasExpiry: Bool { header & Flag.expiry != 0 }
    var isEmbedded: Bool { header & Flag.embeddedValue != 0 }
    var hasSeparateValue: Bool { !isEmbedded && !isInteger }
    /// It holds no string: see `CollectionObject`.
    var isCollection: Bool { header & Encoding.type != 0 }
    var isInteger: Bool { header & Encoding.mask == Encoding.integer }

    // The flags are turned into offsets by shifts: a branch on them would be mispredicted wherever
    // entries with and without an expiry are mixed.
    private func expiryOffset(_ header: UInt64) -> Int {
        8 &+ Int(truncatingIfNeeded: header &>> 35 & 1) &<< 3
    }

    private func keyHeaderOffset(_ header: UInt64) -> Int {
        expiryOffset(header) &+ Int(truncatingIfNeeded: header &>> 32 & 1) &<< 3
    }

    /// The key's string.
    @inline(__always)
    var keyString: UnsafeMutableRawPointer {
        let offset = keyHeaderOffset(header)
        let size = address.load(fromByteOffset: offset, as: UInt8.self)
        return address + (offset &+ 1 &+ Int(size))
    }

    var key: Bytes { SDS.bytes(keyString) }

    /// Unix ms, or `noExpiry`.
    var expiry: Int64 {
        let header = header
        guard header & Flag.expiry != 0 else { return Self.noExpiry }
        return address.load(fromByteOffset: expiryOffset(header), as: Int64.self)
    }

    /// Only for an object with the field.
    func setExpiry(_ time: Int64) {
        address.storeBytes(of: time, toByteOffset: expiryOffset(header), as: Int64.self)
    }

    /// The value's string, embedded or not; not for integers.
    @inline(__always)
    var valueString: UnsafeMutableRawPointer {
        guard isEmbedded else { return address.loadPointer(8).unsafelyUnwrapped }
        let key = keyString
        return key + (SDS.length(key) &+ SDS.terminatorSize &+ SDS.header8)
    }

    /// The pointer field: a number or the address of a string.
    var word: Int64 {
        get { address.load(fromByteOffset: 8, as: Int64.self) }
        nonmutating set { address.storeBytes(of: newValue, toByteOffset: 8, as: Int64.self) }
    }

    /// One look at type and integer bit tells strings of bytes from all else.
    @inline(__always)
    var view: ValueView? {
        let kind = header & (Encoding.type | Encoding.integer)
        if kind == 0 { return .bytes(SDS.bytes(valueString)) }
        return kind == Encoding.integer ? .integer(word) : nil
    }

    var shape: KeyedObjectLayout.Shape {
        KeyedObjectLayout.Shape(
            keyLength: SDS.length(keyString), hasExpiry: hasExpiry,
            embedded: isEmbedded ? SDS.length(valueString) : nil)
    }

    var valueEncoding: ValueEncoding {
        isInteger ? .integer : isEmbedded ? .embedded : .separate
    }

    /// Bytes of the separate value string, if there is one.
    var separateSize: Int? {
        isEmbedded || isInteger || isCollection ? nil : SDS.size(SDS.length(valueString))
    }

    /// Writes everything but the value: header, expiry (if the shape has one) and key.
    func initialize(
        _ shape: KeyedObjectLayout.Shape, _ layout: KeyedObjectLayout, key: Bytes, expiry: Int64
    ) {
        var header = Flag.key | Flag.oneReference
        if shape.hasExpiry { header |= Flag.expiry }
        if layout.hasPointer(shape) { header |= Flag.pointer }
        if shape.embedded != nil { header |= Flag.embeddedValue | Encoding.embedded }
        self.header = header
        if shape.hasExpiry { setExpiry(expiry) }
        let offset = keyHeaderOffset(header)
        let keyHeader = SDS.embeddedHeaderSize(shape.keyLength)
        address.storeBytes(of: UInt8(keyHeader), toByteOffset: offset, as: UInt8.self)
        SDS.write(key, header: keyHeader, at: address + (offset &+ 1))
    }

    func setEmbedded(_ value: Bytes) {
        let string = valueString
        SDS.write(value, header: SDS.header8, at: string - SDS.header8)
        if header & Flag.pointer != 0 { address.storePointer(string, 8) }
    }

    func setInteger(_ number: Int64) {
        header = header & ~Encoding.mask | Encoding.integer
        word = number
    }

    func setString(_ string: UnsafeMutableRawPointer) {
        header = header & ~Encoding.mask | Encoding.raw
        address.storePointer(string, 8)
    }

    /// Takes over what another object without an embedded value has: number, string or collection.
    func takeValue(of other: KeyedObject) {
        let kind = Encoding.mask | Encoding.type
        header = header & ~kind | other.header & kind
        word = other.word
    }

    func append(_ suffix: Bytes, _ slab: inout Slab) -> Int? {
        guard hasSeparateValue, !isCollection else { return nil }
        setString(SDS.append(valueString, suffix, &slab))
        return SDS.length(valueString)
    }
}
