// The entries of a chained dict, by what they hold.
//
//     separate key (7.2, and every expires dict)        [key 8][value 8][next 8]      24 bytes
//
// The key pointer leads to an sds string; in an expires dict it is the main entry's own string, so
// an expiry costs an entry and a chain head but no second copy of the key. The value field holds the
// address of the value's object or, in an expires dict, Unix time in milliseconds.
//
// Which layout a dict has is a value, as in the servers, not a type: one code path, one branch that
// is always predicted.
//
// Credits: dict.c of Redis and Valkey.

struct DictEntryLayout {
    let valueOffset: Int
    let nextOffset: Int
    /// Bytes of an entry.
    let size: Int

    static let separateKey = DictEntryLayout(valueOffset: 8, nextOffset: 16, size: 24)

    /// The entry's key, a string's address.
    func key(_ entry: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        entry.loadPointer(0).unsafelyUnwrapped
    }

    func setKey(_ entry: UnsafeMutableRawPointer, _ key: UnsafeMutableRawPointer) {
        entry.storePointer(key, 0)
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
