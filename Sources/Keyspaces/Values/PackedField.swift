// The entries of a hash's bucket table (8.1 and later): a field and its value.
//
//     embedded    [expiry 8]            [field sds][value sds]       up to 128 bytes together
//     separate    [expiry 8][pointer 8] [field sds]  ─▶ [value sds]
//                                       ^ an entry is referred to by its field's string
//
// An embedded value always has the header of three bytes, and says in its `room` how many bytes of
// the allocation lie idle behind it. The field's header is the smallest that fits, but for entries
// with an expiry or a pointer: those say so in bits above its type, which the smallest one lacks.
//
// A value that is overwritten stays in the allocation while it fills it by three quarters.
//
// Credits: Valkey's entry.c (Ran Shidlansik, Viktor Söderqvist and contributors).

struct PackedField {
    /// Largest allocation with an embedded value (EMBED_VALUE_MAX_ALLOC_SIZE).
    private static let embedLimit = 128
    private static let typeMask: UInt8 = 7
    private static let pointerFlag: UInt8 = 1 << 3
    private static let expiryFlag: UInt8 = 1 << 4
    static let noExpiry: Int64 = -1

    /// The field's string.
    let string: UnsafeMutableRawPointer

    private var flags: UInt8 { string.load(fromByteOffset: -1, as: UInt8.self) }
    /// The smallest header has lengths where others have flags.
    private func has(_ flag: UInt8) -> Bool { flags & Self.typeMask != 0 && flags & flag != 0 }
    private var hasPointer: Bool { has(Self.pointerFlag) }
    var hasExpiry: Bool { has(Self.expiryFlag) }

    private var fieldHeader: Int {
        switch flags & Self.typeMask {
        case 0: 1
        case 1: 3
        case 2: 5
        case 3: 9
        default: 17
        }
    }

    private var prefix: Int { (hasExpiry ? 8 : 0) &+ (hasPointer ? 8 : 0) }
    private var block: UnsafeMutableRawPointer { string - (fieldHeader &+ prefix) }

    var field: Bytes { SDS.bytes(string) }

    private var valueString: UnsafeMutableRawPointer {
        if hasPointer {
            return (string - (fieldHeader &+ 8)).loadPointer(0).unsafelyUnwrapped
        }
        return string + (SDS.length(string) &+ SDS.terminatorSize &+ SDS.header8)
    }

    var value: Bytes { SDS.bytes(valueString) }

    /// Unix ms, or `noExpiry`.
    var expiry: Int64 { hasExpiry ? block.load(as: Int64.self) : Self.noExpiry }

    /// Bytes of an embedded value's allocation that are not needed.
    private var slack: Int {
        Int(valueString.load(fromByteOffset: -2, as: UInt8.self)) &- SDS.length(valueString)
    }

    /// Bytes that were asked for.
    private var size: Int {
        let head = prefix &+ fieldHeader &+ SDS.length(string) &+ SDS.terminatorSize
        return hasPointer ? head : head &+ Self.valueSize(SDS.length(valueString)) &+ slack
    }

    private static func valueSize(_ length: Int) -> Int {
        SDS.header8 &+ length &+ SDS.terminatorSize
    }

    /// How an entry is laid out.
    private struct Shape {
        let header: Int
        let isEmbedded: Bool
        let size: Int

        init(field: Int, value: Int, hasExpiry: Bool) {
            let natural = SDS.embeddedHeaderSize(field)
            let long = max(natural, SDS.header8)
            let expiry = hasExpiry ? 8 : 0
            let text = field &+ SDS.terminatorSize
            let first = hasExpiry ? long : natural
            let whole = expiry &+ first &+ text &+ PackedField.valueSize(value)
            isEmbedded = whole <= PackedField.embedLimit
            header = isEmbedded ? first : long
            size = isEmbedded ? whole : expiry &+ 8 &+ long &+ text
        }
    }

    // MARK: Life of an entry

    static func make(
        _ field: Bytes, _ value: Bytes, expiry: Int64 = PackedField.noExpiry, _ slab: inout Slab
    ) -> PackedField {
        let hasExpiry = expiry != noExpiry
        let shape = Shape(field: field.count, value: value.count, hasExpiry: hasExpiry)
        let block = slab.allocate(shape.size)
        let prefix = (hasExpiry ? 8 : 0) &+ (shape.isEmbedded ? 0 : 8)
        let entry = PackedField(
            string: SDS.write(field, header: shape.header, at: block + prefix))
        if hasExpiry { block.storeBytes(of: expiry, as: Int64.self) }
        var flags = entry.flags
        if hasExpiry { flags |= expiryFlag }
        if shape.isEmbedded {
            let place = entry.string + (field.count &+ SDS.terminatorSize)
            SDS.write(value, header: SDS.header8, at: place)
        } else {
            flags |= pointerFlag
            block.storePointer(SDS.allocate(value, &slab), prefix &- 8)
        }
        entry.string.storeBytes(of: flags, toByteOffset: -1, as: UInt8.self)
        return entry
    }

    func free(_ slab: inout Slab) {
        if hasPointer { SDS.free(valueString, &slab) }
        slab.free(block, size)
    }

    /// The entry to keep instead of this one for another value, maybe itself; the value may not be
    /// its own.
    func replaced(with value: Bytes, _ slab: inout Slab) -> PackedField {
        let shape = Shape(
            field: SDS.length(string), value: value.count, hasExpiry: hasExpiry)
        if hasPointer, !shape.isEmbedded {
            let new = SDS.replace(valueString, with: value, &slab)
            (string - (fieldHeader &+ 8)).storePointer(new, 0)
            return self
        }
        if !hasPointer, shape.isEmbedded, overwrite(with: value, shape.size, &slab) { return self }
        let new = Self.make(field, value, expiry: expiry, &slab)
        free(&slab)
        return new
    }

    /// False, and nothing changed, when the allocation would be too small or too large.
    private func overwrite(with value: Bytes, _ needed: Int, _ slab: inout Slab) -> Bool {
        let old = size
        let room = SizeClasses.size(for: old, slab.quantum)
        guard needed <= room, needed &* 4 >= room &* 3 else { return false }
        let string = valueString
        // What was asked for only grows: less may be another size class.
        if needed > old { _ = slab.resizeInPlace(from: old, to: needed) }
        SDS.write(value, header: SDS.header8, at: string - SDS.header8)
        let idle = max(old &- needed, 0)
        string.storeBytes(
            of: UInt8(value.count &+ idle), toByteOffset: -2, as: UInt8.self)
        return true
    }

    /// The entry to keep instead of this one with another expiry, or none.
    func with(expiry: Int64, _ slab: inout Slab) -> PackedField {
        if hasExpiry, expiry != Self.noExpiry {
            block.storeBytes(of: expiry, as: Int64.self)
            return self
        }
        if !hasExpiry, expiry == Self.noExpiry { return self }
        let new = Self.make(field, value, expiry: expiry, &slab)
        free(&slab)
        return new
    }

    /// Adds the entry's allocations.
    func add(to tally: inout Tally) {
        tally.add(size)
        if hasPointer { tally.add(SDS.size(SDS.length(valueString))) }
    }
}
