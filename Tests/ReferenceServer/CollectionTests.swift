// The commands of collections: replies in both protocols, errors as drivers match them, what other
// commands make of such keys.
import Keyspaces
import RESP
import ReferenceServer
import Testing

@Suite(.serialized) struct CollectionTests {
    private static let wrongType =
        "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"

    /// Requests of one line, and their replies.
    private static let conversation: [(String, String)] = [
        ("hset h a 1 b 2", ":2\r\n"), ("hset h a 3", ":0\r\n"), ("hget h a", "$1\r\n3\r\n"),
        ("hget h x", "$-1\r\n"), ("hget none x", "$-1\r\n"), ("hlen h", ":2\r\n"),
        ("hset h a", "-ERR wrong number of arguments for 'hset' command\r\n"),
        ("hincrby h a 4", ":7\r\n"), ("hincrbyfloat h a 0.5", "$3\r\n7.5\r\n"),
        ("hincrby h a 1", "-ERR hash value is not an integer\r\n"),
        ("hset h s text", ":1\r\n"), ("hincrbyfloat h s 1", "-ERR hash value is not a float\r\n"),
        ("hdel h s x", ":1\r\n"), ("hexists h s", ":0\r\n"), ("hstrlen h a", ":3\r\n"),
        ("hmget h a x", "*2\r\n$3\r\n7.5\r\n$-1\r\n"), ("hsetnx h a 9", ":0\r\n"),
        ("hgetall h", "*4\r\n$1\r\na\r\n$3\r\n7.5\r\n$1\r\nb\r\n$1\r\n2\r\n"),
        ("object encoding h", "$8\r\nlistpack\r\n"), ("type h", "+hash\r\n"),
        ("hscan h 0", "*2\r\n$1\r\n0\r\n*4\r\n$1\r\na\r\n$3\r\n7.5\r\n$1\r\nb\r\n$1\r\n2\r\n"),
        ("get h", wrongType), ("incr h", wrongType), ("append h x", wrongType),
        ("sadd h x", wrongType), ("lrange h 0 -1", wrongType), ("zscore h a", wrongType),
        ("setnx h x", ":0\r\n"), ("set h x nx", "$-1\r\n"), ("set h x get", wrongType),
        ("mget h", "*1\r\n$-1\r\n"), ("exists h", ":1\r\n"), ("strlen h", wrongType),
        ("copy h i", ":1\r\n"), ("rename i j", "+OK\r\n"), ("hget j b", "$1\r\n2\r\n"),
        ("exists i", ":0\r\n"), ("del h j", ":2\r\n"), ("dbsize", ":0\r\n"),
        ("sadd s 3 1 2", ":3\r\n"), ("smembers s", "*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n"),
        ("object encoding s", "$6\r\nintset\r\n"), ("sismember s 2", ":1\r\n"),
        ("smismember s 1 9", "*2\r\n:1\r\n:0\r\n"), ("sadd t 2 3 4", ":3\r\n"),
        ("sinter s t", "*2\r\n$1\r\n2\r\n$1\r\n3\r\n"), ("sdiff s t", "*1\r\n$1\r\n1\r\n"),
        ("sunionstore u s t", ":4\r\n"), ("sintercard 2 s t limit 1", ":1\r\n"),
        ("sintercard 0 s", "-ERR numkeys should be greater than 0\r\n"),
        ("smove s t 1", ":1\r\n"), ("scard t", ":4\r\n"), ("srem s 2 3", ":2\r\n"),
        ("exists s", ":0\r\n"), ("spop t 9", "*4\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n$1\r\n4\r\n"),
        ("spop t", "$-1\r\n"), ("srandmember t", "$-1\r\n"), ("unlink u", ":1\r\n"),
        ("zadd z 1 a 2 b 3 c", ":3\r\n"), ("zscore z b", "$1\r\n2\r\n"),
        ("zadd z nx xx 1 a", "-ERR XX and NX options at the same time are not compatible\r\n"),
        ("zadd z ch gt 5 a 1 b", ":1\r\n"), ("zadd z incr 1.5 b", "$3\r\n3.5\r\n"),
        ("zadd z nan a", "-ERR value is not a valid float\r\n"),
        (
            "zrange z 0 -1 withscores",
            "*6\r\n$1\r\nc\r\n$1\r\n3\r\n$1\r\nb\r\n$3\r\n3.5\r\n"
                + "$1\r\na\r\n$1\r\n5\r\n"
        ),
        ("zrange z (3 +inf byscore limit 0 1", "*1\r\n$1\r\nb\r\n"),
        ("zrevrange z 0 0", "*1\r\n$1\r\na\r\n"), ("zrank z a", ":2\r\n"),
        ("zrevrank z a withscore", "*2\r\n:0\r\n$1\r\n5\r\n"), ("zcount z 3 (5", ":2\r\n"),
        ("zrangebyscore z x 1", "-ERR min or max is not a float\r\n"),
        ("zrangestore w z 1 -1", ":2\r\n"), ("zunionstore v 2 z w weights 1 2", ":3\r\n"),
        ("zscore v a", "$2\r\n15\r\n"), ("zpopmin v", "*2\r\n$1\r\nc\r\n$1\r\n3\r\n"),
        ("zmpop 2 none z max", "*2\r\n$1\r\nz\r\n*1\r\n*2\r\n$1\r\na\r\n$1\r\n5\r\n"),
        ("zremrangebyrank z 0 -1", ":2\r\n"), ("type z", "+none\r\n"), ("del w v", ":2\r\n"),
        ("rpush l a b c", ":3\r\n"), ("lpush l z", ":4\r\n"),
        (
            "lrange l 0 1",
            "*2\r\n$1\r\nz\r\n"
                + "$1\r\na\r\n"
        ),
        ("linsert l before c x", ":5\r\n"), ("lindex l -2", "$1\r\nx\r\n"), ("lpos l c", ":4\r\n"),
        ("lset l 9 q", "-ERR index out of range\r\n"), ("lset l 0 y", "+OK\r\n"),
        ("lrem l 0 x", ":1\r\n"), ("lmove l m left right", "$1\r\ny\r\n"),
        ("rpoplpush l m", "$1\r\nc\r\n"), ("lrange m 0 -1", "*2\r\n$1\r\nc\r\n$1\r\ny\r\n"),
        ("ltrim l 0 0", "+OK\r\n"), ("rpop l", "$1\r\na\r\n"), ("lpop l", "$-1\r\n"),
        ("lpop l 2", "*-1\r\n"),
        (
            "lmpop 1 m left count 5",
            "*2\r\n$1\r\nm\r\n*2\r\n$1\r\nc\r\n"
                + "$1\r\ny\r\n"
        ),
        ("lpushx l a", ":0\r\n"), ("rpush n 3 1 2", ":3\r\n"),
        ("sort n desc", "*3\r\n$1\r\n3\r\n$1\r\n2\r\n$1\r\n1\r\n"),
        ("sort n limit 0 1 store o", ":1\r\n"), ("lrange o 0 -1", "*1\r\n$1\r\n1\r\n"),
        ("scan 0 type string", "*2\r\n$1\r\n0\r\n*0\r\n"), ("set n v", "+OK\r\n"),
        ("get n", "$1\r\nv\r\n"), ("del n o", ":2\r\n"), ("dbsize", ":0\r\n"),
        ("hashmark settle", "+OK\r\n"), ("hashmark verify", "*0\r\n"),
    ]

