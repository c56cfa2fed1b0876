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
    /// For a cluster: keys that stand for themselves have a `{tag}` (see BenchmarkTest+Cluster).
    var isTagged = false

    private init(_ names: [String], _ title: String, bytes: [UInt8], _ label: CommandLabel) {
        var template = RequestTemplate(bytes, [label])
        template.answerRules = [AnswerRule(kindOf: label.name)]
        self.init(names, title, template)
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

    /// All of them, or those that have one of `names`: no other is built.
    /// - Parameters:
    ///   - names: what `-t` says; nil is all.
    ///   - dataBytes: size of values (`-d`).
    ///   - isRandom: whether numbers are put in for placeholders (`-r`).
    ///   - functions: functions of the library that is loaded (`--num-functions`).
    ///   - functionKeys: keys that the function is called with (`--num-keys-in-fcall`).
    ///   - keysPerCommand: of MSET and MGET.
    ///   - isCluster: whether the keys are spread over the slots of a cluster.
    public static func all(
        _ names: Set<String>? = nil, dataBytes: Int, isRandom: Bool, functions: Int = 10,
        functionKeys: Int = 1, keysPerCommand: Int = 10, isCluster: Bool = false
    ) -> [BenchmarkTest] {
        table.compactMap { row in
            guard names.map({ !$0.isDisjoint(with: row.names) }) ?? true else { return nil }
            let values = Values(
                dataBytes: dataBytes, isRandom: isRandom, functions: functions,
                functionKeys: functionKeys, keysPerCommand: keysPerCommand)
            let test = row.make(row.names, values)
            return isCluster ? test.tagged(isRandom: isRandom) : test
        }
    }

    /// What the tests are made of.
    private struct Values {
        let dataBytes: Int
        let isRandom: Bool
        let functions: Int
        let functionKeys: Int
        let keysPerCommand: Int

        var data: [UInt8] { BenchmarkData.bytes(dataBytes) }
    }

    /// A test's names and how it is built, which costs a copy or more of its value.
    private struct Row {
        let names: [String]
        let make: @Sendable ([String], Values) -> BenchmarkTest
    }

    private static let table: [Row] = {
        @Sendable func words(_ text: String, _ more: [UInt8]...) -> [[UInt8]] {
            text.split(separator: " ").map { Array($0.utf8) } + more
        }
        /// A command, with the value behind it where it has one.
        func row(_ names: [String], _ text: String, value: Bool = false) -> Row {
            Row(names: names) {
                BenchmarkTest($0, words(text) + (value ? [$1.data] : []))
            }
        }
        func range(_ count: Int) -> Row {
            Row(names: ["lrange_\(count)", "lrange"]) { names, _ in
                BenchmarkTest(
                    names, words("LRANGE mylist 0 \(count - 1)"),
                    title: "LRANGE_\(count) (first \(count) elements)")
            }
        }
        let key = words("key:__rand_int__")
        return [
            Row(names: ["ping_inline", "ping"]) { names, _ in
                BenchmarkTest(
                    names, "PING_INLINE", bytes: Array("PING\r\n".utf8), CommandLabel("PING"))
            },
            row(["ping_mbulk", "ping"], "PING"),
            row(["set"], "SET key:__rand_int__", value: true),
            row(["get"], "GET key:__rand_int__"),
            row(["incr"], "INCR counter:__rand_int__"),
            row(["lpush"], "LPUSH mylist", value: true),
            row(["rpush"], "RPUSH mylist", value: true),
            row(["lpop"], "LPOP mylist"),
            row(["rpop"], "RPOP mylist"),
            row(["sadd"], "SADD myset element:__rand_int__"),
            row(["hset"], "HSET myhash element:__rand_int__", value: true),
            row(["spop"], "SPOP myset"),
            Row(names: ["zadd"]) {
                let score = $1.isRandom ? "__rand_int__" : "0"
                return BenchmarkTest($0, words("ZADD myzset \(score) element:__rand_1st__"))
            },
            row(["zpopmin"], "ZPOPMIN myzset"),
            Row(names: ["lrange", "lrange_100", "lrange_300", "lrange_500", "lrange_600"]) {
                BenchmarkTest(
                    $0, words("LPUSH mylist", $1.data), title: "LPUSH (needed to benchmark LRANGE)")
            },
            range(100), range(300), range(500), range(600),
            Row(names: ["mset"]) { names, values in
                let pair = key + [values.data]
                let count = values.keysPerCommand
                return BenchmarkTest(
                    names, words("MSET") + (0..<count).flatMap { _ in pair },
                    title: "MSET (\(count) keys)")
            },
            Row(names: ["mget"]) { names, values in
                let count = values.keysPerCommand
                return BenchmarkTest(
                    names, words("MGET") + (0..<count).flatMap { _ in key },
                    title: "MGET (\(count) keys)")
            },
            row(["xadd"], "XADD mystream * myfield", value: true),
            Row(names: ["function_load"]) {
                let library = library($1.functions, takesKeys: false)
                return BenchmarkTest(
                    $0, words("FUNCTION LOAD REPLACE", Array(library.utf8)), title: "FUNCTION LOAD")
            },
            Row(names: ["fcall"]) { _, values in call(keys: values.functionKeys) },
        ]
    }()

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

    /// Tests that neither write a value nor read one that another test wrote: its size (`-d`) means
    /// nothing to them.
    private static let withoutValues: Set<String> = [
        "ping", "ping_inline", "ping_mbulk", "incr", "sadd", "spop", "zadd", "zpopmin",
        "function_load", "fcall",
    ]

    /// Whether one of the tests `names` (nil: all) has to do with values.
    public static func haveValues(_ names: [String]?) -> Bool {
        names.map { !withoutValues.isSuperset(of: $0) } ?? true
    }

    /// Every name that `-t` takes.
    public static var allNames: [String] {
        var names: [String] = []
        for row in table {
            for name in row.names where !names.contains(name) { names.append(name) }
        }
        return names
    }
}
