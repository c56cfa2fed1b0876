// The tests of redis-benchmark and valkey-benchmark: names, titles and requests, in the order they
// run. Credits: the definitions are theirs (valkey-benchmark 9.1).
import RESP

extension CommandLabel {
    /// - Parameter command: a request's first argument.
    init(command: [UInt8]) {
        let name = String(decoding: command, as: UTF8.self).uppercased()
        self.init(name, nullIsMiss: ["GET", "GETEX", "HGET"].contains(name))
    }
}

/// One test: what `-t` calls it, what reports call it, and what it sends.
public struct BenchmarkTest: Sendable {
    /// What selects it.
    public let names: [String]
    public let title: String
    public let template: RequestTemplate
    /// The commands, for asking a server whether it knows them.
    public let commands: [String]
    /// What has to be sent once before it, on any connection.
    public var preparation: [[String]] = []

    private init(_ names: [String], _ title: String, bytes: [UInt8], _ label: CommandLabel) {
        self.init(names, title, RequestTemplate(bytes, [label]))
    }

    init(_ names: [String], _ title: String, _ template: RequestTemplate) {
        self.names = names
        self.title = title
        self.template = template
        commands = template.commands.map(\.name)
    }

    private init(_ names: [String], _ arguments: [[UInt8]], title: String? = nil) {
        self.init(
            names, title ?? names[0].uppercased(), bytes: RequestEncoder.encode(arguments),
            CommandLabel(command: arguments[0]))
    }

    /// All of them.
    /// - Parameters:
    ///   - dataBytes: size of values (`-d`).
    ///   - isRandom: whether numbers are put in for placeholders (`-r`).
    ///   - functions: functions of the library that is loaded (`--num-functions`).
    ///   - functionKeys: keys that the function is called with (`--num-keys-in-fcall`).
    public static func all(
        dataBytes: Int, isRandom: Bool, functions: Int = 10, functionKeys: Int = 1
    ) -> [BenchmarkTest] {
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
            BenchmarkTest(
                ["function_load"],
                words("FUNCTION LOAD REPLACE", Array(library(functions, takesKeys: false).utf8)),
                title: "FUNCTION LOAD"),
            call(keys: functionKeys),
        ]
    }

    private static func call(keys: Int) -> BenchmarkTest {
        let names = (0..<keys).map { "key\($0 + 1)" }
        let arguments = ["FCALL", "foo1", "\(keys)"] + names
        var test = BenchmarkTest(["fcall"], arguments.map { Array($0.utf8) }, title: "FCALL")
        test.preparation = [["FUNCTION", "LOAD", "REPLACE", library(1, takesKeys: keys > 0)]]
        return test
    }

    /// A Lua library of functions foo1 … fooN that do nothing.
    private static func library(_ functions: Int, takesKeys: Bool) -> String {
        let result = takesKeys ? "keys[0]" : "0"
        return (0..<functions).reduce("#!lua name=benchlib\n") { text, index in
            let name = "foo\(functions - index)"
            // `redis` is the name that servers before Valkey 8 know, and all later ones as well.
            return text + "local function \(name)(keys, args)\nreturn \(result)\nend\n"
                + "redis.register_function('\(name)', \(name))\n"
        }
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
