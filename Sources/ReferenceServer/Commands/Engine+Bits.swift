// The commands that read or change a value as bits, of which the first is the highest of the first
// byte. Texts and limits follow Redis 7.2 and Valkey, bitops.c.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    /// The bytes of a value, a number's digits included; none without a value.
    func withBytes<Result>(_ value: ValueView?, _ body: (Bytes) -> Result) -> Result {
        switch value {
        case .none: return body(Bytes(start: nil, count: 0))
        case .bytes(let bytes): return body(bytes)
        case .integer(let number):
            return withUnsafeTemporaryAllocation(byteCount: Decimal.maxLength, alignment: 1) {
                let count = Decimal.write(number, to: $0.baseAddress!)
                return body(Bytes(rebasing: $0[..<count]))
            }
        }
    }

    /// The bytes of the value of `key` as they lie there, to be changed in place: where it has an
    /// allocation of its own, in a table that is built in. Else nil.
    func bytesInPlace(_ key: Key) -> UnsafeMutableRawBufferPointer? {
        if case .foreign = configuration.table { return nil }
        guard case .separate = keyspace.encoding(of: key),
            case .bytes(let bytes) = keyspace.peek(key)
        else { return nil }
        return UnsafeMutableRawBufferPointer(mutating: bytes)
    }

    /// Calls `body` with the value of `key`, which has at least `count` bytes from now on, zeros
    /// behind what there was; it may change them. The key's time to live stays.
    mutating func change<Result>(
        _ key: Key, atLeast count: Int, _ body: (UnsafeMutableRawBufferPointer) -> Result
    ) -> Result {
        let old = keyspace.find(key)
        if let bytes = bytesInPlace(key), bytes.count >= count { return body(bytes) }
        var bytes = old.map { copied($0) } ?? []
        if bytes.count < count { bytes += [UInt8](repeating: 0, count: count - bytes.count) }
        let result = bytes.withUnsafeMutableBytes { body($0) }
        bytes.withUnsafeBytes { keyspace.set(key, $0, expiry: .keep, form: .separate) }
        return result
    }

    /// Whether the machine has memory for a value that grows to `count` bytes; the value is copied
    /// and written back: three of it are there for a moment. False after an error reply.
    mutating func canGrow(_ request: Request, to count: Int) -> Bool {
        guard hasMemory(count - length(keyspace.find(request.key)), copies: 3) else {
            outOfMemory(request)
            return false
        }
        return true
    }

    /// The position of a bit; nil after an error reply.
    /// - Parameter width: bits of a field, of which `#n` is the n-th; nil: no such spelling.
    mutating func bitOffset(_ request: Request, _ word: Argument, width: Int? = nil) -> Int? {
        var number = word.integer
        if let width, word.count > 1, word.bytes[0] == UInt8(ascii: "#") {
            let (product, overflow) =
                (Decimal.parse(UnsafeRawBufferPointer(rebasing: word.bytes[1...])) ?? -1)
                .multipliedReportingOverflow(by: Int64(width))
            number = overflow ? nil : product
        }
        guard let number, number >= 0, number >> 3 < RequestParser.maxBulk else {
            fail(request, "ERR bit offset is not an integer or out of range")
            return nil
        }
        return Int(number)
    }

    mutating func setbit(_ request: Request) {
        guard let offset = bitOffset(request, argument(request, 2)) else { return }
        guard let bit = argument(request, 3).integer, bit == 0 || bit == 1 else {
            return fail(request, "ERR bit is not an integer or out of range")
        }
        guard holdsString(request.key, request) else { return }
        let byte = offset >> 3
        guard canGrow(request, to: byte + 1) else { return }
        let before = length(keyspace.find(request.key))
        let mask = UInt8(1) << UInt8(7 - offset & 7)
        let old = change(request.key, atLeast: byte + 1) { bytes in
            let old = bytes[byte] & mask != 0
            bytes[byte] = bit == 1 ? bytes[byte] | mask : bytes[byte] & ~mask
            return old
        }
        if old != (bit == 1) || before <= byte { noteChange(of: request.key) }
        reply.integer(old ? 1 : 0)
    }

    mutating func getbit(_ request: Request) {
        guard let offset = bitOffset(request, argument(request, 2)),
            holdsString(request.key, request)
        else { return }
        let byte = offset >> 3
        let mask = UInt8(1) << UInt8(7 - offset & 7)
        let value = lookup(request.key)
        let isSet = withBytes(value) { bytes -> Bool in
            byte < bytes.count && bytes[byte] & mask != 0
        }
        reply.integer(isSet ? 1 : 0)
    }

    // MARK: Ranges

    /// What BITCOUNT and BITPOS look at: bytes or bits, from the end where they are negative.
    private struct BitRange {
        var start: Int64 = 0
        /// nil: to the end.
        var end: Int64?
        var countsBits = false

        /// The bits of a value of `count` bytes; nil for none.
        func bits(of count: Int) -> Range<Int>? {
            let total = Int64(count) * (countsBits ? 8 : 1)
            let from = max(start < 0 ? total &+ start : start, 0)
            var to = end ?? total - 1
            if to < 0 { to = max(to &+ total, 0) }
            to = min(to, total - 1)
            guard from <= to else { return nil }
            let unit: Int64 = countsBits ? 1 : 8
            return Int(from * unit)..<Int((to + 1) * unit)
        }

        /// Both ends count from the end of the value, and the first lies behind the second.
        var isReversed: Bool {
            guard let end else { return false }
            return start < 0 && end < 0 && start > end
        }
    }

    /// The range that the arguments from `index` on spell: nil after an error reply.
    /// - Parameter needsEnd: a start alone is no range.
    private mutating func bitRange(
        _ request: Request, from index: Int, needsEnd: Bool
    ) -> BitRange? {
        let count = request.argumentCount - index
        var range = BitRange()
        guard count > 0 else { return range }
        guard count <= 3, !(needsEnd && count == 1) else {
            syntaxError(request)
            return nil
        }
        guard let start = argument(request, index).integer else {
            notAnInteger(request)
            return nil
        }
        range.start = start
        if count > 1 {
            guard let end = argument(request, index + 1).integer else {
                notAnInteger(request)
                return nil
            }
            range.end = end
        }
        if count > 2 {
            let unit = argument(request, index + 2)
            guard unit.isWord("bit") || unit.isWord("byte") else {
                syntaxError(request)
                return nil
            }
            range.countsBits = unit.isWord("bit")
        }
        return range
    }

    mutating func bitcount(_ request: Request) {
        guard let range = bitRange(request, from: 2, needsEnd: true),
            holdsString(request.key, request)
        else { return }
        let value = lookup(request.key)
        let count = withBytes(value) { bytes -> Int in
            guard !range.isReversed, let bits = range.bits(of: bytes.count) else { return 0 }
            return BitSearch.count(bytes, bits)
        }
        reply.integer(count)
    }

    mutating func bitpos(_ request: Request) {
        guard let bit = argument(request, 2).integer else { return notAnInteger(request) }
        guard bit == 0 || bit == 1 else {
            return fail(request, "ERR The bit argument must be 1 or 0.")
        }
        guard let range = bitRange(request, from: 3, needsEnd: false),
            holdsString(request.key, request)
        else { return }
        guard let value = lookup(request.key) else { return reply.integer(bit == 1 ? -1 : 0) }
        let position = withBytes(value) { bytes -> Int in
            guard let bits = range.bits(of: bytes.count) else { return -1 }
            if let found = BitSearch.first(bit == 1, bytes, bits) { return found }
            // A value goes on with zeros, unless it was said where to stop.
            return bit == 0 && range.end == nil ? bits.upperBound : -1
        }
        reply.integer(position)
    }

    // MARK: BITOP

    mutating func bitop(_ request: Request) {
        guard let operation = BitOperation(argument(request, 1)) else {
            return syntaxError(request)
        }
        if operation == .not && request.argumentCount != 4 {
            return fail(request, "ERR BITOP NOT must be called with a single source key.")
        }
        var result: [UInt8] = []
        for index in 3..<request.argumentCount {
            let source = keyspace.key(argument(request, index).bytes)
            guard holdsString(source, request) else { return }
            let value = lookup(source)
            withBytes(value) { bytes in
                // The first is what it is, but for NOT.
                let first = index == 3 && operation != .not
                if first { result = Array(bytes) } else { operation.combine(bytes, into: &result) }
            }
        }
        // The destination is the first key, which was hashed when the request was parsed.
        if result.isEmpty {
            if keyspace.remove(request.key) { noteChange(of: request.key) }
        } else {
            result.withUnsafeBytes {
                keyspace.set(request.key, $0, expiry: .never, form: .separate)
            }
            noteChange(of: request.key)
        }
        reply.integer(result.count)
    }
}