    private static let outOfRange = "-ERR value is out of range\r\n"
    private static let syntaxError = "-ERR syntax error\r\n"

    /// Options at their ends, as redis-server 7.0 answers them.
    private static let ends: [(String, String)] = [
        ("rpush f 2 1 3", ":3\r\n"),
        ("sort f by nosort desc", "*3\r\n$1\r\n3\r\n$1\r\n1\r\n$1\r\n2\r\n"),
        ("sort f by nosort desc limit 1 1", "*1\r\n$1\r\n1\r\n"),
        ("sort f by nosort desc store d", ":3\r\n"), ("lindex d 0", "$1\r\n3\r\n"),
        ("sort f by w_* alpha desc limit 0 1", "*1\r\n$1\r\n2\r\n"),
        ("lrem d -9223372036854775808 1", ":1\r\n"), ("lrem d 9223372036854775807 2", ":1\r\n"),
        ("hset h a 1", ":1\r\n"), ("hrandfield h 9223372036854775807", "*1\r\n$1\r\na\r\n"),
        ("hrandfield h 9223372036854775807 withvalues", outOfRange),
        ("hrandfield h 4611686018427387903 withvalues", "*2\r\n$1\r\na\r\n$1\r\n1\r\n"),
        ("hrandfield none -9223372036854775807", "*0\r\n"),
        ("hrandfield h -9223372036854775807 x", syntaxError),
        (
            "hrandfield h -9223372036854775808",
            "-ERR value is out of range, value must between -9223372036854775807 and"
                + " 9223372036854775807\r\n"
        ),
        ("sadd s x", ":1\r\n"), ("srandmember s 9223372036854775807", "*1\r\n$1\r\nx\r\n"),
        ("zadd z 1 a", ":1\r\n"), ("zrandmember z 9223372036854775807", "*1\r\n$1\r\na\r\n"),
        ("zrandmember z -9223372036854775807 withscores", outOfRange),
        ("zrange z 0 -1 byscore bylex", syntaxError),
        ("zrange z 0 -1 bylex byscore", syntaxError),
        ("zrange z 0 -1 limit 1 -1", "*1\r\n$1\r\na\r\n"),
        ("zrangestore y z 0 -1 limit 1 -1", ":1\r\n"),
        (
            "zrange z 0 -1 limit 0 -2",
            "-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or"
                + " BYLEX\r\n"
        ),
    ]

