// All keys of a server's selected database, some hundreds at a time: SCAN from its beginning to its
// end, each key once. Read-only.
import RESP
import Targets

struct KeyScan {
    private let connection: ControlConnection
    private var cursor = Self.start
    /// Hashes of the keys that came: one may come twice while the table grows or shrinks.
    private var seen: Set<Int> = []
    private(set) var isAtEnd = false

    /// Keys that came, each counted once.
    var count: Int { seen.count }

    /// Keys of one SCAN and of one pipeline: some 20 KB of replies.
    static let batch = 250
    private static let start = Array("0".utf8)

    /// Where the server can do it, reading leaves the keys' last use alone.
    init(_ connection: ControlConnection) throws(TargetError) {
        self.connection = connection
        _ = try connection.send(["CLIENT", "NO-TOUCH", "ON"])
    }

    /// The next keys, at most `most`; none is no end (`isAtEnd` is).
    mutating func next(atMost most: Int = .max) throws(TargetError) -> [[UInt8]] {
        let reply = try connection.pipeline([
            [Array("SCAN".utf8), cursor, Array("COUNT".utf8), Array("\(Self.batch)".utf8)]
        ])
        guard let parts = reply.first?.elements, parts.count == 2,
            case .bytes(let next) = parts[0], let found = parts[1].elements
        else {
            throw TargetError(
                "\(connection.address) does not answer SCAN as expected",
                remedy: "read from a Redis-compatible server")
        }
        cursor = next
        isAtEnd = next == Self.start
        var keys: [[UInt8]] = []
        for case .bytes(let key) in found where keys.count < most {
            if seen.insert(key.hashValue).inserted { keys.append(key) }
        }
        return keys
    }
}
