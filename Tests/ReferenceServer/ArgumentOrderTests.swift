// What is told first of a request that is wrong in several ways, and the order of what is equal:
// as redis-server does it.
import Keyspaces
import RESP
import ReferenceServer
import TestSupport
import Testing

@Suite(.serialized) struct ArgumentOrderTests {
    /// Of a list, where a string was to be.
    private static let requests: [[String]] = [
        ["SETBIT", "l", "x", "1"], ["SETBIT", "l", "1", "2"], ["SETBIT", "l", "1", "1"],
        ["GETBIT", "l", "-1"], ["GETBIT", "l", "1"], ["BITOP", "NO", "d", "l"],
        ["BITOP", "NOT", "d", "l", "l"], ["BITOP", "AND", "d", "l"],
        ["BITFIELD", "l", "GET", "u64", "0"], ["BITFIELD", "l", "GET", "u8", "0"],
        ["BITFIELD", "l", "SET", "u8", "x", "1"], ["BITFIELD", "l", "SET", "u8", "0", "1"],
        ["BITFIELD_RO", "l", "SET", "u8", "0", "1"], ["BITFIELD_RO", "l", "GET", "u8", "0"],
        ["INCR", "l"], ["INCRBY", "l", "x"], ["INCRBY", "l", "1"], ["DECRBY", "l", "x"],
        ["DECRBY", "l", "-9223372036854775808"], ["INCRBYFLOAT", "l", "x"],
        ["INCRBYFLOAT", "l", "1"], ["SETRANGE", "l", "x", "a"], ["SETRANGE", "l", "-1", "a"],
        ["SETRANGE", "l", "0", ""], ["SETRANGE", "l", "0", "a"], ["GETRANGE", "l", "x", "1"],
        ["GETRANGE", "l", "0", "1"], ["GETEX", "l", "NO"], ["GETEX", "l", "PERSIST"],
        ["APPEND", "l", "a"], ["STRLEN", "l"], ["GETSET", "l", "a"], ["GETDEL", "l"],
        ["LCS", "l", "none"], ["LCS", "none", "l", "NO"], ["PFADD", "l", "a"],
    ]

    /// Numbers and texts that are equal, and elements that nothing is known of.
    private static let orders: [[String]] = [
        ["SORT", "l", "BY", "w_*"], ["SORT", "l", "BY", "w_*", "DESC"],
        ["SORT", "l", "BY", "w_*", "LIMIT", "1", "4"], ["SORT", "l", "BY", "w_*", "ALPHA"],
        ["SORT", "l", "BY", "w_*", "ALPHA", "DESC"], ["SORT", "n"], ["SORT", "n", "DESC"],
        ["SORT", "s", "BY", "nosort", "STORE", "d"],
        ["LRANGE", "d", "0", "-1"], ["SORT", "s", "BY", "nosort", "DESC", "STORE", "d"],
        ["LRANGE", "d", "0", "-1"],
    ]

    private static let preparations: [[String]] = [
        ["RPUSH", "l", "e", "b", "d", "a", "c", "b"], ["RPUSH", "n", "1.0", "01", "1", "2", "1e0"],
        ["SADD", "s", "z", "b", "y", "a", "q"],
        ["MSET", "w_a", "2", "w_b", "1", "w_c", "2", "w_d", "1"],
    ]

    @Test(arguments: [Table.valkey72, .valkey91]) func asRedisDoes(_ table: Table) throws {
        let redis = try RedisServer()
        try withServer(ServerConfiguration(table: table)) { port in
            let theirs = try RawClient(port: redis.port)
            let ours = try RawClient(port: port)
            for words in Self.preparations + Self.requests + Self.orders {
                try theirs.send(encode(words))
                try ours.send(encode(words))
                let (expected, got) = (try theirs.reply(), try ours.reply())
                #expect(got == expected, "\(words)")
            }
        }
    }

    /// From 7.2 on, whose elders looked at the key first.
    @Test func rangesBeforeTypes() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let client = try RawClient(port: port)
            let wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
            let notAnInteger = "-ERR value is not an integer or out of range\r\n"
            try client.exchange(
                "RPUSH l a\r\nBITCOUNT l x 1\r\nBITCOUNT l 1\r\nBITCOUNT l\r\nBITPOS l 2\r\n"
                    + "BITPOS l 1 x\r\nBITPOS l 1\r\n",
                ":1\r\n\(notAnInteger)-ERR syntax error\r\n\(wrongType)"
                    + "-ERR The bit argument must be 1 or 0.\r\n\(notAnInteger)\(wrongType)")
        }
    }
}