    @Test func takesOptionsAtTheirEnds() throws {
        try withServer(ServerConfiguration(table: .valkey72)) { port in
            let client = try RawClient(port: port)
            for (request, reply) in Self.ends {
                try client.exchange("\(request)\r\n", reply)
            }
            try client.exchange(encode("RPUSH", "e", "3", "", "-1"), ":3\r\n")
            try client.exchange("sort e\r\n", "*3\r\n$2\r\n-1\r\n$0\r\n\r\n$1\r\n3\r\n")
        }
    }

    @Test(arguments: Table.releases + [.foreignIndex])
    func answersInTheOldProtocol(_ table: Table) throws {
        try withServer(ServerConfiguration(table: table)) { port in
            let client = try RawClient(port: port)
            for (request, reply) in Self.conversation {
                try client.exchange("\(request)\r\n", reply)
            }
        }
    }

    @Test func answersInTheNewProtocol() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let client = try RawClient(port: port)
            try client.send(encode("HELLO", "3"))
            _ = try client.reply()
            for (request, reply) in [
                ("hset h a 1", ":1\r\n"), ("hgetall h", "%1\r\n$1\r\na\r\n$1\r\n1\r\n"),
                ("hrandfield h 1 withvalues", "*1\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n"),
                ("sadd s x", ":1\r\n"), ("smembers s", "~1\r\n$1\r\nx\r\n"),
                ("zadd z 1.5 m", ":1\r\n"), ("zscore z m", ",1.5\r\n"),
                ("zrange z 0 -1 withscores", "*1\r\n*2\r\n$1\r\nm\r\n,1.5\r\n"),
                ("zpopmin z", "*2\r\n$1\r\nm\r\n,1.5\r\n"), ("lpop none 1", "_\r\n"),
            ] {
                try client.exchange("\(request)\r\n", reply)
            }
        }
    }

    /// 9.0 and later have fields that end; others do not know the commands.
    @Test func fieldsEnd() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let client = try RawClient(port: port)
            for (request, reply) in [
                ("hset h a 1 b 2", ":2\r\n"),
                ("hexpire h 1000 fields 2 a x", "*2\r\n:1\r\n:-2\r\n"),
                ("object encoding h", "$9\r\nhashtable\r\n"),
                ("hexpire h 2000 nx fields 1 a", "*1\r\n:0\r\n"),
                ("hpersist h fields 2 a b", "*2\r\n:1\r\n:-1\r\n"),
                ("httl h fields 1 a", "*1\r\n:-1\r\n"),
                ("hexpireat h 1 fields 1 a", "*1\r\n:2\r\n"), ("hlen h", ":1\r\n"),
                ("hsetex h ex 1000 fields 1 c 3", ":1\r\n"),
                ("hgetex h persist fields 1 c", "*1\r\n$1\r\n3\r\n"),
                ("hexpireat h 1 fields 2 b c", "*2\r\n:2\r\n:2\r\n"), ("exists h", ":0\r\n"),
                ("hashmark verify", "*0\r\n"),
            ] {
                try client.exchange("\(request)\r\n", reply)
            }
        }
        try withServer(ServerConfiguration(table: .valkey81)) { port in
            let client = try RawClient(port: port)
            try client.send("httl h fields 1 a\r\n")
            guard case .error(let text) = try client.reply() else {
                Issue.record("8.1 answers HTTL")
                return
            }
            #expect(text.hasPrefix("ERR unknown command 'httl'"))
        }
    }

    /// What UNLINK leaves is freed in the background, and accounted for until then.
    @Test(arguments: Table.releases) func largeOnesGoInTheBackground(_ table: Table) throws {
        try withServer(ServerConfiguration(table: table)) { port in
            let client = try RawClient(port: port)
            for (command, extra) in [("HSET", ["v"]), ("SADD", []), ("RPUSH", [])] {
                for first in stride(from: 0, to: 20_000, by: 500) {
                    let words = (first..<first + 500).flatMap { ["m\($0)"] + extra }
                    try client.send(encode([command, "k:\(command)"] + words))
                    _ = try client.reply()
                }
                try client.exchange(encode("UNLINK", "k:\(command)"), ":1\r\n")
                try client.exchange("hashmark verify\r\n", "*0\r\n")
            }
            try client.exchange("hashmark settle\r\n", "+OK\r\n")
            try client.exchange("hashmark verify\r\ndbsize\r\n", "*0\r\n:0\r\n")
        }
    }
}
