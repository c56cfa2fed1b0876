// Requests as arrays of bulk strings, encoded ahead of time, in arrays that grow. Load loops patch
// what this wrote; they do not encode. The lines of a frame are RequestWriter's.

public enum RequestEncoder {
    /// Appends `*N`, then each argument as a bulk string.
    public static func append(_ arguments: [[UInt8]], to bytes: inout [UInt8]) {
        bytes.reserveCapacity(
            bytes.count + 16 + arguments.reduce(0) { $0 + $1.count + 16 })
        appendLine(to: &bytes) { $0.arguments(arguments.count) }
        for argument in arguments { appendBulk(argument, to: &bytes) }
    }

    /// Appends one argument as a bulk string.
    public static func appendBulk(_ argument: [UInt8], to bytes: inout [UInt8]) {
        appendLine(to: &bytes) { $0.beginBulk(argument.count) }
        bytes.append(contentsOf: argument)
        appendLine(to: &bytes) { $0.end(0) }
    }

    public static func encode(_ arguments: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = []
        append(arguments, to: &bytes)
        return bytes
    }

    public static func encode(_ arguments: [String]) -> [UInt8] {
        encode(arguments.map { Array($0.utf8) })
    }

    /// - Parameter body: writes no more than a line of a frame.
    private static func appendLine(
        to bytes: inout [UInt8], _ body: (inout RequestWriter) -> Void
    ) {
        withUnsafeTemporaryAllocation(
            of: UInt8.self, capacity: RequestWriter.bulkOverhead
        ) { line in
            let start = line.baseAddress!
            var writer = RequestWriter(start)
            body(&writer)
            bytes.append(
                contentsOf: UnsafeBufferPointer(start: start, count: writer.target - start))
        }
    }
}
