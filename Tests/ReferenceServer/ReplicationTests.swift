// How far a connection's writes have come, asked of a server without replicas and files: what
// redis-server answers then, at once.
import Keyspaces
import ReferenceServer
import Testing

@Suite(.serialized) struct ReplicationTests {
    /// The texts of redis-server 7.2.
    private static let conversations: [(String, String)] = [
        ("SET k v", "+OK\r\n"), ("WAIT 0 0", ":0\r\n"), ("WAIT 1 100", ":0\r\n"),
        ("WAIT x 0", "-ERR value is not an integer or out of range\r\n"),
        ("WAIT 1 x", "-ERR timeout is not an integer or out of range\r\n"),
        ("WAIT 1 -1", "-ERR timeout is negative\r\n"),
        ("WAIT 1", "-ERR wrong number of arguments for 'wait' command\r\n"),
        ("WAITAOF 0 0 0", "*2\r\n:0\r\n:0\r\n"), ("WAITAOF 0 1 10", "*2\r\n:0\r\n:0\r\n"),
        (
            "WAITAOF 1 0 10",
            "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n"
        ),
        ("WAITAOF 2 0 10", "-ERR value is out of range, value must between 0 and 1\r\n"),
        ("WAITAOF 0 -1 10", "-ERR value is out of range, must be positive\r\n"),
        ("WAITAOF 0 0 -1", "-ERR timeout is negative\r\n"),
        ("MULTI", "+OK\r\n"), ("WAIT 1 0", "+QUEUED\r\n"), ("EXEC", "*1\r\n:0\r\n"),
    ]

    @Test func aWaitIsOverAtOnce() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let client = try RawClient(port: port)
            for (request, reply) in Self.conversations {
                try client.exchange(request + "\r\n", reply)
            }
        }
    }
}
