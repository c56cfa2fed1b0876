// Popularities in a word, and the classes that drawn keys are counted in.
import Distributions
import Testing

@Suite struct KeyClassesTests {
    @Test func classesCoverTheKeys() {
        let classes = KeyClasses(.uniform, keys: 1_000)
        #expect(classes.count == 63 && classes.names.first == "key 0-15")
        #expect(classes.names.last == "key 992-999")
        #expect(classes.index(ofKey: 992, rank: 0) == 62)
        let ranks = KeyClasses(.hotspot(keys: 0.1, requests: 0.9), keys: 1_000)
        #expect(ranks.count == 10 && ranks.names.first == "rank 1")
        #expect(ranks.names.last == "rank 512-1000")
        #expect((0..<8).map { ranks.index(ofKey: 0, rank: $0) } == [0, 1, 1, 2, 2, 2, 2, 3])
    }

    /// Shares are those of the law: of what is drawn, and all of it.
    @Test(arguments: ["uniform", "zipf:0.99", "zipf:1.2,10", "hot:90/10", "gaussian"])
    func sharesAreWhatIsDrawn(_ word: String) throws {
        let popularity = try #require(Popularity(word: word))
        let classes = KeyClasses(popularity, keys: 5_000)
        let shares = classes.shares
        #expect(abs(shares.reduce(0, +) - 1) < 1e-9)
        let sampler = PopularitySampler(popularity, keys: 5_000)
        var random = Xoshiro256PlusPlus(seed: 3)
        var counts = [UInt64](repeating: 0, count: classes.count)
        for _ in 0..<200_000 {
            let rank = sampler.draw(&random)
            counts[classes.index(ofKey: rank, rank: rank)] += 1
        }
        #expect(GoodnessOfFit.chiSquareP(counts: counts, shares: shares) ?? 0 > 1e-4, "\(counts)")
    }

    @Test func words() {
        for text in ["uniform", "zipf:0.99", "zipf:1.2,10", "hot:90/10", "sequential", "gaussian"] {
            #expect(Popularity(word: text)?.word == text)
        }
        for text in ["", "zipf", "zipf:x", "zipf:-1", "hot:90", "hot:0/10", "uniform:1"] {
            #expect(Popularity(word: text) == nil)
        }
        #expect(Popularity(word: "zipf:0") == .uniform)
        // The hotter part is named first.
        #expect(Popularity(word: "hot:10/80")?.word == "hot:90/20")
        #expect(Popularity.exponential(keys: 0.8, requests: 0.9).word == nil)
    }
}
