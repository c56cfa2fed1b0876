// Requests as arrays of bulk strings, encoded ahead of time. Load loops patch what this wrote;
// they do not encode.

public enum RequestEncoder {
    /// Appends `*N`, then each argument as a bulk string.
    public static func append(_ arguments: [[UInt8]], to bytes: inout [UInt8]) {
        bytes.reserveCapacity(
            bytes.count + 16 + arguments.reduce(0) { $0 + $1.count + 16 })
        header("*", arguments.count, &bytes)
        for argument in arguments { appendBulk(argument, to: &bytes) }
    }

    /// Appends one argument as a bulk string.
    public static func appendBulk(_ argument: [UInt8], to bytes: inout [UInt8]) {
        header("$", argument.count, &bytes)
        bytes.append(contentsOf: argument)
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
    }

    public static func encode(_ arguments: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = []
        append(arguments, to: &bytes)
        return bytes
    }

    public static func encode(_ arguments: [String]) -> [UInt8] {
        encode(arguments.map { Array($0.utf8) })
    }

    private static func header(_ type: Unicode.Scalar, _ value: Int, _ bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: type))
        bytes.append(contentsOf: String(value).utf8)
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
    }
}
