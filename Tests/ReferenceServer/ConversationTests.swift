// What clients see: replies, errors, pipelines, ends of streams, slow readers.
import Glibc
import Keyspaces
import LinuxSystem
import ReferenceServer
import Testing

/// Two servers at a time are enough for two cores.
@Suite(.serialized) struct ConversationTests {
    /// Requests of one line and their replies, as redis-server 7.0.15 gives them.
    static let conversations: [(String, String)] = [
        ("PING", "+PONG\r\n"), ("ping hello", "$5\r\nhello\r\n"),
        ("ping a b c", "-ERR wrong number of arguments for 'ping' command\r\n"),
        ("echo x", "$1\r\nx\r\n"), ("get a", "$-1\r\n"), ("set a 12", "+OK\r\n"),
        ("GeT a", "$2\r\n12\r\n"), ("object encoding a", "$3\r\nint\r\n"),
        ("strlen a", ":2\r\n"), ("set a -120", "+OK\r\n"), ("get a", "$4\r\n-120\r\n"),
        ("strlen a", ":4\r\n"), ("set a \"\"", "+OK\r\n"), ("get a", "$0\r\n\r\n"),
        ("object encoding a", "$6\r\nembstr\r\n"), ("object encoding none", "$-1\r\n"),
        ("set a b nx", "$-1\r\n"), ("set a b xx get", "$0\r\n\r\n"), ("get a", "$1\r\nb\r\n"),
        ("set a b nx get", "$1\r\nb\r\n"), ("set none b xx", "$-1\r\n"),
        ("set none b xx get", "$-1\r\n"), ("exists a a none", ":2\r\n"), ("type a", "+string\r\n"),
        ("type none", "+none\r\n"), ("ttl none", ":-2\r\n"), ("ttl a", ":-1\r\n"),
        ("set a b ex 100", "+OK\r\n"), ("ttl a", ":100\r\n"), ("set a c keepttl", "+OK\r\n"),
        ("ttl a", ":100\r\n"), ("set a c", "+OK\r\n"), ("pttl a", ":-1\r\n"),
        ("expire a 10 xx", ":0\r\n"), ("expire a 10 nx", ":1\r\n"), ("expire a 9 gt", ":0\r\n"),
        ("expire a 9 lt", ":1\r\n"), ("expire a 20 gt", ":1\r\n"), ("ttl a", ":20\r\n"),
        ("persist a", ":1\r\n"), ("persist a", ":0\r\n"), ("expire a 5 gt", ":0\r\n"),
        ("expire none 5", ":0\r\n"), ("dbsize", ":1\r\n"), ("expire a -1", ":1\r\n"),
        ("dbsize", ":0\r\n"), ("set a b exat 1", "+OK\r\n"), ("get a", "$-1\r\n"),
        ("set a b pxat 99999999999999", "+OK\r\n"), ("del a a none", ":1\r\n"),
        ("set a", "-ERR wrong number of arguments for 'set' command\r\n"),
        ("set a b ex 0", "-ERR invalid expire time in 'set' command\r\n"),
        ("set a b ex a", "-ERR value is not an integer or out of range\r\n"),
        ("set a b ex 9223372036854775807", "-ERR invalid expire time in 'set' command\r\n"),
        ("set a b px 1 ex 1", "-ERR syntax error\r\n"), ("set a b nx xx", "-ERR syntax error\r\n"),
        ("set a b ex", "-ERR syntax error\r\n"), ("set a b foo", "-ERR syntax error\r\n"),
        ("expire a 1a", "-ERR value is not an integer or out of range\r\n"),
        ("expire a 10 foo", "-ERR Unsupported option foo\r\n"),
        (
            "expire a 1 nx gt",
            "-ERR NX and XX, GT or LT options at the same time are not compatible\r\n"
        ),
        ("expire a 9223372036854775807", "-ERR invalid expire time in 'expire' command\r\n"),
        ("foo", "-ERR unknown command 'foo', with args beginning with: \r\n"),
        ("foo a b", "-ERR unknown command 'foo', with args beginning with: 'a' 'b' \r\n"),
        ("select 0", "+OK\r\n"), ("select 16", "-ERR DB index is out of range\r\n"),
        ("config get save", "*2\r\n$4\r\nsave\r\n$0\r\n\r\n"),
        ("config get nosuch", "*0\r\n"), ("config set save \"\"", "+OK\r\n"),
        ("config foo", "-ERR unknown subcommand 'foo'. Try CONFIG HELP.\r\n"),
        ("config get", "-ERR wrong number of arguments for 'config|get' command\r\n"),
        ("client getname", "$-1\r\n"), ("client setname me", "+OK\r\n"),
        ("client getname", "$2\r\nme\r\n"), ("client setinfo lib-name x", "+OK\r\n"),
        (
            "client setname \"a b\"",
            "-ERR Client names cannot contain spaces, newlines or special characters.\r\n"
        ),
        ("hello 4", "-NOPROTO unsupported protocol version\r\n"), ("reset", "+RESET\r\n"),
        ("client getname", "$-1\r\n"), ("flushall", "+OK\r\n"),
        ("flushall foo", "-ERR syntax error\r\n"), ("info foo", "$0\r\n\r\n"),
        ("command getkeys set a b", "*1\r\n$1\r\na\r\n"), ("hashmark settled", ":1\r\n"),
        ("hashmark verify", "*0\r\n"), ("debug sleep 0", "+OK\r\n"),
        ("append s ab", ":2\r\n"), ("append s cd", ":4\r\n"), ("getrange s 1 -2", "$2\r\nbc\r\n"),
        ("getrange s -1 -3", "$0\r\n\r\n"), ("setrange s 6 x", ":7\r\n"),
        ("setrange s -1 x", "-ERR offset is out of range\r\n"),
        ("getdel s", "$7\r\nabcd\u{0}\u{0}x\r\n"), ("incr n", ":1\r\n"),
        ("incrby n 41", ":42\r\n"), ("decrby n 2", ":40\r\n"), ("decr n", ":39\r\n"),
        ("incrbyfloat n 0.5", "$4\r\n39.5\r\n"),
        ("incr n", "-ERR value is not an integer or out of range\r\n"),
        ("incrbyfloat n x", "-ERR value is not a valid float\r\n"),
        ("set n 9223372036854775807", "+OK\r\n"),
        ("incr n", "-ERR increment or decrement would overflow\r\n"),
        ("mset x 1 y 2", "+OK\r\n"), ("mget x nope y", "*3\r\n$1\r\n1\r\n$-1\r\n$1\r\n2\r\n"),
        ("mset x", "-ERR wrong number of arguments for 'mset' command\r\n"),
        ("msetnx x 3 z 4", ":0\r\n"), ("msetnx z 4", ":1\r\n"), ("setnx z 5", ":0\r\n"),
        ("getset z 5", "$1\r\n4\r\n"), ("setex z 100 6", "+OK\r\n"), ("ttl z", ":100\r\n"),
        ("setex z 0 6", "-ERR invalid expire time in 'setex' command\r\n"),
        ("getex z persist", "$1\r\n6\r\n"), ("ttl z", ":-1\r\n"),
        ("getex z exat 4102444800", "$1\r\n6\r\n"), ("expiretime z", ":4102444800\r\n"),
        ("pexpiretime z", ":4102444800000\r\n"), ("rename z w", "+OK\r\n"),
        ("expiretime w", ":4102444800\r\n"), ("rename z w", "-ERR no such key\r\n"),
        ("renamenx w x", ":0\r\n"), ("copy w x", ":0\r\n"), ("copy w x replace", ":1\r\n"),
        ("get x", "$1\r\n6\r\n"), ("keys w*", "*1\r\n$1\r\nw\r\n"),
        (
            "object freq w",
            "-ERR An LFU maxmemory policy is not selected, access frequency not "
                + "tracked. Please note that when switching between policies at runtime LRU and "
                + "LFU data will take some time to adjust.\r\n"
        ),
        ("set w 10000", "+OK\r\n"), ("object refcount w", ":1\r\n"),
        ("scan x", "-ERR invalid cursor\r\n"), ("scan 0 count 0", "-ERR syntax error\r\n"),
        ("cluster info", "-ERR This instance has cluster support disabled\r\n"),
        (
            "auth x",
            "-ERR AUTH <password> called without any password configured for the default "
                + "user. Are you sure your configuration is correct?\r\n"
        ),
        ("shutdown nosave save", "-ERR syntax error\r\n"),
        ("shutdown save nosave", "-ERR syntax error\r\n"),
        ("shutdown nosuch", "-ERR syntax error\r\n"),
        ("shutdown abort now", "-ERR syntax error\r\n"),
        ("shutdown nosave abort", "-ERR syntax error\r\n"),
        ("shutdown nosave now force x", "-ERR syntax error\r\n"),
        ("shutdown abort", "-ERR No shutdown in progress.\r\n"),
        ("shutdown abort abort", "-ERR No shutdown in progress.\r\n"),
        ("command info nosuch", "*1\r\n$-1\r\n"), ("command docs nosuch", "*0\r\n"),
        ("client kill id abc", "-ERR client-id should be greater than 0\r\n"),
        ("client kill id -1", "-ERR client-id should be greater than 0\r\n"),
        ("client kill id 0", "-ERR client-id should be greater than 0\r\n"),
        ("client kill id 1x", "-ERR client-id should be greater than 0\r\n"),
        ("client kill id 99999999999999999999", "-ERR client-id should be greater than 0\r\n"),
        ("client kill id", "-ERR No such client\r\n"),
        ("client list id abc", "-ERR Invalid client ID\r\n"),
        ("client list id 99999 abc", "-ERR Invalid client ID\r\n"),
        ("client list id -1", "$0\r\n\r\n"), ("client list id 0", "$0\r\n\r\n"),
        ("client list id", "-ERR syntax error\r\n"),
        (
            "select 2147483648",
            "-ERR value is out of range, value must between -2147483648 and 2147483647\r\n"
        ),
        (
            "select -2147483649",
            "-ERR value is out of range, value must between -2147483648 and 2147483647\r\n"
        ),
        (
            "copy a b db 2147483648",
            "-ERR value is out of range, value must between -2147483648 and 2147483647\r\n"
        ),
        ("select 2147483647", "-ERR DB index is out of range\r\n"),
        ("select -1", "-ERR DB index is out of range\r\n"),
        ("select abc", "-ERR value is not an integer or out of range\r\n"),
        ("copy a b db abc", "-ERR value is not an integer or out of range\r\n"),
        ("config set hz 1000", "+OK\r\n"), ("config get hz", "*2\r\n$2\r\nhz\r\n$3\r\n500\r\n"),
        ("config set hz 10", "+OK\r\n"),
        (
            "config set timeout abc NoSuch 4",
            "-ERR Unknown option or number of arguments for CONFIG SET - 'NoSuch'\r\n"
        ),
        ("config get timeout", "*2\r\n$7\r\ntimeout\r\n$1\r\n0\r\n"),
        ("config set maxmemory 18446744073709551615", "+OK\r\n"), ("set a b", "+OK\r\n"),
        (
            "config set client-output-buffer-limit \"NORMAL 18446744073709551615 0 0\"",
            "+OK\r\n"
        ),
        ("config set client-output-buffer-limit \"normal 0 0 0\"", "+OK\r\n"),
        ("config set maxmemory 1Kb", "+OK\r\n"),
        ("config get maxmemory", "*2\r\n$9\r\nmaxmemory\r\n$4\r\n1024\r\n"),
        ("config set maxmemory 0", "+OK\r\n"),
        ("config get MAXMEMORY maxmemory", "*2\r\n$9\r\nMAXMEMORY\r\n$1\r\n0\r\n"),
        ("config get m[a]xmemory M?XMEMORY", "*2\r\n$9\r\nmaxmemory\r\n$1\r\n0\r\n"),
        ("config help x", "-ERR wrong number of arguments for 'config|help' command\r\n"),
        ("cluster help", "-ERR This instance has cluster support disabled\r\n"),
        ("config set maxmemory 0", "+OK\r\n"), ("flushall", "+OK\r\n"),
        ("randomkey", "$-1\r\n"), ("role", "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n"),
    ]

