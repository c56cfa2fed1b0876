// The sample of written keys: all of few, an even part of many, and no more than there is room for.
import LoadGenerator
import Testing

@Suite struct WrittenKeysTests {
    private func written(_ numbers: Range<Int>) -> WrittenKeys {
        var written = WrittenKeys()
        for number in numbers {
            let key = Array("key:\(number)".utf8)
            key.withUnsafeBytes { written.note($0) }
        }
        return written
    }

    @Test func fewAreAllKept() {
        let found = written(0..<10_000)
        #expect(found.keys.count == 10_000 && found.halvings == 0 && found.weight == 1)
        #expect(found.acknowledged == 10_000)
    }

    /// Twice the room and more: the sample stands for all of them within five standard deviations.
    @Test func manyAreSampledEvenly() {
        let count = WrittenKeys.most * 5 / 2
        let found = written(0..<count)
        #expect(found.keys.count <= WrittenKeys.most && found.halvings == 2)
        #expect(found.acknowledged == UInt64(count))
        let share = 1 / found.weight
        let expected = Double(count) * share
        let deviation = (expected * (1 - share)).squareRoot()
        #expect(abs(Double(found.keys.count) - expected) < 5 * deviation)
        // Of any half alike: a write is not likelier to be looked for when it is early or late.
        let early = (0..<count / 2).count { found.keys.contains(Array("key:\($0)".utf8)) }
        #expect(abs(Double(early) - expected / 2) < 5 * deviation)
    }
}
