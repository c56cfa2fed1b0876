// The tests of redis-benchmark and valkey-benchmark: names, titles and requests, in the order they
// run. Credits: the definitions are theirs (valkey-benchmark 9.1).
import RESP

/// One test: what `-t` calls it, what reports call it, and what it sends.
public struct BenchmarkTest: Sendable {
    /// What selects it.
    public let names: [String]
    public let title: String
    public let template: RequestTemplate
    /// The command, for asking a server whether it knows it.
    public let command: String

    private init(_ names: [String], _ title: String, bytes: [UInt8], _ label: CommandLabel) {
        self.names = names
        self.title = title
        command = label.name
        template = RequestTemplate(bytes, [label])
    }

    private init(_ names: [String], _ arguments: [[UInt8]], title: String? = nil) {
        let command = String(decoding: arguments[0], as: UTF8.self)
        self.init(
            names, title ?? names[0].uppercased(), bytes: RequestEncoder.encode(arguments),
            CommandLabel(command, nullIsMiss: command == "GET"))
    }

    /// All of them.
    /// - Parameters:
    ///   - dataBytes: size of values (`-d`).
    ///   - isRandom: whether numbers are put in for placeholders (`-r`).
    public static func all(dataBytes: Int, isRandom: Bool) -> [BenchmarkTest] {
        let data = BenchmarkData.bytes(dataBytes)
        func words(_ text: String, _ more: [UInt8]...) -> [[UInt8]] {
            text.split(separator: " ").map { Array($0.utf8) } + more
        }
        func range(_ count: Int) -> BenchmarkTest {
            BenchmarkTest(
                ["lrange_\(count)", "lrange"], words("LRANGE mylist 0 \(count - 1)"),
                title: "LRANGE_\(count) (first \(count) elements)")
        }
        let key = words("key:__rand_int__")
        let pairs = (0..<10).flatMap { _ in key + [data] }
        return [
            BenchmarkTest(
                ["ping_inline", "ping"], "PING_INLINE", bytes: Array("PING\r\n".utf8),
                CommandLabel("PING")),
            BenchmarkTest(["ping_mbulk", "ping"], words("PING")),
            BenchmarkTest(["set"], words("SET key:__rand_int__", data)),
            BenchmarkTest(["get"], words("GET key:__rand_int__")),
            BenchmarkTest(["incr"], words("INCR counter:__rand_int__")),
            BenchmarkTest(["lpush"], words("LPUSH mylist", data)),
            BenchmarkTest(["rpush"], words("RPUSH mylist", data)),
            BenchmarkTest(["lpop"], words("LPOP mylist")),
            BenchmarkTest(["rpop"], words("RPOP mylist")),
            BenchmarkTest(["sadd"], words("SADD myset element:__rand_int__")),
            BenchmarkTest(["hset"], words("HSET myhash element:__rand_int__", data)),
            BenchmarkTest(["spop"], words("SPOP myset")),
            BenchmarkTest(
                ["zadd"],
                words("ZADD myzset \(isRandom ? "__rand_int__" : "0") element:__rand_1st__")),
            BenchmarkTest(["zpopmin"], words("ZPOPMIN myzset")),
            BenchmarkTest(
                ["lrange", "lrange_100", "lrange_300", "lrange_500", "lrange_600"],
                words("LPUSH mylist", data), title: "LPUSH (needed to benchmark LRANGE)"),
            range(100), range(300), range(500), range(600),
            BenchmarkTest(["mset"], words("MSET") + pairs, title: "MSET (10 keys)"),
            BenchmarkTest(
                ["mget"], words("MGET") + (0..<10).flatMap { _ in key }, title: "MGET (10 keys)"),
            BenchmarkTest(["xadd"], words("XADD mystream * myfield", data)),
        ]
    }

    /// Every name that `-t` takes.
    public static var allNames: [String] {
        var names: [String] = []
        for test in all(dataBytes: 3, isRandom: false) {
            for name in test.names where !names.contains(name) { names.append(name) }
        }
        return names
    }
}
