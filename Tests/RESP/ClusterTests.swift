// What a client of a cluster reads: slots, redirections, keys of commands.
import RESP
import Testing

private func measure(_ words: [String]) -> (length: Int, slot: Int) {
    let bytes = RequestEncoder.encode(words)
    let result = bytes.withUnsafeBufferPointer {
        RequestFrame.measure($0.baseAddress!, KeyPosition(of: words[0]))
    }
    #expect(result.length == bytes.count)
    let arguments = bytes.withUnsafeBufferPointer { RequestFrame.arguments($0.baseAddress!) }
    #expect(arguments == words.map { Array($0.utf8) })
    return result
}

private func slot(_ key: String) -> Int {
    Array(key.utf8).withUnsafeBytes { HashSlot.slot(of: $0) }
}

private func redirection(_ text: String) -> Redirection? {
    var text = text
    return text.withUTF8 { Redirection($0) }
}

@Suite struct ClusterTests {
    @Test(arguments: [
        ["GET", "k"], ["SET", "k", "v"], ["MSET", "k", "1", "l", "2"], ["OBJECT", "ENCODING", "k"],
        ["EVAL", "return 1", "1", "k"], ["FCALL", "f", "2", "k", "l"], ["SINTERCARD", "1", "k"],
        ["XREAD", "COUNT", "2", "STREAMS", "k", "0"], ["XADD", "k", "*", "f", "v"],
    ])
    func keysAreFound(_ words: [String]) { #expect(measure(words).slot == slot("k")) }

    @Test(arguments: [["PING"], ["FLUSHALL"], ["EVAL", "return 1", "0"], ["MEMORY", "STATS"]])
    func thereAreNone(_ words: [String]) { #expect(measure(words).slot == -1) }

    @Test func aLineHasALength() {
        let bytes = Array("PING\r\n*1\r\n".utf8)
        bytes.withUnsafeBufferPointer {
            #expect(RequestFrame.measure($0.baseAddress!, .none).length == 6)
        }
    }

    @Test func redirections() {
        let node = ClusterNode(host: "127.0.0.1", port: 6381)
        #expect(redirection("MOVED 3999 127.0.0.1:6381") == .moved(slot: 3_999, node))
        #expect(redirection("ASK 0 127.0.0.1:6381") == .ask(slot: 0, node))
        let six = ClusterNode(host: "::1", port: 1)
        #expect(redirection("MOVED 1 ::1:1") == .moved(slot: 1, six))
        #expect(
            redirection("MOVED 1 :6381")
                == .moved(slot: 1, ClusterNode(host: "", port: 6381)))
        #expect(redirection("TRYAGAIN Multiple keys") == .tryAgain)
        #expect(redirection("CLUSTERDOWN Hash slot not served") == .down)
        for text in [
            "MOVED", "MOVED x 1:1", "MOVED 16384 h:1", "MOVED 1 h", "MOVED 1 h:0", "ASK 1",
            "MOVEDX 1 h:1", "ERR", "", "MISCONF", "CROSSSLOT Keys",
        ] {
            #expect(redirection(text) == nil, "\(text)")
        }
    }

    @Test func slotsAreRead() throws {
        func node(_ host: RESPValue, _ port: Int64) -> RESPValue {
            .array([host, .integer(port), .bytes(Array("id".utf8)), .array([])])
        }
        let reply = RESPValue.array([
            .array([
                .integer(0), .integer(100), node(.bytes(Array("a".utf8)), 1), node(.null, 2),
            ]),
            .array([.integer(101), .integer(16_383), node(.bytes([]), 3)]),
        ])
        let ranges = try #require(ClusterSlots.ranges(of: reply, askedOf: "h"))
        #expect(ranges.map(\.slots) == [0...100, 101...16_383])
        #expect(ranges[0].primary == ClusterNode(host: "a", port: 1, id: "id"))
        #expect(ranges[0].replicas == [ClusterNode(host: "h", port: 2, id: "id")])
        #expect(ranges[1].primary.host == "h" && ranges[1].replicas.isEmpty)
        for broken: RESPValue in [
            .null, .error("ERR"), .array([.integer(1)]),
            .array([.array([.integer(5), .integer(4), node(.null, 1)])]),
            .array([.array([.integer(0), .integer(16_384), node(.null, 1)])]),
            .array([.array([.integer(0), .integer(1), node(.null, 0)])]),
        ] {
            #expect(ClusterSlots.ranges(of: broken, askedOf: "h") == nil)
        }
    }

    @Test func everySlotHasATag() {
        for wanted in 0..<HashSlot.count {
            let start = wanted * SlotTags.length
            let tag = Array(SlotTags.all[start..<start + SlotTags.length])
            let found = tag.withUnsafeBytes { HashSlot.slot(of: $0) }
            #expect(found == wanted)
        }
    }

    @Test(arguments: [
        ("GET k", true), ("SET k v", true), ("SET k v EX 10", true), ("SET k v NX", false),
        ("SET k v GET", false), ("INCR k", false), ("LPUSH k v", false), ("DEL k", true),
        ("ZADD k 1 m", true), ("ZADD k INCR 1 m", false), ("SPOP k", false), ("XYZ k", false),
    ])
    func whatMayBeRepeated(_ text: String, _ mayRepeat: Bool) {
        let words = text.split(separator: " ").map { Array($0.utf8) }
        #expect(CommandEffect.mayRepeat(words) == mayRepeat)
    }
}
