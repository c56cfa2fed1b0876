// Drift of servers that took turns.
import Foundation
import Statistics
import Testing

@Suite struct AlternatedReadingsTests {
    @Test func driftIsSplitIntoCommonAndOwn() throws {
        // Everything slows by half in the later passes; the second server by another fifth.
        let passes = [[10.0, 20], [10, 20], [15, 36], [15, 36]]
        let common = try #require(AlternatedReadings.commonDrift(passes))
        #expect(abs(common - (1.5 * 1.2.squareRoot() - 1)) < 1e-12)
        let own = AlternatedReadings.ownDrift(passes)
        #expect(abs(try #require(own[1]) - (1.2.squareRoot() - 1)) < 1e-12)
        #expect(abs(try #require(own[0]) - (1 / 1.2.squareRoot() - 1)) < 1e-12)
        #expect(AlternatedReadings.commonDrift([[1, 2]]) == nil)
    }
}
