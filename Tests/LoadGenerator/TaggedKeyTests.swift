// Keys of MSET and MGET in a cluster: those of one request lie in one slot, every number is one
// key, and the fill writes all of them.
import LoadGenerator
import RESP
import Testing

/// The arguments of `count` requests of a source.
private func requests(
    _ template: RequestTemplate, range: UInt64, _ count: Int, isSequential: Bool
) -> [[String]] {
    var source = TemplateSource(
        template, range: range, seed: 7, isSequential: isSequential, fillsTags: true,
        WorkerPlace(index: 0, count: 1))
    var batch = RequestBatch(requests: count)
    defer { batch.deallocate() }
    source.fill(&batch, count)
    var requests: [[String]] = []
    var at = 0
    while at < batch.length {
        let bytes = UnsafePointer(batch.bytes + at)
        requests.append(
            RequestFrame.arguments(bytes).map { String(decoding: $0, as: UTF8.self) })
        at += RequestFrame.measure(bytes, .argument(1)).length
    }
    return requests
}

private func slot(_ key: String) -> Int {
    Array(key.utf8).withUnsafeBytes { HashSlot.slot(of: $0) }
}

@Suite struct TaggedKeyTests {
    /// Fewer keys than slots, as many, and more: whole rounds of the tags and a part of one.
    @Test(arguments: [UInt64(1), 7, 1_000, 16_384, 16_390, 40_000])
    func everyNumberIsOneKey(_ range: UInt64) throws {
        let tests = BenchmarkTest.all(
            ["mset", "mget"], dataBytes: 3, isRandom: true, keysPerCommand: 5, isCluster: true)
        #expect(tests.map(\.names) == [["mset"], ["mget"]])
        let fill = try #require(tests[1].taggedFill(dataBytes: 3))
        let filled = requests(fill, range: range, Int(range), isSequential: true).map { $0[1] }
        let known = Set(filled)
        #expect(known.count == Int(range))
        for isSequential in [false, true] {
            for test in tests {
                let step = test.names == ["mset"] ? 2 : 1
                let sent = requests(
                    test.template, range: range, 200, isSequential: isSequential)
                #expect(sent.count == 200)
                for request in sent {
                    let keys = stride(from: 1, to: request.count, by: step).map { request[$0] }
                    #expect(keys.count == 5)
                    #expect(Set(keys.map(slot)).count == 1, "\(keys)")
                    #expect(known.isSuperset(of: keys), "\(keys)")
                }
            }
        }
        // In equal steps over all slots.
        let slots = Set(filled.map(slot))
        #expect(slots.count == min(Int(range), HashSlot.count))
        #expect(range < 1_000 || slots.max() ?? 0 > HashSlot.count * 9 / 10)
    }

    @Test func otherTestsHaveNoTaggedFill() {
        let spread = BenchmarkTest.all(
            ["get", "set"], dataBytes: 3, isRandom: true, isCluster: true)
        let single = BenchmarkTest.all(["mget"], dataBytes: 3, isRandom: true)
        for test in spread + single {
            let fill = test.taggedFill(dataBytes: 3)
            #expect(fill == nil)
        }
    }
}
