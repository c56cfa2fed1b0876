// Counts as lines of a terminal.
import Counters
import RunRecord
import Testing

@Suite struct CounterTextTests {
    @Test func everyCounterHasItsLine() {
        let window = CounterWindow(
            operations: 1,
            entries: [
                .init(.taskClock, event: "task-clock", group: 0, .value(1_234, .exact)),
                .init(.pageFaults, event: "faults", group: 1, .value(7.4, .scaled(running: 0.25))),
                .init(.contextSwitches, event: "switches", group: 1, .unavailable(.idle)),
            ])
        let lines = window.lines(elapsed: 2_000)
        #expect(lines.map(\.value) == [1_234, 7.4, nil])
        #expect(lines[0].ratio == "0.62 CPUs utilised" && lines[0].reason == nil)
        #expect(lines[1].ratio.hasSuffix(" per second, counted 25 % of the time"))
        #expect(lines[2].ratio.isEmpty && lines[2].reason == "\(Unavailability.idle)")
        // Nothing was simulated.
        #expect(window.profile(5, of: "a", under: "get") == nil)
    }

    /// The functions with the most misses, with the program that they are in.
    @Test func functionsAreStacks() throws {
        let text = """
            positions: line
            events: Ir DLmr
            summary: 100 10

            ob=(1) /usr/bin/server
            fl=(1) a.c
            fn=(1) few
            0 40 2
            fn=(2) many
            0 60 8

            totals: 100 10

            """
        let window = CounterWindow(
            operations: 4, entries: [], profile: try CallgrindProfile(parsing: Array(text.utf8)))
        let profile = try #require(window.profile(1, of: "a", under: "get"))
        #expect(profile.frames.map(\.function) == ["many", "all others"])
        #expect(profile.frames.map(\.binary) == ["server", nil])
        #expect(profile.frames.map(\.kind) == [.user, .unnamed])
        #expect(profile.unit == .lastLevelReadMisses && profile.target == "a")
        #expect(profile.stacks == [[0], [1]] && profile.perOperation == [2, 0.5])
        #expect(profile.operations == 4 && profile.whole == 2.5)
        let all = try #require(window.profile(9, of: "a", under: "get"))
        #expect(all.frames.map(\.function) == ["many", "few"] && all.whole == 2.5)
    }

    @Test func missesAreAPartOfReads() {
        let window = CounterWindow(
            operations: 1,
            entries: [
                .init(.cycles, event: "cycles", group: 0, .value(4_000, .exact)),
                .init(.instructions, event: "instructions", group: 0, .value(6_000, .exact)),
                .init(.llReads, event: "LLC-loads", group: 1, .value(200, .exact)),
                .init(.llReadMisses, event: "LLC-load-misses", group: 1, .value(50, .exact)),
            ])
        let ratios = window.lines(elapsed: 1_000_000_000).map(\.ratio)
        #expect(ratios.contains("1.50 per cycle") && ratios.contains("25.0 % of LL reads"))
    }

    /// Many events are missing for one reason, which is said once.
    @Test func aReasonIsTheSameForEveryEvent() {
        let window = CounterWindow(
            operations: 1,
            entries: [
                .init(
                    .cycles, event: "cycles", group: 0,
                    .unavailable(.refused(event: "cycles", .noSuchFileOrDirectory))),
                .init(
                    .branches, event: "branches", group: 0,
                    .unavailable(.refused(event: "branches", .noSuchFileOrDirectory))),
            ])
        #expect(Set(window.lines(elapsed: 1).map(\.reason)).count == 1)
    }
}
