// The tests on a cluster. A key that a number of the range is part of has its slot from that
// number, so that tests and fills mean the same keys as on one server. Where all requests would
// have the same key (mylist, or key: without -r), or several that must lie in one slot (MSET,
// MGET), the key gets a tag, which is another slot's with every request:
//
//     LPUSH mylist      →  LPUSH mylist:{tag}
//     MGET key:__rand_int__ …  →  MGET key:{tag}:__rand_int__ …
//
// The tag of MSET and MGET belongs to their numbers, so that there are as many keys as on one
// server and a fill can write them (`taggedFill`).
//
// Credits: the tagged keys are valkey-benchmark's, which has them everywhere.
import RESP

extension BenchmarkTest {
    /// The same for a cluster.
    /// - Parameter isRandom: whether numbers are put in for placeholders.
    func tagged(isRandom: Bool) -> BenchmarkTest {
        let bytes = template.bytes
        // PING as a line has no key.
        guard bytes.first == UInt8(ascii: "*") else { return self }
        let arguments = bytes.withUnsafeBufferPointer {
            RequestFrame.arguments($0.baseAddress!)
        }
        let needsOneSlot = !Set(names).isDisjoint(with: ["mset", "mget"])
        let isSpread = isRandom && !needsOneSlot
        let changed = arguments.enumerated().map { index, argument in
            index == 0 ? argument : Self.tagged(argument, isSpread: isSpread)
        }
        var template = RequestTemplate(RequestEncoder.encode(changed), self.template.commands)
        template.answerRules = self.template.answerRules
        template.bindsTags = needsOneSlot && isRandom
        var test = BenchmarkTest(names, title, template)
        test.preparation = preparation
        test.isTagged = true
        return test
    }

    /// What writes the keys of a test whose tags belong to their numbers, one number after the
    /// other; nil of all other tests.
    public func taggedFill(dataBytes: Int) -> RequestTemplate? {
        guard template.bindsTags else { return nil }
        let key = Self.tagged(Array("key:__rand_int__".utf8), isSpread: false)
        let request = [Array("SET".utf8), key, BenchmarkData.bytes(dataBytes)]
        var fill = RequestTemplate(RequestEncoder.encode(request), [CommandLabel("SET")])
        fill.bindsTags = true
        return fill
    }

    /// A key of the tests with a tag in it; any other argument as it is.
    /// - Parameter isSpread: whether numbers spread the keys that have one.
    static func tagged(_ argument: [UInt8], isSpread: Bool = true) -> [UInt8] {
        let text = String(decoding: argument.prefix(64), as: UTF8.self)
        let tag = ":{tag}"
        switch text {
        case "mylist", "myset", "myhash", "myzset", "mystream":
            return argument + Array(tag.utf8)
        case "key:__rand_int__" where !isSpread, "counter:__rand_int__" where !isSpread:
            let name = text.prefix { $0 != ":" }
            return Array("\(name)\(tag):__rand_int__".utf8)
        default:
            // key1, key2, … of FCALL
            let isNumbered = text.hasPrefix("key") && text.dropFirst(3).allSatisfy(\.isNumber)
            return isNumbered && text.count > 3 ? argument + Array(tag.utf8) : argument
        }
    }
}
