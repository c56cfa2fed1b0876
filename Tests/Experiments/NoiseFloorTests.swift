// What a scatter hides: figures of quiet and of busy machines, and what is said of them.
import Experiments
import RunRecord
import Testing

@Suite struct NoiseFloorTests {
    /// 2.8 · s / √R times the bound on s, a little more for the ranks' efficiency and few rounds.
    @Test func moreRoundsSeeSmallerChanges() throws {
        let twenty = try #require(NoiseFloor.visible(0.03, rounds: 20))
        #expect(twenty > 0.022 && twenty < 0.028, "\(twenty)")
        let eighty = try #require(NoiseFloor.visible(0.03, rounds: 80))
        #expect(eighty > 0.010 && eighty < 0.012, "\(eighty)")
        // No test of five rounds reaches its level.
        #expect(NoiseFloor.visible(0.03, rounds: 5) == nil)
    }

    @Test func howManyRoundsAPerCentTakes() throws {
        let quiet = try #require(NoiseFloor.rounds(for: 0.01, 0.03))
        #expect(quiet > 75 && quiet < 110, "\(quiet)")
        let busy = try #require(NoiseFloor.rounds(for: 0.01, 0.12))
        #expect(busy > 1_100 && busy < 1_500, "\(busy)")
        // The fewest: one less does not show it.
        let least = try #require(NoiseFloor.visible(0.03, rounds: quiet))
        let more = try #require(NoiseFloor.visible(0.03, rounds: quiet - 1))
        #expect(least <= 0.01 && more > 0.01)
        #expect(NoiseFloor.rounds(for: 0.01, 0.5) == nil)
    }

    private func floor(_ ratios: [Double], void: [String] = []) -> NoiseFloor {
        NoiseFloor([(metric: .serverCPU, ratios: ratios)], seconds: 30, void: void)
    }

    @Test func aFloorIsTold() throws {
        let ratios = (0..<20).map { $0 % 2 == 0 ? 0.03 : -0.03 }
        let lines = floor(ratios).lines
        #expect(lines.count == 1)
        let line = try #require(lines.first)
        #expect(line.hasPrefix("server CPU: this machine sees 2."), "\(line)")
        #expect(line.contains("20 rounds (30s)"), "\(line)")
        #expect(line.contains("; 1 % needs about 2m "), "\(line)")
    }

    @Test func aFloorThatIsNoneIsTold() {
        #expect(floor([0.01, -0.02]).lines.first?.contains("2 rounds are too few") == true)
        #expect(floor([]).lines.first?.contains("0 rounds are too few") == true)
        let wild = (0..<10).map { $0 % 2 == 0 ? 0.8 : -0.8 }
        #expect(floor(wild).lines.first?.hasSuffix("; 1 % is out of reach") == true)
        let moved = floor(wild, void: ["the hypervisor gave 3.0 % of the CPU time to others"])
        #expect(
            moved.lines.last
                == "void: the hypervisor gave 3.0 % of the CPU time to others during it; measure "
                + "again when that has stopped")
    }
}
