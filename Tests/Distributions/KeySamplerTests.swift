// Keys of a `--key-dist`: what a seed means, and how they are spelled. Tests/LoadGenerator has the
// shares of whole mixes.
import Distributions
import Testing

@Suite struct KeySamplerTests {
    private func keys(_ distribution: KeyDistribution, first: UInt64 = 0) -> [UInt64] {
        var sampler = KeySampler(distribution, keys: 1_000, seed: 7, first: first)
        var random = Xoshiro256PlusPlus(seed: 1)
        return (0..<6).map { _ in sampler.draw(&random).key }
    }

    /// Computed by a program of its own from the generators' definitions.
    @Test func aSeedMeansTheseKeys() {
        #expect(keys(.uniform) == [811, 747, 100, 746, 184, 590])
        #expect(keys(.hot(requests: 0.9, keys: 0.1)) == [29, 29, 651, 608, 215, 266])
        #expect(keys(.sequential, first: 997) == [997, 998, 999, 0, 1, 2])
    }

    @Test func classesAreCounted() {
        var sampler = KeySampler(
            .hot(requests: 0.9, keys: 0.1), keys: 1_000, seed: 7, first: 0)
        var random = Xoshiro256PlusPlus(seed: 1)
        #expect((0..<6).map { _ in sampler.draw(&random).class } == [6, 6, 5, 9, 3, 8])
        let classes = KeyClasses(.uniform, keys: 1_000)
        #expect(classes.count == 63 && classes.names.first == "key 0-15")
        #expect(classes.names.last == "key 992-999")
        #expect(abs(classes.shares.reduce(0, +) - 1) < 1e-12)
    }

    @Test func spellings() {
        for text in ["uniform", "zipf:0.99", "zipf:1.2,10", "hot:90/10", "sequential", "gaussian"] {
            #expect(KeyDistribution(text)?.description == text)
        }
        for text in ["", "zipf", "zipf:x", "zipf:-1", "hot:90", "hot:0/10", "uniform:1"] {
            #expect(KeyDistribution(text) == nil)
        }
    }
}
