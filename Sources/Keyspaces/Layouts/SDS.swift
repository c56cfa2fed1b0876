// Simple dynamic strings: a header that grows with the length, the bytes, and a NUL.
//
//     type    header                                    for lengths below
//     5       [flags: type in bits 0–2, length in 3–7]  32
//     8       [length 1][room 1][flags 1]               256
//     16      [length 2][room 2][flags 1]               64 Ki
//     32      [length 4][room 4][flags 1]               4 Gi
//     64      [length 8][room 8][flags 1]               —
//                                        ^ a string is referred to by the address of its bytes,
//                                          so that the flags are always the byte before it
//
// Strings here are written once and replaced whole, so `room` always equals the length.
//
// Credits: the layout is sds of Redis (Salvatore Sanfilippo, Oran Agra).

import Glibc

enum SDS {
    static let terminatorSize = 1
    /// Header of type 8, which strings inside objects always have.
    static let header8 = 3

    /// Header of a string on its own. An empty string gets type 8: it is expected to grow.
    static func headerSize(_ length: Int) -> Int {
        if length == 0 { return header8 }
        if length < 1 << 5 { return 1 }
        if length < 1 << 8 { return header8 }
        if length < 1 << 16 { return 5 }
        return length < 1 << 32 ? 9 : 17
    }

    /// Header of a key inside an object: as above, but an empty one keeps type 5.
    static func embeddedHeaderSize(_ length: Int) -> Int {
        length == 0 ? 1 : headerSize(length)
    }

    /// Header, bytes and terminator.
    static func size(_ length: Int) -> Int {
        headerSize(length) &+ length &+ terminatorSize
    }

    /// Writes a string with the given header at `block` and returns its address.
    @discardableResult
    static func write(
        _ bytes: Bytes, header: Int, at block: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        let string = block + header
        // Bytes first: they may come from the very string that is overwritten.
        if let source = bytes.baseAddress {
            string.copyMemory(from: source, byteCount: bytes.count)  // memmove
        }
        string.storeBytes(of: 0, toByteOffset: bytes.count, as: UInt8.self)
        writeHeader(header, length: bytes.count, of: string)
        return string
    }

    private static func writeHeader(
        _ header: Int, length: Int, of string: UnsafeMutableRawPointer
    ) {
        func store<Word: FixedWidthInteger>(_ type: UInt8, as word: Word.Type) {
            let size = MemoryLayout<Word>.size
            let value = Word(truncatingIfNeeded: length)
            string.storeBytes(of: value, toByteOffset: -1 - 2 * size, as: word)
            string.storeBytes(of: value, toByteOffset: -1 - size, as: word)
            string.storeBytes(of: type, toByteOffset: -1, as: UInt8.self)
        }
        switch header {
        case 1:
            let flags = UInt8(truncatingIfNeeded: length &<< 3)
            string.storeBytes(of: flags, toByteOffset: -1, as: UInt8.self)
        case header8: store(1, as: UInt8.self)
        case 5: store(2, as: UInt16.self)
        case 9: store(3, as: UInt32.self)
        default: store(4, as: UInt64.self)
        }
    }

    @inline(__always)
    static func length(_ string: UnsafeMutableRawPointer) -> Int {
        let flags = string.load(fromByteOffset: -1, as: UInt8.self)
        switch flags & 7 {
        case 0: return Int(flags &>> 3)
        case 1: return Int(string.load(fromByteOffset: -3, as: UInt8.self))
        case 2: return Int(string.loadUnaligned(fromByteOffset: -5, as: UInt16.self))
        case 3: return Int(string.loadUnaligned(fromByteOffset: -9, as: UInt32.self))
        default: return string.loadUnaligned(fromByteOffset: -17, as: Int.self)
        }
    }

    @inline(__always)
    static func bytes(_ string: UnsafeMutableRawPointer) -> Bytes {
        Bytes(start: string, count: length(string))
    }

    @inline(__always)
    static func equal(_ string: UnsafeMutableRawPointer, _ bytes: Bytes) -> Bool {
        guard length(string) == bytes.count else { return false }
        guard let other = bytes.baseAddress else { return true }
        return memcmp(string, other, bytes.count) == 0
    }
}

// MARK: - Strings in allocations of their own

extension SDS {
    static func allocate(_ bytes: Bytes, _ slab: inout Slab) -> UnsafeMutableRawPointer {
        let block = slab.allocate(size(bytes.count))
        return write(bytes, header: headerSize(bytes.count), at: block)
    }

    static func free(_ string: UnsafeMutableRawPointer, _ slab: inout Slab) {
        let length = length(string)
        slab.free(string - headerSize(length), size(length))
    }

    /// `string` with other contents: in place when the size class and the header stay, else in a
    /// new allocation. The bytes may lie in `string` itself.
    static func replace(
        _ string: UnsafeMutableRawPointer, with bytes: Bytes, _ slab: inout Slab
    ) -> UnsafeMutableRawPointer {
        let old = length(string)
        let header = headerSize(bytes.count)
        if header == headerSize(old), slab.resizeInPlace(from: size(old), to: size(bytes.count)) {
            return write(bytes, header: header, at: string - header)
        }
        let new = allocate(bytes, &slab)
        free(string, &slab)
        return new
    }
}

extension SDS {
    /// `string` with `suffix` at its end: in place while the size class and the header stay. The
    /// classes grow by a quarter, so that many appends copy each byte a few times only.
    static func append(
        _ string: UnsafeMutableRawPointer, _ suffix: Bytes, _ slab: inout Slab
    ) -> UnsafeMutableRawPointer {
        let old = length(string)
        let new = old &+ suffix.count
        let header = headerSize(new)
        if header == headerSize(old), slab.resizeInPlace(from: size(old), to: size(new)) {
            (string + old).copyMemory(from: suffix)
            string.storeBytes(of: 0, toByteOffset: new, as: UInt8.self)
            writeHeader(header, length: new, of: string)
            return string
        }
        let result = slab.allocate(size(new)) + header
        result.copyMemory(from: string, byteCount: old)
        (result + old).copyMemory(from: suffix)
        result.storeBytes(of: 0, toByteOffset: new, as: UInt8.self)
        writeHeader(header, length: new, of: result)
        free(string, &slab)
        return result
    }
}

extension UnsafeMutableRawPointer {
    func copyMemory(from bytes: Bytes) {
        if let base = bytes.baseAddress { copyMemory(from: base, byteCount: bytes.count) }
    }

    func loadPointer(_ offset: Int) -> UnsafeMutableRawPointer? {
        load(fromByteOffset: offset, as: UnsafeMutableRawPointer?.self)
    }

    func storePointer(_ pointer: UnsafeMutableRawPointer?, _ offset: Int) {
        storeBytes(of: pointer, toByteOffset: offset, as: UnsafeMutableRawPointer?.self)
    }
}
