// Counts as lines of a terminal.
import Counters
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
        let pad = String(repeating: " ", count: 12)
        #expect(
            window.lines("in 1000 ms") == [
                "\(pad)1234  \(Counter.taskClock.title), ns in 1000 ms (task-clock)",
                "\(pad)   7  \(Counter.pageFaults.title) in 1000 ms (faults), "
                    + "counted 25 % of the time",
                "\(pad) n/a  \(Counter.contextSwitches.title): \(Unavailability.idle)",
            ])
        // Nothing was simulated.
        #expect(window.topLines(5).isEmpty)
    }
}
