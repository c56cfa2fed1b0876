// The entries of a chained dict, by what they hold.
//
//     separate key (7.2, and every expires dict)  [key 8][value 8][next 8]            24 bytes
//     with slot list (7.2, cluster mode)          [key 8][value 8][next 8][slot ⇄ 16] 40 bytes
//     embedded key (8.0)                          [value 8][next 8][k][key sds]       17 + sds
//
//     k   size of the key's header; 3 at least, because 8.0 copies the request's argument, whose
//         header is never shorter
//
// A separate key is an sds string; in an expires dict it is the main entry's own string, so an
// expiry costs an entry and a chain head but no second copy of the key. The value field holds the
// address of the value's object or, in an expires dict, Unix time in milliseconds.
//
// Which layout a dict has is a value, as in the servers, not a type: one code path, one branch that
// is always predicted.
//
// Credits: dict.c of Redis and Valkey.

struct DictEntryLayout {
    let valueOffset: Int
    let nextOffset: Int
    /// Bytes of an entry, an embedded key apart.
    let fixedSize: Int
    let embedsKey: Bool

    static let separateKey = DictEntryLayout(
        valueOffset: 8, nextOffset: 16, fixedSize: 24, embedsKey: false)
    static let withSlotList = DictEntryLayout(
        valueOffset: 8, nextOffset: 16, fixedSize: 40, embedsKey: false)
    static let embeddedKey = DictEntryLayout(
        valueOffset: 0, nextOffset: 8, fixedSize: 17, embedsKey: true)

    /// Neighbours in the slot's list; only `withSlotList`.
    var previousInSlot: Int { 24 }
    var nextInSlot: Int { 32 }

    static func embeddedHeader(_ length: Int) -> Int {
        max(SDS.header8, SDS.headerSize(length))
    }

    /// Bytes of an entry for a key of `length`; the key's own string is not in it unless embedded.
    func size(keyLength length: Int) -> Int {
        guard embedsKey else { return fixedSize }
        return fixedSize &+ Self.embeddedHeader(length) &+ length &+ SDS.terminatorSize
    }

    /// Bytes of `entry`.
    func size(_ entry: UnsafeMutableRawPointer) -> Int {
        embedsKey ? size(keyLength: SDS.length(key(entry))) : fixedSize
    }

    /// The entry's key, a string's address.
    func key(_ entry: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        guard embedsKey else { return entry.loadPointer(0).unsafelyUnwrapped }
        let header = entry.load(fromByteOffset: fixedSize &- 1, as: UInt8.self)
        return entry + (fixedSize &+ Int(header))
    }

    /// Writes the key: its string's address, or a copy of the string.
    func setKey(_ entry: UnsafeMutableRawPointer, _ key: UnsafeMutableRawPointer) {
        entry.storePointer(key, 0)
    }

    func embedKey(_ entry: UnsafeMutableRawPointer, _ key: Bytes) {
        let header = Self.embeddedHeader(key.count)
        entry.storeBytes(of: UInt8(header), toByteOffset: fixedSize &- 1, as: UInt8.self)
        SDS.write(key, header: header, at: entry + fixedSize)
    }

    func next(_ entry: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        entry.loadPointer(nextOffset)
    }

    func setNext(_ entry: UnsafeMutableRawPointer, _ next: UnsafeMutableRawPointer?) {
        entry.storePointer(next, nextOffset)
    }

    func object(_ entry: UnsafeMutableRawPointer) -> StringObject {
        StringObject(address: entry.loadPointer(valueOffset).unsafelyUnwrapped)
    }

    func setObject(_ entry: UnsafeMutableRawPointer, _ object: StringObject) {
        entry.storePointer(object.address, valueOffset)
    }

    func integer(_ entry: UnsafeMutableRawPointer) -> Int64 {
        entry.load(fromByteOffset: valueOffset, as: Int64.self)
    }

    func setInteger(_ entry: UnsafeMutableRawPointer, _ value: Int64) {
        entry.storeBytes(of: value, toByteOffset: valueOffset, as: Int64.self)
    }
}