    /// What CONFIG SET says of a parameter's value, as redis-server 7.0.15 does.
    static let refusals: [(name: String, value: String, problem: String)] = [
        ("hz", "-1", "argument must be between 0 and 2147483647 inclusive"),
        ("hz", "05", "argument couldn't be parsed into an integer"),
        ("hz", "10kb", "argument couldn't be parsed into an integer"),
        ("hz", "99999999999", "argument must be between 0 and 2147483647 inclusive"),
        ("maxmemory", "abc", "argument must be a memory value"),
        ("maxmemory", "-1", "argument must be a memory value"),
        ("maxmemory", "1kbx", "argument must be a memory value"),
        ("maxmemory", "50%", "argument must be a memory value"),
        ("maxmemory", "1.5gb", "argument must be a memory value"),
        ("maxmemory", "64KiB", "argument must be a memory value"),
        ("maxclients", "0", "argument must be between 1 and 4294967295 inclusive"),
        ("maxclients", "-1", "argument must be between 1 and 4294967295 inclusive"),
        ("maxclients", "abc", "argument couldn't be parsed into an integer"),
        ("timeout", "-1", "argument must be between 0 and 2147483647 inclusive"),
        ("timeout", "2147483648", "argument must be between 0 and 2147483647 inclusive"),
        ("timeout", "abc", "argument couldn't be parsed into an integer"),
        ("tcp-keepalive", "abc", "argument couldn't be parsed into an integer"),
        ("port", "65536", "argument must be between 0 and 65535 inclusive"),
        ("appendonly", "abc", "argument must be 'yes' or 'no'"),
        ("save", "abc", "Invalid save parameters"),
        ("databases", "16", "can't set immutable config"),
        (
            "proto-max-bulk-len", "1",
            "argument must be between 1048576 and 9223372036854775807 inclusive"
        ),
        (
            "client-output-buffer-limit", "abc",
            "Wrong number of arguments in buffer limit configuration."
        ),
        (
            "client-output-buffer-limit", "normal 0 0 1kb",
            "Error in hard, soft or soft_seconds setting in buffer limit configuration."
        ),
        (
            "client-output-buffer-limit", "nosuch 0 0 0",
            "Invalid client class specified in buffer limit configuration."
        ),
        ("maxmemory-policy", "abc", policies),
    ]

