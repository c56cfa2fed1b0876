// What a test needs on its server to measure what it is called after: keys that it reads, and
// elements that it takes out one by one.
import RESP

extension BenchmarkTest {
    /// A collection that a test empties, and how it is filled before.
    public struct Stock: Sendable {
        public let key: String
        /// The command that tells how many elements it has.
        public let sizeCommand: String
        /// Adds an element a request. Its numbers have to count up, or sets would not grow.
        public let template: RequestTemplate

        fileprivate init(
            _ key: String, _ sizeCommand: String, _ arguments: [[UInt8]], isTagged: Bool
        ) {
            let arguments = isTagged ? arguments.map { BenchmarkTest.tagged($0) } : arguments
            self.key = key
            self.sizeCommand = sizeCommand
            template = RequestTemplate(
                RequestEncoder.encode(arguments), [CommandLabel(command: arguments[0])])
        }
    }

    /// Whether it reads the keys of the range, as the test `set` writes them.
    public var readsKeys: Bool { !Set(names).isDisjoint(with: ["get", "mget"]) }

    /// What it takes elements out of and puts none into; nil of all other tests.
    /// - Parameter dataBytes: size of a list's elements.
    public func stock(dataBytes: Int) -> Stock? {
        func words(_ text: String) -> [[UInt8]] {
            text.split(separator: " ").map { Array($0.utf8) }
        }
        switch names.first {
        case "lpop", "rpop":
            let push = words("RPUSH mylist") + [BenchmarkData.bytes(dataBytes)]
            return Stock("mylist", "LLEN", push, isTagged: isTagged)
        case "spop":
            let add = words("SADD myset element:__rand_int__")
            return Stock("myset", "SCARD", add, isTagged: isTagged)
        case "zpopmin":
            let add = words("ZADD myzset __rand_int__ element:__rand_1st__")
            return Stock("myzset", "ZCARD", add, isTagged: isTagged)
        default: return nil
        }
    }
}
