// Messages that no request asked for, as bytes: what subscribers and caching clients are sent.

public enum PushEncoder {
    /// `parts` as bulk strings: a push in RESP3, an array in RESP2.
    /// - Parameter version: of the protocol, 2 or 3.
    public static func append(_ parts: [[UInt8]], version: UInt8, to bytes: inout [UInt8]) {
        begin(version == 2 ? "*" : ">", parts.count, &bytes)
        for part in parts { RequestEncoder.appendBulk(part, to: &bytes) }
    }

    /// `invalidate` and the keys; nil: all there are. RESP3 only.
    public static func appendInvalidation(of keys: [[UInt8]]?, to bytes: inout [UInt8]) {
        begin(">", 2, &bytes)
        RequestEncoder.appendBulk(Array("invalidate".utf8), to: &bytes)
        guard let keys else {
            bytes.append(contentsOf: "_\r\n".utf8)
            return
        }
        begin("*", keys.count, &bytes)
        for key in keys { RequestEncoder.appendBulk(key, to: &bytes) }
    }

    private static func begin(_ type: String, _ count: Int, _ bytes: inout [UInt8]) {
        bytes.append(contentsOf: "\(type)\(count)\r\n".utf8)
    }
}