    private static let policies = """
        argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, \
        volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction
        """

    private static func refusal(_ name: String, _ problem: String) -> String {
        "-ERR CONFIG SET failed (possibly related to argument '\(name)') - \(problem)\r\n"
    }

    @Test func settingsAreRefusedInRealServersWords() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let client = try RawClient(port: port)
            for (name, value, problem) in Self.refusals {
                try client.exchange(
                    encode("CONFIG", "SET", name, value), Self.refusal(name, problem))
            }
            // Names are looked at before values, and nothing is changed where one cannot be.
            try client.exchange(
                encode("CONFIG", "SET", "timeout", "abc", "TIMEOUT", "0"),
                Self.refusal("TIMEOUT", "duplicate parameter"))
            try client.exchange(
                encode("CONFIG", "SET", "timeout", "5", "hz", "abc"),
                Self.refusal("hz", "argument couldn't be parsed into an integer"))
            try client.exchange("CONFIG GET timeout\r\n", "*2\r\n$7\r\ntimeout\r\n$1\r\n0\r\n")
        }
    }

    @Test(arguments: Table.builtIn) func answersLikeARealServer(_ table: Table) throws {
        try withServer(ServerConfiguration(table: table)) { port in
            let client = try RawClient(port: port)
            for (request, reply) in Self.conversations {
                try client.exchange(request + "\r\n", reply)
            }
            // The same in one write, then byte by byte.
            let all = Self.conversations
            try client.exchange(
                all.map { $0.0 + "\r\n" }.joined(), all.map(\.1).joined())
            for byte in Array(all.map { $0.0 + "\r\n" }.joined().utf8) { try client.send([byte]) }
            let expected = all.map(\.1).joined()
            let got = try client.receive(exactly: expected.utf8.count)
            #expect(String(decoding: got, as: UTF8.self) == expected)
        }
    }

    @Test func resp3() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let client = try RawClient(port: port)
            let hello =
                "%7\r\n$6\r\nserver\r\n$6\r\nvalkey\r\n$7\r\nversion\r\n$5\r\n9.1.2\r\n"
                + "$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n"
                + "$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n"
            try client.exchange(encode("HELLO", "3"), hello)
            try client.exchange(encode("GET", "none"), "_\r\n")
            try client.exchange(encode("COMMAND", "INFO", "nosuch"), "*1\r\n_\r\n")
            try client.exchange(
                encode("CONFIG", "GET", "appendonly"), "%1\r\n$10\r\nappendonly\r\n$2\r\nno\r\n")
        }
    }

    @Test func protocolErrorsEndTheConnection() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let client = try RawClient(port: port)
            try client.send("PING\r\n*3\r\n$3\r\nabc\r\n$-1\r\nPING\r\n")
            #expect(
                try client.receiveAll()
                    == "+PONG\r\n-ERR Protocol error: invalid bulk length\r\n")
            let quitter = try RawClient(port: port)
            try quitter.send("QUIT\r\n")
            #expect(try quitter.receiveAll() == "+OK\r\n")
        }
    }

    /// Data and the end of the stream at once: everything is answered, then the connection ends.
    @Test func halfClosedPeersAreAnswered() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            for requests in [1, 63, 64, 65, 128, 5_000] {
                let client = try RawClient(port: port)
                try client.send(
                    String(repeating: encode("PING"), count: requests) + "*1\r\n$4\r\nPI")
                client.endOutput()
                #expect(
                    try client.receiveAll() == String(repeating: "+PONG\r\n", count: requests))
            }
        }
    }

    /// A peer that reads late gets everything, and others are served meanwhile.
    @Test func slowReadersGetEverything() throws {
        try withServer(ServerConfiguration(table: .valkey72)) { port in
            let slow = try RawClient(port: port)
            let other = try RawClient(port: port)
            let value = String(repeating: "v", count: 100_000)
            try slow.exchange(encode("SET", "key", value), "+OK\r\n")
            try slow.send(String(repeating: encode("GET", "key"), count: 500))
            for _ in 0..<100 { try other.exchange("PING\r\n", "+PONG\r\n") }
            slow.endOutput()
            let reply = "$100000\r\n" + value + "\r\n"
            let all = try slow.receiveAll()
            #expect(all.utf8.count == reply.utf8.count * 500)
            #expect(all == String(repeating: reply, count: 500))
            try other.exchange("PING\r\n", "+PONG\r\n")
        }
    }

    @Test(arguments: Table.builtIn) func largeValues(_ table: Table) throws {
        try withServer(ServerConfiguration(table: table)) { port in
            let client = try RawClient(port: port)
            for size in [16_383, 32_750, 32_768, 100_000, 1_048_576, 20_000_000] {
                let value = String(repeating: "x", count: size)
                try client.exchange(
                    encode("SET", "key", value) + encode("PING"), "+OK\r\n+PONG\r\n")
                try client.send(encode("GET", "key"))
                let reply = "$\(size)\r\n\(value)\r\n"
                let got = try client.receive(exactly: reply.utf8.count)
                #expect(got.elementsEqual(reply.utf8), "a value of \(size) bytes")
            }
        }
    }

    @Test func unixSocket() throws {
        let path = "/tmp/hashmark-test-\(getpid()).sock"
        var configuration = ServerConfiguration(table: .valkey91)
        configuration.unixSocket = path
        try withServer(configuration) { _ in
            let client = try RawClient(path: path)
            try client.exchange("PING\r\n", "+PONG\r\n")
        }
        #expect(access(path, F_OK) != 0)
    }

    @Test func connectionsComeAndGo() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            for _ in 0..<500 {
                let client = try RawClient(port: port)
                try client.exchange("PING\r\n", "+PONG\r\n")
            }
            let client = try RawClient(port: port)
            // The end of the last one may be seen after the beginning of this one.
            var text = ""
            for _ in 0..<500 where !text.contains("connected_clients:1\r\n") {
                Clock.sleep(milliseconds: 2)
                try client.send("INFO clients\r\n")
                text = String(decoding: try #require(try client.receive()), as: UTF8.self)
            }
            #expect(text.contains("connected_clients:1\r\n"), "\(text)")
        }
    }

    /// A rehash is finished soon after the load stops, without another request.
    @Test(arguments: Table.builtIn) func settlesWhenIdle(_ table: Table) throws {
        try withServer(ServerConfiguration(table: table)) { port in
            let client = try RawClient(port: port)
            for start in stride(from: 0, to: 140_000, by: 1_000) {
                let requests = (start..<start + 1_000).map { encode("SET", "key:\($0)", "value") }
                try client.exchange(
                    requests.joined(), String(repeating: "+OK\r\n", count: 1_000))
            }
            Clock.sleep(milliseconds: 300)
            try client.exchange("HASHMARK SETTLED\r\n", ":1\r\n")
            try client.exchange("DBSIZE\r\n", ":140000\r\n")
        }
    }
}
