// Encoded requests of our own, looked into: how long one is and which slot its key lies in.
//
//     *3\r\n $3\r\nSET\r\n $5\r\nkey:1\r\n $1\r\nx\r\n
//                              └ key ┘
//
// Invariant: the bytes are a whole request, well-formed, as RequestWriter makes them, or a line
// (`PING\r\n`). What a peer sends is RequestParser's business.

public enum RequestFrame {
    /// Bytes of the request that begins at `bytes`, and the slot of its first key; −1 without one.
    /// - Complexity: linear in its arguments, and in the key. - Allocations: none.
    public static func measure(
        _ bytes: UnsafePointer<UInt8>, _ position: KeyPosition
    ) -> (length: Int, slot: Int) {
        guard bytes[0] == UInt8(ascii: "*") else { return (lineLength(bytes), -1) }
        var at = 0
        let arguments = number(bytes, &at)
        var (wanted, slot) = (-1, -1)
        if case .argument(let index) = position { wanted = index }
        for index in 0..<arguments {
            let size = number(bytes, &at)
            if index == wanted {
                slot = HashSlot.slot(
                    of: UnsafeRawBufferPointer(start: bytes + at, count: size))
            } else if wanted < 0, slot < 0,
                leads(position, index, UnsafeBufferPointer(start: bytes + at, count: size))
            {
                wanted = index + 1
            }
            at &+= size &+ 2
        }
        return (at, slot)
    }

    /// The arguments of the request that begins at `bytes`.
    public static func arguments(_ bytes: UnsafePointer<UInt8>) -> [[UInt8]] {
        guard bytes[0] == UInt8(ascii: "*") else {
            let line = UnsafeBufferPointer(start: bytes, count: lineLength(bytes))
            return line.split { $0 <= UInt8(ascii: " ") }.map { Array($0) }
        }
        var at = 0
        let count = number(bytes, &at)
        var arguments: [[UInt8]] = []
        for _ in 0..<count {
            let size = number(bytes, &at)
            arguments.append(Array(UnsafeBufferPointer(start: bytes + at, count: size)))
            at += size + 2
        }
        return arguments
    }

    /// One argument of the request that begins at `bytes`, in place; nil where there are fewer.
    /// - Allocations: none.
    public static func argument(
        _ wanted: Int, of bytes: UnsafePointer<UInt8>
    ) -> UnsafeRawBufferPointer? {
        guard bytes[0] == UInt8(ascii: "*") else { return nil }
        var at = 0
        guard wanted < number(bytes, &at) else { return nil }
        for _ in 0..<wanted {
            let size = number(bytes, &at)
            at &+= size &+ 2
        }
        let size = number(bytes, &at)
        return UnsafeRawBufferPointer(start: bytes + at, count: size)
    }

    /// Whether the argument at `index` says that the next one is a key.
    @inline(never)
    private static func leads(
        _ position: KeyPosition, _ index: Int, _ argument: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        switch position {
        case .behindCount(let counted): index == counted && argument.first != UInt8(ascii: "0")
        case .behindStreams:
            argument.count == 7
                && String(decoding: argument, as: UTF8.self).uppercased() == "STREAMS"
        case .none, .argument: false
        }
    }

    private static func lineLength(_ bytes: UnsafePointer<UInt8>) -> Int {
        var length = 0
        while bytes[length] != UInt8(ascii: "\n") { length &+= 1 }
        return length &+ 1
    }

    /// The number of the line that begins at `at` with a type byte; `at` goes behind it.
    @inline(__always)
    private static func number(_ bytes: UnsafePointer<UInt8>, _ at: inout Int) -> Int {
        at &+= 1
        var value = 0
        while bytes[at] != UInt8(ascii: "\r") {
            value = value &* 10 &+ Int(bytes[at] &- UInt8(ascii: "0"))
            at &+= 1
        }
        at &+= 2
        return value
    }
}
